"""Names of series in every spelling, and where they lie."""

from pathlib import Path

import pytest

from med3dvlm.errors import TrainingError
from train.data.m3d.layout import RawData, case_of, series_name


@pytest.mark.parametrize(
    "path",
    [
        "ct_case/000006/Axial_1.5mm",
        "ct_case/000006/Axial_1.5mm.npy",
        "M3D_Cap_npy/ct_case/000006/Axial_1.5mm.npy",
        "M3D_Cap_nii/ct_case/000006/Axial_1.5mm.nii.gz",
        "./data/ct_quizze/ct_case/000006/Axial_1.5mm.nii.gz ",
        "data\\ct_case\\000006\\Axial_1.5mm.npy",
    ],
)
def test_every_spelling_names_the_same_series(path: str) -> None:
    assert series_name(path) == "ct_case/000006/Axial_1.5mm"
    assert case_of(series_name(path)) == "ct_case/000006"


@pytest.mark.parametrize("path", ["", "000006/Axial.npy", "ct_case/000006", "ct_case/1/a/b.npy"])
def test_a_path_that_names_no_series_is_refused(path: str) -> None:
    with pytest.raises(TrainingError, match="doesn't name a series"):
        series_name(path)


def folders(root: Path, *names: str) -> RawData:
    for name in names:
        (root / "M3D_Cap" / "ct_case" / "1" / name).mkdir(parents=True)
    return RawData(root)


def test_marks_in_a_folder_name_are_looked_through(tmp_path: Path) -> None:
    raw = folders(tmp_path, "P\u00f6schl", "Plain", "Jos\u00e9 \u8f74")
    assert raw.source("ct_case/1/Poschl").name == "P\u00f6schl"
    assert raw.source("ct_case/1/Plain").name == "Plain"
    assert raw.source("ct_case/1/Jose \u8f74").name == "Jos\u00e9 \u8f74"
    assert raw.source("ct_case/1/Jose").name == "Jos\u00e9 \u8f74"


def test_two_folders_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    raw = folders(tmp_path, "P\u00f6schl", "P\u00f3schl")
    with pytest.raises(TrainingError, match="both match this name"):
        raw.source("ct_case/1/Poschl")


def test_prepared_files_serve_where_there_are_no_slices(tmp_path: Path) -> None:
    raw = folders(tmp_path, "Slices")
    prepared = tmp_path / "M3D_Cap_nii" / "ct_case" / "1"
    prepared.mkdir(parents=True)
    for name in ("Slices.npy", "Other.nii.gz"):
        (prepared / name).touch()
    assert raw.source("ct_case/1/Slices").is_dir()
    assert raw.source("ct_case/1/Other").name == "Other.nii.gz"


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    raw = folders(tmp_path, "Slices")
    with pytest.raises(TrainingError, match="ct_case/2/Axial"):
        raw.source("ct_case/2/Axial")
    with pytest.raises(TrainingError, match=r"ct_case/2/text\.txt"):
        raw.text("ct_case/2/text.txt")
    with pytest.raises(TrainingError, match=r"no M3D_Cap\.json"):
        _ = raw.captions_file
    with pytest.raises(TrainingError, match="contains no M3D data"):
        _ = RawData(tmp_path / "nowhere").bases
