import numpy as np
import pytest

from med3dvlm.volumes import open_volume
from med3dvlm.volumes.hounsfield import TAKEN_AS_HU
from med3dvlm.volumes.orientation import SIDES_IN_DOUBT
from med3dvlm.volumes.preflight import preflight
from med3dvlm.volumes.volume import Volume, canonical_affine


def body(shape=(40, 40, 40), spacing=(2, 2, 2), **about) -> Volume:
    """A ball of tissue in air, clear of every face."""
    z, y, x = (np.linspace(-1, 1, n)[tuple(None if a != i else slice(None) for a in range(3))]
               for i, n in enumerate(shape))  # fmt: skip
    voxels = np.where(z**2 + y**2 + x**2 < 0.7, 40, -1000).astype(about.pop("dtype", np.int16))
    known = {"unit": "HU", "modality": "CT"} | about
    return Volume(voxels=voxels, affine=canonical_affine(spacing), **known)


def changed(volume: Volume, place, value) -> Volume:
    voxels = volume.voxels.copy()
    voxels[place] = value
    return Volume(voxels=voxels, affine=volume.affine, unit=volume.unit, modality=volume.modality)


def titles(volume: Volume) -> list[str]:
    return [caution.title for caution in preflight(volume).cautions]


def text(volume: Volume, title: str) -> str:
    return next(c.text for c in preflight(volume).cautions if c.title == title)


def test_an_ordinary_ct_raises_no_caution() -> None:
    assert titles(body()) == []


def test_facts_are_in_the_order_x_y_z() -> None:
    facts = dict(preflight(body((40, 20, 30), (3, 2, 1), details={"Kernel": "B31f"})).facts)
    assert facts["Size"] == "30 x 20 x 40 voxels"
    assert facts["Spacing"] == "1.00 x 2.00 x 3.00 mm"
    assert facts["Extent"] == "30 x 40 x 120 mm"
    assert facts["Values"] == "-1000 to 40 HU"
    assert facts["Modality"] == "CT"
    assert facts["Kernel"] == "B31f"


def test_what_was_done_are_the_readers_notes() -> None:
    assert preflight(body(notes=("Turned.",))).done == ("Turned.",)


def test_most_values_leave_padding_out() -> None:
    padded = changed(body(), (slice(None), slice(0, 9)), -3024)
    assert dict(preflight(padded).facts)["Most values"] == "-1000 to 40 HU"
    only = changed(body(), slice(None), -2000)
    assert dict(preflight(only).facts)["Most values"] == "-2000 to -2000 HU"


@pytest.mark.parametrize(
    ("volume", "title", "phrase"),
    [
        (body(orientation_known=False), "left and right unknown", "can't be determined"),
        (body(notes=(f"Two placements: {SIDES_IN_DOUBT}.",)), "orientation in doubt", "two conf"),
        (body(modality="MR", unit="arbitrary"), "not CT", "This is MR"),
        (body(modality="unknown", unit="arbitrary"), "not in HU", "unit of the values is unknown."),
        (body((1, 40, 40)), "one slice", "Only one slice, 2 mm in total"),
        (body((9, 40, 40)), "few slices", "Only 9 slices, 18 mm in total"),
        (body((40, 40, 9)), "few slices", "Only 9 slices, 18 mm"),
        (body((17, 40, 40)), "small extent", "34 mm"),
        (body(spacing=(8, 2, 2)), "thick slices", "measure 8 mm in one direction and 2 mm in anot"),
        (body(notes=(f"NIfTI: {TAKEN_AS_HU}.",)), "HU assumed", "look like CT"),
        (body(details={"Burned-in text": "possible"}), "burned-in text", "a name"),
        (changed(body(), slice(None), 7), "uniform volume", "same value"),
        (changed(body(), (0, 0, 0), -2000), "values below air", "Less than 0.1 %"),
        (body(modality="unknown", unit="arbitrary"), "possible mask", "only 2 different values"),
        (body(modality="unknown", unit="arbitrary"), "not in HU", "If this is not a CT"),
        (changed(body(), (slice(0, 4)), -3024), "padding", "10.0 % of the voxels lie below -1024"),
    ],
)  # fmt: skip
def test_cautions_are_raised_in_plain_words(volume, title, phrase) -> None:
    assert title in titles(volume)
    assert phrase in text(volume, title)


def test_grey_levels_of_pictures_are_recognised() -> None:
    pictures = changed(body(unit="arbitrary", modality="unknown"), slice(None), 0)
    pictures = changed(pictures, (slice(5, 9)), 255)
    assert "8-bit grey levels" in text(pictures, "not in HU")
    for place, value in ((slice(5, 9), 100), (slice(0, 1), -1), (slice(0, 1), 256)):
        assert "grey levels" not in text(changed(pictures, place, value), "not in HU")


def test_noise_just_below_air_is_no_padding() -> None:
    assert titles(changed(body(), (slice(0, 4)), -1060)) == []


def test_a_scan_in_no_unit_is_not_taken_for_a_mask() -> None:
    values = np.arange(40**3, dtype=np.float32).reshape(40, 40, 40)
    scan = changed(
        body(unit="arbitrary", modality="unknown", dtype=np.float32), slice(None), values
    )
    assert "possible mask" not in titles(scan)
    assert "possible mask" not in titles(changed(scan, slice(None), values % 3 + 0.5))


@pytest.mark.parametrize(
    ("place", "side"),
    [
        ((slice(None), slice(None), 0), "right"),
        ((slice(None), slice(None), -1), "left"),
        ((slice(None), 0), "front"),
        ((slice(None), -1), "back"),
    ],
)
def test_a_body_that_reaches_a_side_is_cut_off_there(place, side) -> None:
    assert f"({side})" in text(changed(body(), place, 40), "body cut off")


def test_the_ends_of_the_body_axis_are_always_cut() -> None:
    assert "body cut off" not in titles(changed(body(), 0, 40))
    unknown = body(orientation_known=False)
    assert "body cut off" not in titles(unknown)


def test_a_guess_of_the_modality_is_called_one() -> None:
    assert dict(preflight(body(notes=(TAKEN_AS_HU,))).facts)["Modality"].startswith("CT (a guess")
    unknown = body(modality="unknown", unit="arbitrary")
    assert "doesn't say" in dict(preflight(unknown).facts)["Modality"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crlm1004-ct-dicom", {"padding", "thick slices"}),
        ("crlm1004-ct-nifti/CRLM-CT-1004_dcm2niix.nii.gz",
         {"padding", "thick slices", "HU assumed"}),
        ("totalseg-ct/aorta_report/ct_cropped.nii.gz",
         {"body cut off", "HU assumed"}),
        ("totalseg-ct/example_mr_sm.nii.gz", {"not in HU"}),
        ("sts001-pair/CT_mask.nii.gz", {"not in HU", "possible mask", "thick slices"}),
        ("sts001-pair/PET_image.nii.gz", {"not in HU"}),
        ("dcmqi-ct3", {"few slices", "padding"}),
        ("cptac-zip/data.zip", {"not CT", "not in HU", "few slices", "thick slices"}),
        ("nibabel-basic/standard.nii.gz",
         {"not in HU", "possible mask", "few slices", "thick slices"}),
    ],
)  # fmt: skip
def test_cautions_of_real_scans(real, name, expected) -> None:
    assert set(titles(open_volume(real / name))) == expected


def test_captures_of_the_screen_may_hold_a_name(write_dicom) -> None:
    def captured(data, number: int) -> None:
        data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        data.Modality = "OT"

    assert "burned-in text" in titles(open_volume(write_dicom(captured)[0].parent))

    def stated(data, number: int) -> None:
        data.BurnedInAnnotation = "YES"

    assert "burned-in text" in titles(open_volume(write_dicom(stated, folder="b")[0].parent))

    def denied(data, number: int) -> None:
        captured(data, number)
        data.BurnedInAnnotation = "NO"

    volume = open_volume(write_dicom(denied, folder="c")[0].parent)
    assert "burned-in text" not in titles(volume)
