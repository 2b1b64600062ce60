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
    assert "5 volumes match their digests" in train("verify_m3d", "--data", ready)
    assert len(Lines(ready / "captions_train.jsonl")) == 3


def test_what_is_wrong_is_said_in_a_line(train: Train, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"prepare_m3d: .* contains no M3D data"):
        train("prepare_m3d", "--raw", tmp_path, "--out", tmp_path / "ready")
