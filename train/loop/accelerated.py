"""How the processes of a run work together: accelerate's configuration, plus what it lacks.

`accelerate launch --config_file train/accelerate/ddp.yaml -m train ...` selects one process,
DDP, FSDP or DeepSpeed ZeRO-2; the loop is the same for all of them.
"""

import logging
from pathlib import Path

import torch
from accelerate import (
    Accelerator,
    DistributedDataParallelKwargs,
    DistributedType,
    FullyShardedDataParallelPlugin,
    PartialState,
)
from accelerate.utils import parse_flag_from_env
from torch import nn

from med3dvlm.errors import TrainingError
from med3dvlm.model.processor import cpu_has_bfloat16
from train.loop.stage import Schedule, Stage

log = logging.getLogger(__name__)


def on_cpu() -> bool:
    """Whether the run uses the CPU, by choice or because there is no GPU."""
    return parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available()


def process_state() -> PartialState:
    """The state of this process within the run."""
    return PartialState(cpu=on_cpu())


def precision_here(wanted: str) -> str:
    """The precision to train in: `no` (float32) where the CPU only emulates the bfloat16 wanted.

    On a CPU with AVX2 alone a linear layer took 7 times as long in bfloat16 as in float32, and a
    convolution 20 times: `make default-model-quick` took hours instead of minutes.
    """
    if wanted != "bf16" or not on_cpu() or cpu_has_bfloat16():
        return wanted
    log.info("This CPU has no bfloat16 of its own, so the training uses float32.")
    return "no"


def sharing() -> str:
    """What shards the model in this launch: `FSDP`, `DeepSpeed`, or an empty string."""
    flags = {"FSDP": "ACCELERATE_USE_FSDP", "DeepSpeed": "ACCELERATE_USE_DEEPSPEED"}
    return next((name for name, flag in flags.items() if parse_flag_from_env(flag)), "")


def make_accelerator(schedule: Schedule, out: Path) -> Accelerator:
    """Set up processes, precision and logging; accelerate's configuration does the rest.

    Raises:
        TrainingError: the configuration doesn't fit the number or kind of processes.
    """
    if sharing() == "FSDP" and (schedule.patience or schedule.ema):
        raise TrainingError(
            "early stopping and weight averaging need the full weights, which no process holds "
            "under FSDP: set schedule.patience and schedule.ema to 0, or use DDP or ZeRO-2"
        )
    accelerator = Accelerator(
        cpu=on_cpu(),
        mixed_precision=precision_here(schedule.precision),
        log_with="tensorboard",
        project_dir=out,
        # The schedule advances once per step, whatever the number of processes.
        step_scheduler_with_optimizer=False,
        # `average_statistics` averages the running statistics instead.
        kwargs_handlers=[DistributedDataParallelKwargs(broadcast_buffers=False)],
    )
    _share_out_on_cpus(accelerator)
    pieces = accelerator.num_processes * schedule.accumulate
    if schedule.batch % pieces:
        raise TrainingError(
            f"a batch of {schedule.batch} can't be cut into {accelerator.num_processes} processes "
            f"with {schedule.accumulate} pieces each"
        )
    if accelerator.distributed_type == DistributedType.DEEPSPEED:
        accelerator.state.deepspeed_plugin.deepspeed_config |= {
            "train_micro_batch_size_per_gpu": schedule.batch // pieces,
            "gradient_accumulation_steps": schedule.accumulate,
            "gradient_clipping": schedule.clip,
        }
    return accelerator


def _share_out_on_cpus(accelerator: Accelerator) -> None:
    """Make FSDP work on CPUs too, where accelerate would silently run DDP."""
    if sharing() == "FSDP" and accelerator.distributed_type == DistributedType.MULTI_CPU:
        # Accelerator occasionally refreshes its state from the process state.
        process_state().distributed_type = DistributedType.FSDP
        accelerator.state.distributed_type = DistributedType.FSDP
        accelerator.state.fsdp_plugin = FullyShardedDataParallelPlugin()


def whole_model(accelerator: Accelerator, stage: Stage, model: nn.Module) -> nn.Module:
    """The trained module with its full weights, on the main process."""
    if accelerator.distributed_type != DistributedType.FSDP:
        plain: nn.Module = accelerator.unwrap_model(model)
        return plain
    state = accelerator.get_state_dict(model)
    whole = stage.build()
    if accelerator.is_main_process:
        whole.load_state_dict(state)
    return whole
