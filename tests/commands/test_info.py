"""`python -m med3dvlm`: what it says of a checkpoint, and of what is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from med3dvlm.__main__ import main
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.model.inventory import inventory

VLM = DEFAULT_MODEL / "vlm"


def test_info_tells_both_models_of_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    said = capsys.readouterr().out
    assert "(vlm)" in said
    assert "(dual encoder)" in said
    assert "procedural CT phantoms" in said
    assert weights_digest(VLM) in said
    assert ": fits" in said


def test_parameters_are_counted_from_the_header() -> None:
    held = inventory(VLM)
    state = load_file(VLM / "model.safetensors")
    assert held.total == sum(tensor.numel() for tensor in state.values())
    assert set(held.parameters) == {"encoder", "projector", "language_model"}
    assert held.needs.bytes_as("fp32") == 4 * held.total


def test_too_little_memory_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("med3dvlm.model.precision.RESERVED", 2**60)
    assert main(["info", str(VLM)]) == 0
    assert "does not fit" in capsys.readouterr().out


@pytest.mark.parametrize("cut", [False, True], ids=["missing", "cut"])
def test_incomplete_checkpoint_is_named(
    cut: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(VLM / "config.json", tmp_path)
    if cut:
        (tmp_path / "model.safetensors").write_bytes((VLM / "model.safetensors").read_bytes()[:500])
    assert main(["info", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert str(tmp_path) in said
    assert "copy" in said
    with pytest.raises(CheckpointError):
        inventory(tmp_path)


def test_no_model_is_refused_on_the_command_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "med3dvlm", "info", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "is no model" in ended.stderr
    assert "Traceback" not in ended.stderr
