"""Phantoms as files: what is written opens as the phantom, and nothing is written over."""

from pathlib import Path

import pytest

from med3dvlm.__main__ import main
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes import open_volume

SEED = 1234


@pytest.mark.parametrize("name", ["scan.nii", "deep/scan.nii.gz", "series"])
def test_a_phantom_in_a_file_opens_as_itself(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / name
    assert main(["phantom", str(SEED), "--out", str(out)]) == 0
    case = make_case(SEED)
    volume = open_volume(out)
    assert volume.digest == case.volume.digest
    assert volume.unit == "HU"
    assert case.report in capsys.readouterr().out


def test_other_formats_and_files_that_are_there_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "scan.nii"
    there.write_text("mine")
    for out, words in ((there, "is there already"), (tmp_path / "scan.nrrd", "ends in .nii")):
        assert main(["phantom", str(SEED), "--out", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert there.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [there]
    with pytest.raises(SystemExit) as ended:
        main(["phantom", "-1", "--out", str(tmp_path / "a.nii")])
    assert ended.value.code == 2
