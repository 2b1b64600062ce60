from pathlib import Path
from typing import get_args

import pytest

from med3dvlm.config import (
    ASSETS,
    DEFAULT_MODEL,
    PRECISIONS,
    Settings,
    known_fields,
    settings_from,
    table_of,
    variable,
)
from med3dvlm.errors import ConfigError
from med3dvlm.model.precision import Wanted


def test_an_empty_environment_gives_the_embedded_model() -> None:
    settings = settings_from({})
    assert settings == Settings()
    assert settings.models == ("embedded",)
    assert settings.source_of("embedded") == str(DEFAULT_MODEL)
    assert DEFAULT_MODEL.parent == ASSETS


def test_every_setting_is_read() -> None:
    settings = settings_from(
        {
            "MED3DVLM_MODEL": "models/mine",
            "MED3DVLM_DEVICE": "cpu",
            "MED3DVLM_PRECISION": "nf4",
            "MED3DVLM_LIBRARY": "scans",
            "MED3DVLM_LIBRARIES": "Trauma = /data/trauma; /data/chest/",
            "MED3DVLM_MAX_UPLOAD_MB": "64",
            "MED3DVLM_MAX_UNPACKED_MB": "65",
            "MED3DVLM_MAX_VOXELS": "66",
            "MED3DVLM_MAX_FILES": "67",
            "MED3DVLM_MAX_SECONDS": "68",
            "MED3DVLM_THREADS": "2",
            "MED3DVLM_AT_ONCE": "15",
            "MED3DVLM_FALLBACK": "1",
            "MED3DVLM_WAITING": "6",
            "MED3DVLM_PER_VISITOR": "7",
            "MED3DVLM_MEMORY_MB": "8",
            "MED3DVLM_GRACE_SECONDS": "9",
            "MED3DVLM_FORGET_SECONDS": "10",
            "MED3DVLM_LOGIN": "people.txt",
            "MED3DVLM_HOSTS": "scans.example, Other.example",
            "MED3DVLM_PROXY": "yes",
            "MED3DVLM_LOG": "json",
            "MED3DVLM_PREFIX_MB": "11",
            "MED3DVLM_MCP": "1",
            "MED3DVLM_PAGES": "12",
            "MED3DVLM_DISK_MB": "14",
            "MED3DVLM_PAGES_OF_ADDRESS": "13",
            "MED3DVLM_CONNECTIONS_OF_ADDRESS": "16",
            "MED3DVLM_REQUESTS_OF_ADDRESS": "17",
            "MED3DVLM_WORK_OF_ADDRESS": "18",
            "MED3DVLM_METRICS": "off",
            "MED3DVLM_SCANS": "Trauma=/scans",
            "PATH": "is not ours",
        }
    )
    assert settings == Settings(
        model="models/mine", device="cpu", library=Path("scans"), max_upload_mb=64,
        max_unpacked_mb=65, max_voxels=66, max_files=67, max_seconds=68, threads=2,
        at_once=15, fallback=True, waiting=6, per_visitor=7, memory_mb=8, grace_seconds=9,
        forget_seconds=10,
        login=Path("people.txt"), hosts="scans.example, Other.example", proxy=True, log="json",
        metrics="off", prefix_mb=11, mcp=True, precision="nf4",
        pages=12, pages_of_address=13, disk_mb=14,
        connections_of_address=16, requests_of_address=17, work_of_address=18,
        libraries="Trauma = /data/trauma; /data/chest/", scans="Trauma=/scans",
    )  # fmt: skip
    assert settings.models == ("models/mine",)
    assert settings.source_of("models/mine") == "models/mine"
    assert settings.host_names == ("scans.example", "other.example")
    unset = [f.name for f in known_fields() if getattr(settings, f.name) == f.default]
    assert not unset, "a setting that this test does not set"


def test_further_libraries_have_names() -> None:
    address = "postgresql://reader@db.example/archive?host=/run#chest scans"
    given = Settings(libraries=f" Trauma = /data/trauma;; /data/abdomen/ ;{address}; Far={address}")
    assert given.further_libraries == {
        "Trauma": "/data/trauma", "abdomen": "/data/abdomen/", "chest scans": address,
        "Far": address,
    }  # fmt: skip
    assert Settings().further_libraries == {}
    for wrong in ("=/data", "Name=", "/data/a;/other/a", "/"):
        with pytest.raises(ConfigError, match="needs a name of its own"):
            Settings(libraries=wrong)


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert settings_from({"MED3DVLM_THREADS": "", "MED3DVLM_COLOR": ""}) == Settings()


def test_several_models_are_separated_by_commas() -> None:
    settings = Settings(model=" embedded, A/vlm+A/dual ,models/mine,")
    assert settings.models == ("embedded", "A/vlm+A/dual", "models/mine")
    assert Settings(model=" , ").models == ("embedded",)
    assert settings.source_of("embedded + A/dual") == f"{DEFAULT_MODEL}+A/dual"


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"MED3DVLM_MODELL; known are .*MED3DVLM_MODEL,"):
        settings_from({"MED3DVLM_MODELL": "x"})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("THREADS", "two", "MED3DVLM_THREADS must be a whole number, got 'two'"),
        ("THREADS", "-1", "threads must be at least 0, got -1"),
        ("MAX_UPLOAD_MB", "0", "at least 1"),
        ("MAX_VOXELS", "-5", "max_voxels must be at least 1, got -5"),
        ("MAX_SECONDS", "soon", "MED3DVLM_MAX_SECONDS must be a whole number"),
        ("MAX_UPLOAD_MB", "1.5", "whole number"),
        ("DEVICE", "tpu", "auto, cpu or cuda, got 'tpu'"),
        ("PROXY", "perhaps", "MED3DVLM_PROXY must be 1 or 0, got 'perhaps'"),
        ("LOG", "xml", "log must be text or json, got 'xml'"),
    ],
)
def test_impossible_values_are_refused(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings_from({f"MED3DVLM_{name}": value})


def test_the_table_names_every_setting_its_value_and_its_default() -> None:
    lines = list(table_of(Settings(max_files=12)))
    assert [line.split()[0] for line in lines] == [variable(known) for known in known_fields()]
    [changed] = [line for line in lines if "(default" in line]
    assert changed.split()[:4] == ["MED3DVLM_MAX_FILES", "12", "(default", "20000)"]


def test_precisions_of_the_setting_are_those_of_the_models() -> None:
    assert get_args(Wanted) == PRECISIONS


def test_folders_of_scans_belong_to_libraries() -> None:
    settings = Settings(libraries="Chest=/a; Head=/b", scans=" Head = /scans/head ;")
    assert settings.scan_folders == {"Head": Path("/scans/head")}
    for wrong in ("Knee=/scans", "Head", "Head=", "/scans"):
        with pytest.raises(ConfigError, match="needs the name of a library"):
            Settings(libraries="Head=/b", scans=wrong)
