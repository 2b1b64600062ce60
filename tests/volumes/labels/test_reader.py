"""Labels of every format, with known truth: one map in all of them is the same map."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nrrd
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from med3dvlm.errors import NoScanError, VolumeError
from med3dvlm.volumes.labels.place import NO_FRAME, Place
from med3dvlm.volumes.labels.reader import open_labels
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import short_key
from med3dvlm.volumes.volume import Volume, canonical_affine
from tests.volumes.labels.label_files import Masks, item, square, write_seg, write_structures

FRAME, OTHER = "1.2.3.4", "1.2.3.5"
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
SHAPE = (10, 18, 14)


@pytest.fixture(scope="module")
def scan() -> Volume:
    """Every axis differs, and the axes are turned against the body's."""
    affine = canonical_affine((3.0, 0.75, 0.5), (-10.25, 20.5, -300.0))
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    return Volume(
        voxels=np.zeros(SHAPE, np.int16), affine=turn @ affine, unit="HU", frame=short_key(FRAME)
    )


@pytest.fixture(scope="module")
def masks() -> Masks:
    """Boxes with edges of their own on each axis; the liver is the larger one."""
    liver, stone = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    liver[2:7, 4:12, 1:9] = True
    stone[8, 13:15, 10:13] = True
    return {"Liver": liver, "Kidney stone": stone}


def numbered(masks: Masks) -> np.ndarray:
    return sum(np.uint8(n) * mask for n, mask in enumerate(masks.values(), start=1))


def write_nifti(path: Path, numbers: np.ndarray, affine: np.ndarray) -> Path:
    Nifti1Image(numbers.T, RAS @ affine).to_filename(path)
    return path


def write_nrrd(path: Path, masks: Masks, affine: np.ndarray) -> Path:
    """As 3D Slicer writes segments: names in pairs of keys and values."""
    header = {
        "space": "left-posterior-superior", "space directions": affine[:3, :3].T,
        "space origin": affine[:3, 3], "kinds": ["domain"] * 3,
    }  # fmt: skip
    for n, name in enumerate(masks):
        header |= {
            f"Segment{n}_Name": name, f"Segment{n}_LabelValue": str(n + 1),
            f"Segment{n}_Layer": "0",
        }  # fmt: skip
    nrrd.write(str(path), numbered(masks).T, header)
    return path


def test_one_map_in_all_formats_is_the_same_map(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    contours = {
        "Liver": [square(scan, z, (3.5, 11.5, 0.5, 8.5)) for z in range(2, 7)],
        "Kidney stone": [square(scan, 8, (12.5, 14.5, 9.5, 12.5))],
    }
    files = (
        write_nrrd(tmp_path / "organs.seg.nrrd", masks, scan.affine),
        write_seg(tmp_path / "binary.dcm", masks, scan, frame=FRAME),
        write_seg(tmp_path / "shares.dcm", masks, scan, frame=FRAME, kind="FRACTIONAL"),
        write_seg(tmp_path / "numbers.dcm", masks, scan, frame=FRAME, kind="LABELMAP"),
        write_structures(tmp_path / "structures.dcm", contours, frame=FRAME),
    )
    for file in files:
        read = open_labels(file, scan)
        assert read.names == ("Liver", "Kidney stone"), file.name
        for name, mask in masks.items():
            assert np.array_equal(read.mask(name), mask), (file.name, name)
        assert read.labels[0].millilitres == pytest.approx(320 * 3 * 0.75 * 0.5 / 1000)
        assert read.at((8, 13, 10)) == ("Kidney stone",)
        assert read.at((0, 0, 0)) == ()
    plain = open_labels(write_nifti(tmp_path / "n.nii.gz", numbered(masks), scan.affine), scan)
    assert plain.names == ("label 1", "label 2")
    assert np.array_equal(plain.mask("label 2"), masks["Kidney stone"])
    assert plain.notes == ()


def test_a_map_on_another_grid_is_laid_by_its_place(tmp_path: Path, scan: Volume) -> None:
    """Half the voxels along each axis, flipped and turned about: nearest by true position."""
    fine = np.zeros((20, 36, 28), np.uint8)
    fine[4:14, 8:24, 2:18] = 7
    affine = scan.affine @ np.diag([0.5, 0.5, 0.5, 1]) @ _shifted(0.5)
    flipped = affine @ np.array([[-1, 0, 0, 27], [0, 1, 0, 0], [0, 0, -1, 19], [0, 0, 0, 1.0]])
    path = write_nifti(tmp_path / "spleen.nii", fine[::-1, :, ::-1], flipped)
    read = open_labels(path, scan)
    assert read.names == ("spleen",), "the only label of a file has its name"
    truth = np.zeros(SHAPE, bool)
    truth[2:7, 4:12, 1:9] = True
    assert np.array_equal(read.mask("spleen"), truth)
    assert "another grid" in read.notes[0]


def _shifted(by: float) -> np.ndarray:
    shift = np.eye(4)
    shift[:3, 3] = -by
    return shift


def test_labels_may_overlap(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    inner = np.zeros(SHAPE, bool)
    inner[3:5, 5:8, 2:5] = True
    path = write_seg(tmp_path / "two.dcm", {"Mass": inner, "Liver": masks["Liver"]}, scan)
    read = open_labels(path, scan)
    assert read.at((3, 5, 2)) == ("Liver", "Mass")
    assert read.mask("Liver").sum() == masks["Liver"].sum()
    assert NO_FRAME in read.notes
    with pytest.raises(VolumeError, match=r"no label 'Spleen'\. There are: Liver, Mass"):
        read.mask("Spleen")


def test_layers_of_segments_may_overlap_too(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    both = np.stack([masks["Liver"], masks["Liver"] & ~masks["Kidney stone"]]).astype(np.uint8)
    header = {
        "space": "left-posterior-superior", "kinds": ["list", "domain", "domain", "domain"],
        "space directions": np.vstack([np.full(3, np.nan), scan.affine[:3, :3].T]),
        "space origin": scan.affine[:3, 3],
        "Segment0_Name": "Organ", "Segment0_Layer": "0", "Segment0_LabelValue": "1",
        "Segment1_Layer": "1", "Segment1_LabelValue": "1", "Segment2_LabelValue": "many",
    }  # fmt: skip
    path = tmp_path / "layers.seg.nrrd"
    nrrd.write(str(path), both.transpose(0, 3, 2, 1), header)
    read = open_labels(path, scan)
    assert read.names == ("Organ", "segment 1")
    assert read.at((3, 5, 2)) == read.names


@pytest.mark.parametrize(
    "line", [f"Segment{'9' * 5000}_Name:=a", f"Segment0_Layer:={'9' * 5000}"], ids=["key", "value"]
)
def test_endless_numbers_of_segments_name_nothing(
    tmp_path: Path, scan: Volume, masks: Masks, line: str
) -> None:
    """Python doesn't read numbers of more than 4,300 digits; the user was told of an error."""
    path = write_nrrd(tmp_path / "labels.seg.nrrd", masks, scan.affine)
    head, end, voxels = path.read_bytes().partition(b"\n\n")
    lines = [one for one in head.split(b"\n") if not one.startswith(b"Segment0_Layer")]
    path.write_bytes(b"\n".join([*lines, line.encode()]) + end + voxels)
    names = set(open_labels(path, scan).names)
    assert len(names) == len(masks)
    assert "a" not in names


def test_a_hole_is_cut_by_an_inner_contour(tmp_path: Path, scan: Volume) -> None:
    ring = [square(scan, 4, (3.5, 11.5, 0.5, 8.5)), square(scan, 4, (5.5, 8.5, 2.5, 5.5))]
    read = open_labels(write_structures(tmp_path / "ring.dcm", {"Wall": ring}), scan)
    assert read.mask("Wall").sum() == 8 * 8 - 3 * 3
    assert read.at((4, 6, 3)) == ()


def test_a_folder_of_masks_has_a_label_for_each_file(
    tmp_path: Path, scan: Volume, masks: Masks
) -> None:
    path = tmp_path / "masks.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, mask in masks.items():
            file = write_nifti(tmp_path / f"{name}.nii.gz", mask.astype(np.uint8), scan.affine)
            archive.write(file, file.name)
        archive.writestr("readme.txt", "labels")
    read = open_labels(path, scan)
    assert read.names == ("Liver", "Kidney stone")
    assert np.array_equal(read.mask("Liver"), masks["Liver"])


def test_the_wrong_frame_of_reference_is_refused(
    tmp_path: Path, scan: Volume, masks: Masks
) -> None:
    structure = {"Liver": [square(scan, 4, (3.5, 11.5, 0.5, 8.5))]}
    for path in (
        write_seg(tmp_path / "seg.dcm", masks, scan, frame=OTHER),
        write_structures(tmp_path / "structures.dcm", structure, frame=OTHER),
    ):
        with pytest.raises(VolumeError, match="it was drawn in another frame") as told:
            open_labels(path, scan)
        assert str(told.value).startswith(path.name)
        assert "HIDDEN" not in str(told.value)
        assert open_labels(path, replace(scan, frame="")).names, "nothing is known of the scan's"


def test_places_that_do_not_fit_are_refused(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    away = write_seg(tmp_path / "away.dcm", masks, scan, shift_mm=(0, 0, 100))
    with pytest.raises(VolumeError, match=r"labels lie outside the scan, \d+ mm or more away"):
        open_labels(away, scan)
    partly = write_seg(tmp_path / "partly.dcm", masks, scan, shift_mm=(0, 0, -9))
    read = open_labels(partly, scan)
    assert any("lies outside the scan" in note for note in read.notes)
    assert np.array_equal(read.mask("Liver")[:4], masks["Liver"][3:7])


def test_sides_that_are_not_known_are_not_guessed(
    tmp_path: Path, scan: Volume, masks: Masks
) -> None:
    unknown = replace(scan, orientation_known=False, affine=np.diag([1.0, 1.0, 1.0, 1.0]))
    path = write_nifti(tmp_path / "known.nii", numbered(masks), scan.affine)
    seg = write_seg(tmp_path / "seg.dcm", masks, scan)
    for labels in (path, seg):
        with pytest.raises(VolumeError, match="scan's own file doesn't say"):
            open_labels(labels, unknown)
    image = Nifti1Image(numbered(masks).T, np.eye(4))
    image.set_sform(None, 0)
    image.set_qform(None, 0)
    image.to_filename(tmp_path / "unknown.nii")
    with pytest.raises(VolumeError, match="it doesn't say where left"):
        open_labels(tmp_path / "unknown.nii", scan)
    read = open_labels(tmp_path / "unknown.nii", unknown)
    assert np.array_equal(read.mask("label 1"), masks["Liver"])
    assert "voxel by voxel" in read.notes[0]
    smaller = replace(unknown, voxels=np.zeros((3, 4, 5), np.int16))
    with pytest.raises(VolumeError, match=r"Nor has it the scan's size: \(14, 18, 10\)"):
        open_labels(tmp_path / "unknown.nii", smaller)


def test_a_scan_is_no_label_map(tmp_path: Path, scan: Volume) -> None:
    counted = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    for numbers, why in (
        (counted.astype(np.int16), "has 2,519 values"),
        ((counted - 1000).astype(np.int16), "values from -1000 to"),
        (counted.astype(np.float32) / 7, "no whole numbers"),
        (np.zeros(SHAPE, np.uint8), "it is empty"),
    ):
        with pytest.raises(VolumeError, match=why):
            open_labels(write_nifti(tmp_path / "scan.nii", numbers, scan.affine), scan)
    colours = np.zeros((14, 18, 10), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    Nifti1Image(colours, RAS @ scan.affine).to_filename(tmp_path / "colours.nii")
    with pytest.raises(VolumeError, match="voxels are colours"):
        open_labels(tmp_path / "colours.nii", scan)


def test_sheared_labels_are_not_interpolated(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    shear = np.eye(4)
    shear[1, 2] = 0.4
    with pytest.raises(VolumeError, match="sheared, and labels can't be interpolated"):
        open_labels(write_nifti(tmp_path / "s.nii", numbered(masks), shear @ scan.affine), scan)


def test_what_holds_no_labels_is_said(
    tmp_path: Path, scan: Volume, phantom_slices: list[Path]
) -> None:
    (tmp_path / "notes.txt").write_text("no labels here")
    with pytest.raises(NoScanError, match=r"it contains no label map\. Supported: NIfTI"):
        open_labels(tmp_path / "notes.txt", scan)
    with pytest.raises(VolumeError, match="this is a picture and no label map"):
        open_labels(phantom_slices[0], scan)
    with pytest.raises(VolumeError, match="there is no such file"):
        open_labels(tmp_path / "gone.nii", scan)
    points = write_structures(
        tmp_path / "points.dcm", {"Marker": [square(scan, 4, (3, 5, 3, 5))]}, kind="POINT"
    )
    with pytest.raises(VolumeError, match="no closed contours"):
        open_labels(points, scan)


def test_contours_across_the_slices_are_refused(tmp_path: Path, scan: Volume) -> None:
    slanted = square(scan, 3, (3.5, 11.5, 0.5, 8.5))
    slanted[2] += 12
    with pytest.raises(VolumeError, match="don't lie on planes of this scan's grid"):
        open_labels(write_structures(tmp_path / "slanted.dcm", {"Liver": [slanted]}), scan)
    damaged = {"Liver": [[1.0, 2.0, 3.0]]}
    with pytest.raises(VolumeError, match="a contour of it is damaged"):
        open_labels(write_structures(tmp_path / "damaged.dcm", damaged), scan)


def test_sagittal_contours_are_filled(tmp_path: Path, scan: Volume) -> None:
    """Of a scan that was made in another direction; the contour stands on edge."""
    points = [
        mm for z, y in ((1.5, 3.5), (1.5, 7.5), (5.5, 7.5), (5.5, 3.5))
        for mm in scan.millimetres((z, y, 6))
    ]  # fmt: skip
    read = open_labels(write_structures(tmp_path / "s.dcm", {"Cord": [points]}), scan)
    truth = np.zeros(SHAPE, bool)
    truth[2:6, 4:8, 6] = True
    assert np.array_equal(read.mask("Cord"), truth)


def test_limits_hold_for_labels(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    huge = {"All": [square(scan, 4, (-9e5, 9e5, -9e5, 9e5))]}
    with pytest.raises(VolumeError, match="would cover"):
        open_labels(write_structures(tmp_path / "huge.dcm", huge), scan)
    seg = write_seg(tmp_path / "seg.dcm", masks, scan)
    with pytest.raises(VolumeError, match="one of its labels has 320 voxels, more than the limit"):
        open_labels(seg, scan, limits=Limits(voxels=100))
    with pytest.raises(VolumeError, match="reading took longer"):
        open_labels(seg, scan, limits=Limits(seconds=-1))


def test_a_place_passes_through_a_message(scan: Volume) -> None:
    place = Place.of(scan)
    again = Place.told(place.tell())
    assert (again.shape, again.frame, again.orientation_known) == (SHAPE, place.frame, True)
    assert np.array_equal(again.affine, place.affine)


def _turned(data: Dataset) -> None:
    last = data.PerFrameFunctionalGroupsSequence[-1]
    last.PlaneOrientationSequence = Items([item(ImageOrientationPatient=[0, 1, 0, 1, 0, 0])])


def _unplaced(data: Dataset) -> None:
    del data.PerFrameFunctionalGroupsSequence[-1].PlanePositionSequence


def _far(data: Dataset) -> None:
    place = data.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    place.ImagePositionPatient = [0, 0, 1e9]


def _flat(data: Dataset) -> None:
    measures = data.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.PixelSpacing = [0, 0]


def _emptied(data: Dataset) -> None:
    data.PixelData = b"\0" * len(data.PixelData)


def _cut(data: Dataset) -> None:
    data.PixelData = data.PixelData[:10]


def _huge(data: Dataset) -> None:
    data.Rows = data.Columns = 60_000


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_turned, "different directions"), (_unplaced, "doesn't say where it lies"),
        (_far, "doesn't say where it lies"), (_flat, "doesn't say where it lies"),
        (_emptied, "it is empty"), (_cut, "can't be read"), (_huge, "can't be read"),
    ],
)  # fmt: skip
def test_damaged_segmentations_are_refused(
    tmp_path: Path, scan: Volume, masks: Masks, damage: Callable[[Dataset], None], why: str
) -> None:
    path = write_seg(tmp_path / "seg.dcm", masks, scan)
    data = dcmread(path)
    damage(data)
    data.save_as(path)
    with pytest.raises(VolumeError, match=rf"^seg\.dcm: .*{why}"):
        open_labels(path, scan)


def test_a_lone_plane_without_a_thickness_is_a_millimetre_thick(
    tmp_path: Path, scan: Volume
) -> None:
    lone = np.zeros(SHAPE, bool)
    lone[4, 3:6, 2:5] = True
    path = write_seg(tmp_path / "lone.dcm", {"Node": lone}, scan)
    data = dcmread(path)
    del data.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness
    data.save_as(path)
    assert np.array_equal(open_labels(path, scan).mask("Node"), lone)


def test_cut_files_of_every_format_are_refused(tmp_path: Path, scan: Volume, masks: Masks) -> None:
    contours = {"Liver": [square(scan, 4, (3.5, 11.5, 0.5, 8.5))]}
    for path in (
        write_nifti(tmp_path / "cut.nii.gz", numbered(masks), scan.affine),
        write_nrrd(tmp_path / "cut.seg.nrrd", masks, scan.affine),
        write_seg(tmp_path / "cut.dcm", masks, scan),
        write_structures(tmp_path / "contours.dcm", contours),
    ):
        whole = path.read_bytes()
        for share in (0.2, 0.6, 0.9):
            path.write_bytes(whole[: int(share * len(whole))])
            with pytest.raises(VolumeError, match=f"^{path.name}: "):
                open_labels(path, scan)
