"""Configurations: all of them are whole, and any field is changed by its name."""

import json
import subprocess
import sys
from dataclasses import asdict, fields
from pathlib import Path

import pytest
from accelerate import DeepSpeedPlugin, FullyShardedDataParallelPlugin
from accelerate.commands.config.config_args import load_config_from_file

from med3dvlm.errors import ConfigError, TrainingError
from train.loop.accelerated import make_accelerator
from train.recipes.m3d import (
    STUDIES,
    named,
    released_alignment,
    released_contrastive,
    released_instruction,
    sample_alignment,
    sample_contrastive,
    sample_instruction,
)
from train.recipes.running import run_stage
from train.stages.m3d_answering import pace
from train.stages.study import LanguageSource, study_of, with_settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", STUDIES)
def test_every_configuration_is_written_and_read_back(name: str) -> None:
    study = named(name)
    assert name.endswith(study.stage)
    assert study_of(json.loads(json.dumps(asdict(study)))) == study
    assert study.schedule.loop(1000, watch="", higher=False).steps > 0


def test_released_hyper_parameters_are_the_published_ones() -> None:
    one, two, three = released_contrastive(), released_alignment(), released_instruction()
    rates = [study.schedule.learning_rate for study in (one, two, three)]
    assert rates == [1e-4, 1e-4, 5e-5]
    assert [study.schedule.batch for study in (one, two, three)] == [8 * 64, 8 * 16, 8 * 8]
    assert [study.schedule.epochs for study in (one, two, three)] == [100, 3, 5]
    assert (one.schedule.weight_decay, one.schedule.warmup, one.width) == (0.1, 0.03, 768)
    assert three.lora is not None
    assert (three.lora.rank, three.lora.alpha, three.lora.dropout) == (16, 32, 0.05)
    assert two.projector.image_tokens == 256
    assert two.splice == three.splice == "published"
    steps = one.schedule.loop(115_000, watch="", higher=False).steps
    assert steps == -(-100 * 115_000 // 512)


def test_a_field_is_changed_by_its_name() -> None:
    study = with_settings(
        released_instruction(),
        ["schedule.batch=16", "language.name=models/Qwen", "lora.rank=8",
         "image.variation.mirror=0.5", 'trains=["projector", "lora"]'],
    )  # fmt: skip
    assert (study.schedule.batch, study.language.name, study.lora.rank) == (16, "models/Qwen", 8)
    assert study.image.variation.mirror == 0.5
    assert study.trains == ("projector", "lora")
    assert study.projector == released_instruction().projector


@pytest.mark.parametrize(
    "setting", ["batch=1", "schedule.nothing=1", "schedule.batch", "schedule.batch.x=1", "lora=1"]
)
def test_a_wrong_setting_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError, match="--set"):
        with_settings(released_instruction(), [setting])


@pytest.mark.parametrize(
    ("study", "setting", "said"),
    [
        (released_contrastive(), "schedule.accumulate=2", "whole batch at once"),
        (released_contrastive(), "chunk=24", "multiple of norm_group"),
        (released_instruction(), "talk=0.5", "talk must be 0"),
        (released_instruction(), 'trains=["projector"]', "belong together"),
        (released_instruction(), 'trains=["language", "lora"]', "either the language model"),
    ],
)
def test_what_can_not_go_together_is_refused(study: object, setting: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        with_settings(study, [setting])
    with pytest.raises(ConfigError, match="needs a name"):
        LanguageSource()


def test_unknown_configurations_are_named() -> None:
    with pytest.raises(TrainingError, match=r"unknown configuration 'none'.*released_contrastive"):
        named("none")


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


@pytest.mark.slow
def test_a_gpu_machine_needs_no_reader_of_scans_and_no_page() -> None:
    """Training from ready data runs with torch, transformers, accelerate, peft and einops."""
    absent = ("gradio", "nibabel", "faiss", "pydicom", "plotly", "PIL", "tensorboard", "nltk")
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}));"
        "import train.cli, train.recipes.running, train.recipes.m3d;"
        "import train.release.export, train.plan.plan"
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
    schedule = with_settings(sample_alignment(), [setting]).schedule
    config = schedule.loop(16, watch="loss", higher=False)
    make_accelerator(config, tmp_path)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")  # as `accelerate launch` says it
    with pytest.raises(TrainingError, match=r"schedule\.ema to 0, or use DDP or ZeRO-2"):
        make_accelerator(config, tmp_path)


@pytest.mark.parametrize("name", ["FSDP", "DeepSpeed"])
def test_stage_one_is_refused_where_weights_are_shared_out(
    name: str, ready_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written."""
    monkeypatch.setenv(f"ACCELERATE_USE_{name.upper()}", "true")
    with pytest.raises(TrainingError, match=rf"stage 1 .* {name}.* train/accelerate/ddp\.yaml"):
        run_stage(sample_contrastive(), ready_sample, tmp_path / "run")
    assert not (tmp_path / "run").exists()
