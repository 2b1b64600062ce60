"""The commands as they are typed."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from train.cli import main
from train.data.m3d.prepare import verify
from train.data.m3d.shards import Lines

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


def test_a_sample_is_drawn_made_ready_and_verified(train: Train, tmp_path: Path) -> None:
    raw, ready = tmp_path / "raw", tmp_path / "ready"
    train("sample_m3d", "--out", raw, "--cases", 2, 1, 1, "--spelling", ".nii.gz")
    said = train("prepare_m3d", "--raw", raw, "--out", ready, "--grid", 16, 32, 32, "--workers", 1)
    assert "5 series to 1 shards of 16x32x32 voxels" in said
    assert "## Leaks between splits" in said
    assert verify(ready, workers=1) == 5
    assert "5 volumes are as they were written" in train("verify_m3d", "--data", ready)
    assert len(Lines(ready / "captions_train.jsonl")) == 3


def test_what_is_wrong_is_said_in_a_line(train: Train, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"prepare_m3d: .* holds no M3D data"):
        train("prepare_m3d", "--raw", tmp_path, "--out", tmp_path / "ready")
    with pytest.raises(SystemExit, match="stage: unknown configuration 'none'"):
        train("stage", "--config", "none", "--data", tmp_path, "--out", tmp_path)
    with pytest.raises(SystemExit, match=r"stage: .* holds no ready data"):
        train("stage", "--config", "sample_contrastive", "--data", tmp_path, "--out", tmp_path)
    with pytest.raises(SystemExit, match="export: contrastive isn't finished"):
        train("export", "--run", tmp_path, "--data", tmp_path, "--out", tmp_path / "model")


def test_a_plan_is_printed(train: Train) -> None:
    said = train("plan", "--config", "released_contrastive", "--rows", 115_000, "--gpus", 2,
                 "--gpu", "H100", "--set", "schedule.epochs=1")  # fmt: skip
    assert "contrastive on 2 x H100 (ddp), 115,000 rows" in said
    assert "225 steps of 512 rows" in said
