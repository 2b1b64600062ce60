"""Configurations: all of them are whole, and any field is changed by its name."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from accelerate import DeepSpeedPlugin, FullyShardedDataParallelPlugin
from accelerate.commands.config.config_args import load_config_from_file

from med3dvlm.errors import ConfigError, TrainingError
from med3dvlm.values import from_dict
from train.loop import accelerated
from train.loop.accelerated import make_accelerator, precision_here
from train.recipes.inputs import config_of
from train.recipes.m3d import (
    released_alignment,
    released_contrastive,
    released_instruction,
    sample_alignment,
    sample_contrastive,
    sample_instruction,
)
from train.recipes.named import RECIPES, named_recipe, named_stage, stage_names
from train.recipes.opening import Place
from train.recipes.phantom import quick_recipe, smoke_recipe
from train.recipes.running import run_stage
from train.stages.answering import pace
from train.stages.config import LanguageSource
from train.stages.names import PUBLISHED, STAGES
from train.stages.settings import with_settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", stage_names())
def test_every_configuration_is_written_and_read_back(name: str) -> None:
    config = named_stage(name)
    assert name.endswith(f"_{config.stage}")
    assert from_dict(type(config), config_of(config)) == config
    assert config.schedule.over(1000).steps > 0


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_the_published_stages_in_their_order(name: str) -> None:
    stages = named_recipe(name).stages
    assert set(PUBLISHED) <= set(stages) <= set(STAGES)
    for stage, config in stages.items():
        assert config.stage == stage
        assert set(config.needs) <= set(stages)


def test_released_hyper_parameters_are_the_published_ones() -> None:
    one, two, three = released_contrastive(), released_alignment(), released_instruction()
    schedules = [config.schedule for config in (one, two, three)]
    assert [schedule.learning_rate for schedule in schedules] == [1e-4, 1e-4, 5e-5]
    assert [schedule.batch for schedule in schedules] == [8 * 64, 8 * 16, 8 * 8]
    assert [schedule.epochs for schedule in schedules] == [100, 3, 5]
    assert [schedule.betas for schedule in schedules] == 3 * [(0.9, 0.999)]
    assert (one.schedule.weight_decay, one.schedule.warmup, one.width) == (0.1, 0.03, 768)
    assert three.lora is not None
    assert (three.lora.rank, three.lora.alpha, three.lora.dropout) == (16, 32, 0.05)
    assert two.projector.image_tokens == 256
    assert two.splice == three.splice == "published"
    assert one.schedule.over(115_000).steps == -(-100 * 115_000 // 512)


def test_a_field_is_changed_by_its_name() -> None:
    config = with_settings(
        released_instruction(),
        ["schedule.batch=16", "language.name=models/Qwen", "lora.rank=8",
         "data.variation.mirror=0.5", 'trains=["projector", "lora"]'],
    )  # fmt: skip
    assert (config.schedule.batch, config.language.name, config.lora.rank) == (16, "models/Qwen", 8)
    assert config.data.variation.mirror == 0.5
    assert config.trains == ("projector", "lora")
    assert config.projector == released_instruction().projector


def test_a_field_of_a_stage_is_changed_in_its_recipe() -> None:
    recipe = with_settings(smoke_recipe(), ["alignment.data.mix.drill=4", "training.count=7"])
    assert recipe.alignment.data.mix.drill == 4
    assert recipe.training.count == 7
    assert recipe.contrastive == smoke_recipe().contrastive


@pytest.mark.parametrize(
    "setting", ["batch=1", "schedule.nothing=1", "schedule.batch", "schedule.batch.x=1", "lora=1"]
)
def test_a_wrong_setting_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError, match="--set"):
        with_settings(released_instruction(), [setting])


def test_a_wrong_name_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(TrainingError, match=r"no such field; the fields are batch, learning_rate"):
        with_settings(released_instruction(), ["schedule.size=8"])


@pytest.mark.parametrize(
    ("config", "setting", "said"),
    [
        (released_contrastive(), "schedule.accumulate=2", "whole batch at once"),
        (released_contrastive(), "chunk=24", "multiple of norm_group"),
        (released_instruction(), "data.talk=0.5", "talk must be 0"),
        (released_instruction(), 'trains=["projector"]', "belong together"),
        (released_instruction(), 'trains=["language", "lora"]', "either the language model"),
        (smoke_recipe().contrastive, "train_encoder=true", "need a frozen encoder"),
        (smoke_recipe().instruction, 'trains=["encoder"]', "need a frozen encoder"),
        (smoke_recipe().alignment, "schedule.accumulate=2", "accumulate must be 1"),
        (smoke_recipe().alignment, "readout=0", "readouts alone"),
        (smoke_recipe().alignment, "data.blind=2", "share in"),
    ],
)
def test_what_can_not_go_together_is_refused(config: object, setting: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        with_settings(config, [setting])
    with pytest.raises(ConfigError, match="needs a name"):
        LanguageSource()


def test_unknown_configurations_are_named() -> None:
    with pytest.raises(TrainingError, match=r"unknown configuration 'none'.*released_contrastive"):
        named_stage("none")
    with pytest.raises(TrainingError, match=r"unknown configuration 'none'.*further, quick"):
        named_recipe("none")


def test_parts_learn_by_name() -> None:
    rates = pace(sample_instruction())
    prefix = "model.language_model.base_model.model.model"
    learning = {
        "model.encoder.stem.0.depth.conv.weight": 1.0,
        "model.projector.low.0.token_mlp.0.weight": 1.0,
        f"{prefix}.embed_tokens.weight": 1.0,
        f"{prefix}.layers.0.self_attn.q_proj.lora_A.default.weight": 1.0,
        f"{prefix}.layers.0.self_attn.q_proj.base_layer.weight": 0.0,
        "model.language_model.base_model.model.lm_head.weight": 0.0,
    }
    assert {name: rates(name) for name in learning} == learning


def test_the_projector_and_its_readouts_may_learn_faster() -> None:
    rates = pace(smoke_recipe().instruction)
    assert (
        rates("model.projector.low.0.token_mlp.0.weight") == rates("readouts.sizes.0.bias") == 1.5
    )
    assert rates("model.language_model.model.embed_tokens.weight") == 1
    assert rates("readouts.facts.sizes") == rates("model.encoder.stem.0.depth.conv.weight") == 0
    only_projector = pace(smoke_recipe().alignment)
    assert only_projector("model.language_model.model.embed_tokens.weight") == 0
    assert only_projector("model.projector.low.0.token_mlp.0.weight") == 1


@pytest.mark.slow
def test_a_gpu_machine_needs_no_reader_of_scans_and_no_page() -> None:
    """Training from ready data runs with torch, transformers, accelerate, peft and einops."""
    absent = ("gradio", "nibabel", "faiss", "pydicom", "plotly", "PIL", "tensorboard", "nltk")
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}));"
        "import train.cli, train.recipes.running, train.recipes.named;"
        "import train.release.model, train.plan.plan"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("name", "kind", "processes"),
    [("one", "NO", 1), ("ddp", "MULTI_GPU", 8), ("fsdp", "FSDP", 8), ("zero2", "DEEPSPEED", 8)],
)
def test_every_launch_file_is_read_by_accelerate(name: str, kind: str, processes: int) -> None:
    """A key that accelerate doesn't know is refused by it."""
    stored = load_config_from_file(str(ROOT / "train" / "accelerate" / f"{name}.yaml"))
    assert (stored.distributed_type, stored.num_processes) == (kind, processes)
    shared = {"fsdp": ("fsdp_config", "fsdp_version"), "zero2": ("deepspeed_config", "zero_stage")}
    if name in shared:
        part, key = shared[name]
        assert getattr(stored, part)[key] == 2
    if name == "fsdp":
        known = {field.name for field in fields(FullyShardedDataParallelPlugin)}
        known |= {"auto_wrap_policy", "transformer_layer_cls_to_wrap"}
        assert {key.removeprefix("fsdp_") for key in stored.fsdp_config} <= known | {"version"}
    if name == "zero2":
        known = {field.name for field in fields(DeepSpeedPlugin)}
        assert set(stored.deepspeed_config) <= known


@pytest.mark.parametrize("setting", ["schedule.ema=0.9", "schedule.patience=2"])
def test_what_keeps_whole_weights_is_refused_under_fsdp(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = with_settings(sample_alignment(), [setting]).schedule.over(16)
    make_accelerator(schedule, tmp_path)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")  # as `accelerate launch` says it
    with pytest.raises(TrainingError, match=r"schedule\.ema to 0, or use DDP or ZeRO-2"):
        make_accelerator(schedule, tmp_path)


@pytest.mark.parametrize(
    ("cpu", "has", "used"),
    [(True, False, "no"), (True, True, "bf16"), (False, False, "bf16")],
    ids=["AVX2 alone", "a CPU with bfloat16", "a GPU"],
)
def test_a_cpu_that_only_emulates_bfloat16_trains_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, cpu: bool, has: bool, used: str
) -> None:
    """The quick recipe took hours instead of minutes on a processor with AVX2 alone."""
    monkeypatch.setattr(accelerated, "on_cpu", lambda: cpu)
    monkeypatch.setattr(accelerated, "cpu_has_bfloat16", lambda: has)
    schedule = quick_recipe().encoder.schedule
    assert (precision_here(schedule.precision), precision_here("no")) == (used, "no")
    if cpu:
        assert make_accelerator(schedule, tmp_path).mixed_precision == used


@pytest.mark.parametrize("name", ["FSDP", "DeepSpeed"])
def test_stage_one_is_refused_where_weights_are_shared_out(
    name: str, ready_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written."""
    monkeypatch.setenv(f"ACCELERATE_USE_{name.upper()}", "true")
    with pytest.raises(TrainingError, match=rf"stage 1 .* {name}.* train/accelerate/ddp\.yaml"):
        run_stage(sample_contrastive(), Place(run=tmp_path / "run", data=ready_sample))
    assert not (tmp_path / "run").exists()
