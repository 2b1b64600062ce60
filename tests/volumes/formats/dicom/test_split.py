"""What one series holds at one position, or in several passes: volumes with words of their own."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Volume, list_series, open_volume
from tests.volumes.multi_frame import enhanced


@pytest.fixture
def series(write_dicom, phantom, tmp_path):
    """Writes the phantom `parts` times as one series; `edit(data, number, part)` marks them."""

    def write(edit, *, parts: int = 2, slices: int = 12):
        for part in range(parts):
            voxels = phantom.voxels[:slices].copy()
            voxels[0, 0, 0] = part
            volume = Volume(voxels=voxels, affine=phantom.affine.copy(), unit="HU")

            def mark(data: Dataset, number: int, part: int = part) -> None:
                data.SeriesInstanceUID = "1.2.3"
                data.InstanceNumber = part * slices + number + 1
                edit(data, number, part)

            write_dicom(mark, volume=volume, folder=f"all/{part}")
        return tmp_path / "all"

    return write


def shifted(data: Dataset, mm: float) -> None:
    x, y, z = (float(part) for part in data.ImagePositionPatient)
    data.ImagePositionPatient = [x, y, z + mm]


def parts_of(folder) -> list[str]:
    """The last words of each description."""
    infos = list_series(folder)
    return [info.description.partition(" slices, ")[2] for info in infos]


def firsts(folder) -> list[int]:
    infos = list_series(folder)
    return [int(open_volume(folder, series=info.key).voxels[0, 0, 0]) for info in infos]


@pytest.mark.parametrize(
    ("keyword", "values", "words"),
    [
        ("ConvolutionKernel", ("B30f", "B70f"), ["kernel 1 of 2", "kernel 2 of 2"]),
        ("KVP", (140, 80), ["tube voltage 1 of 2 (80 kV)", "tube voltage 2 of 2 (140 kV)"]),
        ("SeriesNumber", (4, 7), ["series 1 of 2", "series 2 of 2"]),
        ("EchoTime", (9.8, 4.9), ["echo 1 of 2 (4.9 ms)", "echo 2 of 2 (9.8 ms)"]),
        ("DiffusionBValue", (0.0, 1000.0), ["b-value 1 of 2 (0 s/mm2)",
                                            "b-value 2 of 2 (1000 s/mm2)"]),
    ],
)  # fmt: skip
def test_what_differs_at_one_position_is_told(series, keyword, values, words) -> None:
    folder = series(lambda data, number, part: setattr(data, keyword, values[part]))
    assert parts_of(folder) == words
    assert sorted(firsts(folder)) == [0, 1]


@pytest.mark.parametrize("vendor", ["GE", "SIEMENS", "Philips"])
@pytest.mark.parametrize("plain", [True, False])
def test_diffusion_of_three_vendors_is_split_by_their_own_elements(series, vendor, plain) -> None:
    """It was refused with "nothing distinguishes them"."""
    directions = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.8, 0.6)]

    def edit(data: Dataset, number: int, part: int) -> None:
        data.Manufacturer = f"{vendor} MEDICAL SYSTEMS"
        value, direction = (0, 800, 800)[part], directions[part]
        if vendor == "GE":
            data.add_new(0x00430010, "LO", "GEMS_PARM_01")
            text = [1_000_000_000 + value, 8, 0, 0]
            data.add_new(0x00431039, "IS", text)
            data.add_new(0x00190010, "LO", "GEMS_ACQU_01")
            for tag, one in zip((0x001910BB, 0x001910BC, 0x001910BD), direction, strict=True):
                data.add_new(tag, "DS", one) if plain else data.add_new(
                    tag, "UN", str(one).encode()
                )
        elif vendor == "SIEMENS":
            data.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
            data.add_new(0x0019100C, "IS", value) if plain else data.add_new(
                0x0019100C, "UN", str(value).encode() + b" "
            )
            raw = np.array(direction).tobytes()
            data.add_new(0x0019100E, "UN", raw)
        else:
            data.add_new(0x20010010, "LO", "Philips Imaging DD 001")
            data.add_new(0x20011003, "FL", float(value)) if plain else data.add_new(
                0x20011003, "UN", np.float32(value).tobytes()
            )
            data.add_new(0x20050010, "LO", "Philips MR Imaging DD 001")
            for tag, one in zip((0x200510B0, 0x200510B1, 0x200510B2), direction, strict=True):
                data.add_new(tag, "FL", one)

    folder = series(edit, parts=3)
    assert parts_of(folder) == [
        "gradient direction 1 of 3, b-value 0 s/mm2",
        "gradient direction 2 of 3, b-value 800 s/mm2",
        "gradient direction 3 of 3, b-value 800 s/mm2",
    ]
    assert firsts(folder) == [0, 1, 2]


def test_a_private_element_that_holds_no_number_is_no_mark(series) -> None:
    def edit(data: Dataset, number: int, part: int) -> None:
        data.Manufacturer = "SIEMENS"
        data.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
        data.add_new(0x0019100C, "UN", b"\xff\xfe\xfd")
        data.add_new(0x0019100E, "UN", b"")
        data.AcquisitionNumber = part

    assert parts_of(series(edit)) == ["acquisition 1 of 2", "acquisition 2 of 2"]


def test_time_points_are_in_order_of_time_and_say_it(series) -> None:
    def edit(data: Dataset, number: int, part: int) -> None:
        data.TemporalPositionIdentifier = 3 - part
        data.AcquisitionTime = f"1015{10 + 25 * (2 - part):02d}.5"
        data.AcquisitionDateTime = f"202002031015{10 + 25 * (2 - part):02d}.5+0100"

    folder = series(edit, parts=3)
    assert parts_of(folder) == [
        "time point 1 of 3, 0 s", "time point 2 of 3, 25 s", "time point 3 of 3, 50 s",
    ]  # fmt: skip
    assert firsts(folder) == [2, 1, 0]


def test_the_order_of_numbers_splits_what_nothing_else_does(series) -> None:
    """Perfusion whose only difference is the instance number was refused."""
    folder = series(lambda *_: None, parts=3)
    assert parts_of(folder) == ["pass 1 of 3", "pass 2 of 3", "pass 3 of 3"]
    assert firsts(folder) == [0, 1, 2]
    note = " ".join(open_volume(folder).notes)
    assert "Nothing but the order of instance numbers distinguishes the images" in note

    def by_place(data: Dataset, number: int, part: int) -> None:
        data.InstanceNumber = (11 - number) * 3 + part

    assert firsts(series(by_place, parts=3)) == [0, 1, 2]


def test_the_times_of_single_slices_split_what_numbers_do_not(series) -> None:
    def edit(data: Dataset, number: int, part: int) -> None:
        data.InstanceNumber = 1
        data.AcquisitionTime = f"10150{part}.{number:02d}"

    folder = series(edit)
    assert parts_of(folder) == ["pass 1 of 2, 0 s", "pass 2 of 2, 1 s"]
    assert "Nothing but the time of acquisition" in " ".join(open_volume(folder).notes)


def test_images_that_nothing_distinguishes_are_refused(series) -> None:
    def edit(data: Dataset, number: int, part: int) -> None:
        data.InstanceNumber = 1

    with pytest.raises(VolumeError, match="nothing in the files distinguishes them"):
        open_volume(series(edit))

    def crossed(data: Dataset, number: int, part: int) -> None:
        data.InstanceNumber = (number * 7 + part * 5) % 24 + 24 * part * (number % 2)

    with pytest.raises(VolumeError, match="nothing in the files distinguishes them"):
        open_volume(series(crossed))


def test_a_whole_copy_with_new_numbers_stays_a_copy(write_dicom, phantom) -> None:
    def again(data: Dataset, number: int) -> None:
        data.InstanceNumber = 100 + number
        data.SOPInstanceUID = generate_uid()

    folder = write_dicom()[0].parent
    write_dicom(again, folder="series/again")
    volume = open_volume(folder)
    assert volume.digest == phantom.digest
    assert "Duplicate slices left out: 12." in volume.notes


@pytest.mark.parametrize("shift", [1.25, 27.5, 26.0, 100.0])
def test_passes_that_are_complete_are_split(series, phantom, shift) -> None:
    """Two phases became one volume with every other slice of the other phase, without a note."""

    def edit(data: Dataset, number: int, part: int) -> None:
        data.AcquisitionNumber = part + 1
        shifted(data, shift * part)

    folder = series(edit)
    assert parts_of(folder) == ["acquisition 1 of 2", "acquisition 2 of 2"]
    assert [info.slices for info in list_series(folder)] == [12, 12]
    assert firsts(folder) == [0, 1]


def test_passes_in_rotations_are_put_together(series) -> None:
    """Four slices for each rotation: numbers rise within each pass, and passes interleave."""

    def edit(data: Dataset, number: int, part: int) -> None:
        data.AcquisitionNumber = part * 3 + number // 4
        shifted(data, 1.25 * part)

    assert [info.slices for info in list_series(series(edit))] == [12, 12]


@pytest.mark.parametrize("case", ["stacks", "rotations", "slices", "thickness unknown", "regions"])
def test_parts_of_one_volume_stay_together(series, case) -> None:
    def edit(data: Dataset, number: int, part: int) -> None:
        x, y, z = (float(one) for one in data.ImagePositionPatient)
        if case == "regions":  # one continues the other
            data.AcquisitionNumber = part
            shifted(data, 30 * part)
            return
        data.ImagePositionPatient = [x, y, z + number * 2.5 + part * 2.5]
        numbers = {"rotations": number // 4 + part * 3, "slices": number * 2 + part}
        data.AcquisitionNumber = numbers.get(case, part)
        if case == "rotations":
            data.ImagePositionPatient = [x, y, z + 30 * part]
        if case == "thickness unknown":
            del data.SliceThickness

    folder = series(edit)
    assert [info.slices for info in list_series(folder)] == [24]
    assert open_volume(folder).spacing_mm[0] == pytest.approx(2.5)


def test_kernels_one_after_the_other_are_one_volume_with_a_note(series) -> None:
    """They became one volume, and nothing told that half of it is sharper."""

    def edit(data: Dataset, number: int, part: int) -> None:
        shifted(data, 30 * part)
        data.ConvolutionKernel = ("B30f", "B70f")[part]
        data.KVP = (120, 80)[part]
        data.EchoTime = 4.9 + 0.01 * part  # meant to be the same

    folder = series(edit)
    [info] = list_series(folder)
    assert "kernel B30f and B70f, 24 slices" in info.description
    volume = open_volume(folder)
    assert volume.details["Kernel"] == "B30f and B70f"
    assert (
        "The slices were not all made alike: kernel B30f in 12 slices, B70f in 12; tube voltage "
        "120 kV in 12 slices, 80 kV in 12."
    ) in volume.notes


def test_kernels_of_one_multi_frame_file_are_told_apart(write_dicom, tmp_path) -> None:
    def edit(data: Dataset) -> None:
        del data.KVP
        for number, group in enumerate(data.PerFrameFunctionalGroupsSequence):
            made = Dataset()
            made.ConvolutionKernel = "B30f" if number < 6 else "B70f"
            group.CTReconstructionSequence = [made]

    path = enhanced(write_dicom(), tmp_path / "scan.dcm", edit=edit)
    assert "not all made alike: kernel of 2 kinds." in " ".join(open_volume(path).notes)


def test_many_differences_are_counted_and_none_is_not_said(series) -> None:
    folder = series(lambda data, number, part: setattr(data, "FlipAngle", number + 1), parts=1)
    assert "flip angle of 12 kinds." in " ".join(open_volume(folder).notes)


def test_slices_that_were_made_alike_have_no_such_note(write_dicom) -> None:
    folder = write_dicom()[0].parent
    assert "not all made alike" not in " ".join(open_volume(folder).notes)


def test_files_with_one_uid_are_no_copies_by_that_alone(write_dicom, phantom) -> None:
    """Eleven of twelve different slices were dropped as copies."""

    def edit(data: Dataset, number: int) -> None:
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
        del data.InstanceNumber, data.ImagePositionPatient, data.ImageOrientationPatient

    volume = open_volume(write_dicom(edit)[0].parent)
    np.testing.assert_array_equal(volume.voxels, phantom.voxels)
    assert "Duplicate" not in " ".join(volume.notes)


def test_a_damaged_twin_is_no_copy(write_dicom) -> None:
    def edit(data: Dataset, number: int) -> None:
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
        data.InstanceNumber = 1
        del data.ImagePositionPatient
        if number:
            data.PixelData = data.PixelData[:50]

    folder = write_dicom(edit)[0].parent
    assert list_series(folder)[0].slices == 12

    def placed(data: Dataset, number: int) -> None:
        data.InstanceNumber = number % 2
        data.ImagePositionPatient = [0, 0, number // 2]
        data.PixelData = data.PixelData[:50]

    assert list_series(write_dicom(placed, folder="other")[0].parent)[0].slices == 6


def test_series_of_one_perfusion_say_their_times_and_come_in_order(write_dicom, tmp_path) -> None:
    """Nineteen series read alike, in the order of a hash."""
    for part in range(3):

        def edit(data: Dataset, number: int, part: int = part) -> None:
            data.SeriesInstanceUID = f"1.2.3.{7 - part}"
            data.SeriesNumber = 10 + part
            data.AcquisitionTime = f"10150{2 * part}.00"

        write_dicom(edit, folder=f"all/{part}")
    described = [info.description for info in list_series(tmp_path / "all")]
    assert [words.partition(" slices, ")[2] for words in described] == [
        "series number 10, 0 s", "series number 11, 2 s", "series number 12, 4 s",
    ]  # fmt: skip
