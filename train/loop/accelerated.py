"""How the processes of a run work together: accelerate's configuration, and what it leaves open.

`accelerate launch --config_file train/accelerate/ddp.yaml -m train ...` chooses among one process,
DDP, FSDP and DeepSpeed ZeRO-2; the loop is the same for all.
"""

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
from train.loop.stage import Schedule, Stage


def on_cpu() -> bool:
    """Whether the run stays on the CPU: by choice, or because there is nothing else."""
    return parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available()


def process_state() -> PartialState:
    """This process among those of the run."""
    return PartialState(cpu=on_cpu())


def sharing() -> str:
    """What the run was launched with that shares its model out: `FSDP`, `DeepSpeed` or nothing."""
    flags = {"FSDP": "ACCELERATE_USE_FSDP", "DeepSpeed": "ACCELERATE_USE_DEEPSPEED"}
    return next((name for name, flag in flags.items() if parse_flag_from_env(flag)), "")


def make_accelerator(schedule: Schedule, out: Path) -> Accelerator:
    """Processes, precision and log; how they work together is accelerate's own configuration.

    Raises:
        TrainingError: the configuration doesn't suit the processes.
    """
    if sharing() == "FSDP" and (schedule.patience or schedule.ema):
        raise TrainingError(
            "early stopping and the average of the weights keep whole weights, which no process "
            "has under FSDP: set schedule.patience and schedule.ema to 0, or use DDP or ZeRO-2"
        )
    accelerator = Accelerator(
        cpu=on_cpu(),
        mixed_precision=schedule.precision,
        log_with="tensorboard",
        project_dir=out,
        # One step of the schedule a step, whatever the number of processes.
        step_scheduler_with_optimizer=False,
        # Running statistics are averaged instead (`average_statistics`).
        kwargs_handlers=[DistributedDataParallelKwargs(broadcast_buffers=False)],
    )
    _share_out_on_cpus(accelerator)
    pieces = accelerator.num_processes * schedule.accumulate
    if schedule.batch % pieces:
        raise TrainingError(
            f"a batch of {schedule.batch} can't be cut into {accelerator.num_processes} processes "
            f"times {schedule.accumulate} pieces"
        )
    if accelerator.distributed_type == DistributedType.DEEPSPEED:
        accelerator.state.deepspeed_plugin.deepspeed_config |= {
            "train_micro_batch_size_per_gpu": schedule.batch // pieces,
            "gradient_accumulation_steps": schedule.accumulate,
            "gradient_clipping": schedule.clip,
        }
    return accelerator


def _share_out_on_cpus(accelerator: Accelerator) -> None:
    """Let FSDP be FSDP on CPUs, too: accelerate would silently run DDP there."""
    if sharing() == "FSDP" and accelerator.distributed_type == DistributedType.MULTI_CPU:
        # Accelerator's state is renewed from that of the processes now and then.
        process_state().distributed_type = DistributedType.FSDP
        accelerator.state.distributed_type = DistributedType.FSDP
        accelerator.state.fsdp_plugin = FullyShardedDataParallelPlugin()


def whole_model(accelerator: Accelerator, stage: Stage, model: nn.Module) -> nn.Module:
    """The trained module with all of its weights, on the main process."""
    if accelerator.distributed_type != DistributedType.FSDP:
        plain: nn.Module = accelerator.unwrap_model(model)
        return plain
    state = accelerator.get_state_dict(model)
    whole = stage.build()
    if accelerator.is_main_process:
        whole.load_state_dict(state)
    return whole
