"""The commands that train, as they are typed."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from med3dvlm.model.checkpoint import describe
from train.cli import main

Train = Callable[..., str]


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Train:
    """`python -m train ...`, and what it says."""

    def run(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["train", *map(str, words)])
        caplog.clear()
        with caplog.at_level(logging.INFO):
            main()
        return caplog.text

    return run


def test_what_is_wrong_is_said_in_a_line(train: Train, tmp_path: Path) -> None:
    named = ("--data", tmp_path, "--out", tmp_path)
    with pytest.raises(SystemExit, match="stage: unknown configuration 'none'"):
        train("stage", "--config", "none", *named)
    with pytest.raises(SystemExit, match=r"stage: .* contains no ready data"):
        train("stage", "--config", "sample_contrastive", *named)
    with pytest.raises(SystemExit, match=r"stage: sample_contrastive needs ready data: --data"):
        train("stage", "--config", "sample_contrastive", "--out", tmp_path)
    with pytest.raises(SystemExit, match=r"make: smoke draws its own data: leave out --data"):
        train("make", "--config", "smoke", *named)
    with pytest.raises(SystemExit, match="make: no stage encode; choose from encoder, language"):
        train("make", "--config", "smoke", "--out", tmp_path, "--stages", "encode")
    with pytest.raises(SystemExit, match="make: --set evaluate=1: no such field"):
        train("make", "--config", "smoke", "--out", tmp_path, "--set", "evaluate=1")
    with pytest.raises(SystemExit, match="export: contrastive isn't finished"):
        train("export", "--run", tmp_path, "--data", tmp_path, "--out", tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_plan_is_printed(train: Train) -> None:
    said = train("plan", "--config", "released_contrastive", "--rows", 115_000, "--gpus", 2,
                 "--gpu", "H100", "--set", "schedule.epochs=1")  # fmt: skip
    assert "contrastive on 2 x H100 (ddp), 115,000 rows" in said
    assert "225 steps of 512 rows" in said
    with pytest.raises(SystemExit, match="plan: phantom_contrastive runs on phantoms"):
        train("plan", "--config", "phantom_contrastive", "--rows", 8)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing")
def test_make_runs_all_stages_on_m3d_data_and_writes_the_model(
    train: Train, ready_sample: Path, tmp_path: Path
) -> None:
    """One dialect for both sources: `--config`, `--set`, `--out`, `--resume`."""
    words = ["make", "--config", "sample", "--data", ready_sample, "--out", tmp_path]
    for stage in ("contrastive", "alignment", "instruction"):
        words += ["--set", f"{stage}.schedule.steps=2", "--set", f"{stage}.evaluated=4"]
    train(*words)
    assert describe(tmp_path / "model" / "vlm").kind == "vlm"
    assert describe(tmp_path / "model" / "dual_encoder").kind == "dual encoder"
    record = json.loads((tmp_path / "alignment" / "run.json").read_text())
    assert record["config"]["schedule"]["steps"] == 2
    assert record["command"].startswith("python -m train make --config sample")
    assert "alignment is finished" in train(*words)
