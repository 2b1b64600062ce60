from pathlib import Path

import pytest

from med3dvlm.config import ASSETS, DEFAULT_MODEL, Settings, settings_from
from med3dvlm.errors import ConfigError


def test_an_empty_environment_gives_the_embedded_model() -> None:
    settings = settings_from({})
    assert settings == Settings()
    assert settings.model_folder == DEFAULT_MODEL
    assert DEFAULT_MODEL.parent == ASSETS


def test_every_setting_is_read() -> None:
    settings = settings_from(
        {
            "MED3DVLM_MODEL": "models/mine",
            "MED3DVLM_DEVICE": "cpu",
            "MED3DVLM_LIBRARY": "scans",
            "MED3DVLM_MAX_UPLOAD_MB": "64",
            "MED3DVLM_MAX_UNPACKED_MB": "65",
            "MED3DVLM_MAX_VOXELS": "66",
            "MED3DVLM_MAX_FILES": "67",
            "MED3DVLM_MAX_SECONDS": "68",
            "MED3DVLM_THREADS": "2",
            "PATH": "is not ours",
        }
    )
    assert settings == Settings(
        model="models/mine", device="cpu", library=Path("scans"), max_upload_mb=64,
        max_unpacked_mb=65, max_voxels=66, max_files=67, max_seconds=68, threads=2,
    )  # fmt: skip
    assert settings.model_folder == Path("models/mine")


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert settings_from({"MED3DVLM_THREADS": "", "MED3DVLM_COLOR": ""}) == Settings()


def test_a_home_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings(model="~/model").model_folder == tmp_path / "model"


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"MED3DVLM_MODELL; known are .*MED3DVLM_MODEL,"):
        settings_from({"MED3DVLM_MODELL": "x"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("THREADS", "two", "MED3DVLM_THREADS must be a whole number, got 'two'"),
        ("THREADS", "-1", "must not be negative"),
        ("MAX_UPLOAD_MB", "0", "at least 1"),
        ("MAX_VOXELS", "-5", "max_voxels must be at least 1, got -5"),
        ("MAX_SECONDS", "soon", "MED3DVLM_MAX_SECONDS must be a whole number"),
        ("MAX_UPLOAD_MB", "1.5", "whole number"),
        ("DEVICE", "tpu", "auto, cpu or cuda, got 'tpu'"),
    ],
)
def test_impossible_values_are_refused(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings_from({f"MED3DVLM_{name}": value})
