import os
import subprocess
import sys
from pathlib import Path

import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, list_series, open_volume, reader
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.reader import Format


def refusal(path: Path) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path)
    return str(caught.value)


def test_a_mixed_folder_opens_the_largest_and_prefers_stated_modalities(
    write_dicom, write_nifti, phantom
) -> None:
    """A mask beside a CT has as many voxels: the CT comes first."""
    folder = write_dicom()[0].parent
    write_nifti((phantom.voxels.T > 0).astype("f4"), name="series/mask.nii")
    write_nifti((phantom.voxels.T > 0).astype("u1"), name="series/a-mask.nii")
    infos = list_series(folder)
    assert [info.modality for info in infos] == ["CT", "unknown", "unknown"]
    assert infos[1].description == "NIfTI, 16 x 20 x 12, file 2 of 2 by name"
    volume = open_volume(folder)
    assert volume.digest == phantom.digest
    assert volume.notes == (
        "There are 3 series; the largest is shown: CT, axial, 2.5 mm, 12 slices.",
    )


def test_listing_reads_no_voxels(phantom, tmp_path, monkeypatch) -> None:
    save_nifti(phantom, tmp_path / "a.nii")
    monkeypatch.setattr("med3dvlm.volumes.formats.nifti._parts", None)
    infos = list_series(tmp_path / "a.nii")
    assert [(i.shape, i.modality, i.frames) for i in infos] == [((12, 20, 16), "CT", 1)]


def test_a_folder_with_reports_beside_the_scan_opens(write_dicom, phantom, tmp_path) -> None:
    """DICOM files that are no scan don't stand in the way of a NIfTI."""
    folder = write_dicom(lambda data, _: setattr(data, "Modality", "SEG"))[0].parent
    save_nifti(phantom, folder / "a.nii")
    assert open_volume(folder).digest == phantom.digest


def test_a_further_format_is_one_line(tmp_path, phantom, monkeypatch) -> None:
    (tmp_path / "a.phantom").write_bytes(b"PHANTOM")
    save_nifti(phantom, tmp_path / "scan.nii")
    found = reader.nifti.find_series([tmp_path / "scan.nii"], Limits())
    extra = Format(
        recognises=lambda path: path.read_bytes() == b"PHANTOM",
        find_series=lambda paths, limits: found,
    )
    monkeypatch.setattr(reader, "FORMATS", (*reader.FORMATS, extra))
    assert open_volume(tmp_path / "a.phantom").digest == phantom.digest


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "the file is empty"),
        (b"NRRD0005\n", "the NRRD header can't be read"),
        (b"NRRD9\n", "an NRRD file of an unknown version"),
        (b"ObjectType = Image\n", "a truncated MetaImage header"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"\x5c\x01\x00\x00" + bytes(400), "an Analyze 7.5 header"),
        (b"hello", "not a scan that can be read. Supported: NIfTI"),
        (bytes(5000), "not a scan that can be read. Supported: NIfTI"),
    ],
)
def test_what_is_no_scan_is_named_with_a_remedy(tmp_path, content, phrase) -> None:
    path = tmp_path / "upload.bin"
    path.write_bytes(content)
    message = refusal(path)
    assert message.startswith("upload.bin: ")
    assert phrase in message


def test_folders_without_a_scan_say_how_many_files_they_hold(tmp_path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    assert "none of its 0 files is a scan" in refusal(folder)
    (folder / "a.txt").write_text("x")
    assert "none of its 1 files is a scan" in refusal(folder)


def test_a_path_that_does_not_exist_is_refused(tmp_path) -> None:
    assert refusal(tmp_path / "nowhere.nii") == "nowhere.nii: there is no such file or folder."


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch) -> None:
    path = tmp_path / "scan.nii"
    path.write_bytes(b"x")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "can't be read (Permission denied)" in refusal(path)


def test_importing_the_readers_brings_no_torch() -> None:
    code = "import sys; import med3dvlm.volumes; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, env=os.environ).returncode == 0
