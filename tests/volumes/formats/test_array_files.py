"""NRRD and MetaImage: the phantom in every form gives the same volume, and nothing is followed."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, list_series, open_volume
from med3dvlm.volumes.volume import Volume
from tests.volumes.array_writers import ORDERS, WRITERS, same, write_meta, write_nrrd

both = pytest.mark.parametrize("ending", ["nrrd", "mha"])


def words(volume: Volume) -> str:
    return " ".join(volume.notes)


@both
def test_all_48_orientations_give_the_same_volume(phantom, tmp_path, ending) -> None:
    stored_axes = set()
    for order in ORDERS:
        volume = open_volume(WRITERS[ending](tmp_path / f"scan.{ending}", phantom, order))
        assert same(volume, phantom), order
        stored_axes.add(volume.details["Stored axes"])
    assert len(stored_axes) == 48


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("data_file", ["", "voxels.raw"])
def test_every_encoding_of_nrrd(phantom, tmp_path, encoding, data_file) -> None:
    path = write_nrrd(tmp_path / "scan.nhdr", phantom, encoding=encoding, data_file=data_file)
    assert same(open_volume(path), phantom)


@pytest.mark.parametrize("packing", ["", "zlib", "gzip", "text"])
@pytest.mark.parametrize("data_file", ["LOCAL", "voxels.zraw"])
def test_every_packing_of_metaimage(phantom, tmp_path, packing, data_file) -> None:
    path = write_meta(tmp_path / "scan.mhd", phantom, packing=packing, data_file=data_file)
    assert same(open_volume(path), phantom)


def test_big_endian_voxels(phantom, tmp_path) -> None:
    assert same(open_volume(write_nrrd(tmp_path / "a.nrrd", phantom, endian="big")), phantom)
    assert same(open_volume(write_meta(tmp_path / "a.mha", phantom, big=True)), phantom)


@pytest.mark.parametrize("space", ["right-anterior-superior", "left-anterior-superior"])
def test_other_worlds_of_nrrd_are_turned(phantom, tmp_path, space) -> None:
    """3D Slicer writes LPS, other programs RAS."""
    assert same(open_volume(write_nrrd(tmp_path / "a.nrrd", phantom, space=space)), phantom)


def test_short_names_of_worlds_and_fields_in_any_case(phantom, tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    content = path.read_bytes().replace(b"left-posterior-superior", b"LPS")
    path.write_bytes(content.replace(b"sizes:", b"Sizes:").replace(b"\nencoding", b"\nEncoding"))
    assert same(open_volume(path), phantom)


@pytest.mark.parametrize("space", ["scanner-xyz", "3D-right-handed"])
def test_without_the_body_in_the_header_sides_are_unknown(phantom, tmp_path, space) -> None:
    nrrd = open_volume(write_nrrd(tmp_path / "a.nrrd", phantom, space=space))
    meta = open_volume(write_meta(tmp_path / "a.mha", phantom, drop=("TransformMatrix",)))
    for volume in (nrrd, meta):
        assert not volume.orientation_known
        assert "left and right may be swapped" in words(volume)
        assert volume.spacing_mm == phantom.spacing_mm
        assert volume.details["Stored axes"] == "not stated"
        np.testing.assert_array_equal(volume.voxels, phantom.voxels)


def test_without_a_voxel_size_it_is_said(phantom, tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    kept = [line for line in path.read_bytes().split(b"\n", 20) if not line.startswith(b"space")]
    path.write_bytes(b"\n".join(kept))
    meta = write_meta(tmp_path / "a.mha", phantom, drop=("TransformMatrix", "ElementSpacing"))
    for volume in (open_volume(path), open_volume(meta)):
        assert volume.spacing_mm == (1, 1, 1)
        assert "no voxel size" in words(volume)


@pytest.mark.parametrize(
    ("centers", "nodes"),
    [(b"", 0), (b"centers: cell cell cell\n", 0), (b"centerings: node cell none\n", 1)],
)
def test_the_ends_of_axes_give_their_voxel_size(phantom, tmp_path, centers, nodes) -> None:
    """1 mm was assumed, though the size follows from where the axes begin and end."""
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    lines = path.read_bytes().split(b"\n", 20)
    kept = [line for line in lines if not line.startswith(b"space")]
    sizes = phantom.shape[::-1]
    ends = [size * mm + 7 for size, mm in zip(sizes, (0.5, 0.75, 2.5), strict=True)]
    fields = f"axis mins: 7 7 7\naxismaxs: {' '.join(map(str, ends))}".encode()
    path.write_bytes(b"\n".join([*kept[:3], centers + fields, *kept[3:]]))
    volume = open_volume(path)
    across = 0.5 * sizes[0] / (sizes[0] - nodes)
    np.testing.assert_allclose(volume.spacing_mm, (2.5, 0.75, across))
    assert "taken from the ends of the axes" in words(volume)


def test_spacings_alone_are_taken(phantom, tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    lines = path.read_bytes().split(b"\n", 20)
    kept = [line for line in lines if not line.startswith(b"space")]
    path.write_bytes(b"\n".join([*kept[:3], b"spacings: 0.5 0.75 2.5", *kept[3:]]))
    assert open_volume(path).spacing_mm == (2.5, 0.75, 0.5)


def test_centimetres_become_millimetres(phantom, tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    head, _, rest = path.read_bytes().partition(b"\n\n")
    path.write_bytes(head + b'\nspace units: "cm" "cm" "cm"\n\n' + rest)
    volume = open_volume(path)
    assert volume.spacing_mm == pytest.approx((25, 7.5, 5))
    assert "in cm" in words(volume)


def test_an_oblique_volume_keeps_its_axes(phantom, tmp_path) -> None:
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0],
                     [0, 0, 1]])  # fmt: skip
    affine = phantom.affine.copy()
    affine[:3, :3] = turn @ affine[:3, :3]
    oblique = Volume(voxels=phantom.voxels, affine=affine, unit="HU", modality="CT")
    for ending, write in WRITERS.items():
        for order in ORDERS[::7]:
            volume = open_volume(write(tmp_path / f"a.{ending}", oblique, order))
            assert same(volume, oblique)
            assert "rotated by 20.0 degrees" in words(volume)


def test_a_sheared_volume_is_straightened(phantom, tmp_path) -> None:
    affine = phantom.affine.copy()
    affine[1, 2] = 0.5
    sheared = Volume(voxels=phantom.voxels, affine=affine, unit="HU")
    volume = open_volume(write_nrrd(tmp_path / "a.nrrd", sheared))
    assert "sheared by" in words(volume)


def test_scaling_of_metaimage_is_applied_and_said(phantom, tmp_path) -> None:
    extra = "ElementToIntensityFunctionSlope = 2\nElementToIntensityFunctionOffset = -10\n"
    volume = open_volume(write_meta(tmp_path / "a.mha", phantom, extra=extra))
    np.testing.assert_array_equal(volume.voxels, phantom.voxels * 2 - 10)
    assert "2 x + -10" in words(volume)


def test_the_modality_of_the_header_counts(phantom, tmp_path) -> None:
    volume = open_volume(write_meta(tmp_path / "a.mha", phantom, extra="Modality = MET_MOD_MR\n"))
    assert (volume.modality, volume.unit) == ("MR", "arbitrary")


def four(path: Path, phantom: Volume, *, frames_first: bool) -> Path:
    """Two volumes as an axis of the file, the slowest or the fastest."""
    raw = np.stack([phantom.voxels, phantom.voxels + 7], axis=-1 if frames_first else 0)
    sizes = "2 16 20 12" if frames_first else "16 20 12 2"
    vectors = "(0.5,0,0) (0,0.75,0) (0,0,2.5)"
    none = f"none {vectors}" if frames_first else f"{vectors} none"
    kinds = "list domain domain domain" if frames_first else "domain domain domain list"
    head = (
        f"NRRD0004\ntype: short\ndimension: 4\nspace: LPS\nsizes: {sizes}\n"
        f"space directions: {none}\nkinds: {kinds}\nendian: little\nencoding: raw\n"
        "space origin: (-10.25,20.5,-300)\n\n"
    )
    path.write_bytes(head.encode() + raw.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("frames_first", [False, True])
def test_frames_of_nrrd_are_chosen_one_at_a_time(phantom, tmp_path, frames_first) -> None:
    path = four(tmp_path / "a.nrrd", phantom, frames_first=frames_first)
    assert list_series(path)[0].frames == 2
    assert same(open_volume(path), phantom)
    np.testing.assert_array_equal(open_volume(path, frame=1).voxels, phantom.voxels + 7)
    assert "number 2 is shown" in words(open_volume(path, frame=1))
    with pytest.raises(VolumeError, match="no volume 3"):
        open_volume(path, frame=2)
    if frames_first:
        small = Limits(unpacked_bytes=phantom.voxels.nbytes)
        with pytest.raises(VolumeError, match="exceed the limit"):
            open_volume(path, limits=small)


def meta_of(array: np.ndarray, sizes: str, extra: str = "") -> bytes:
    head = (
        f"ObjectType = Image\nNDims = {len(sizes.split())}\nDimSize = {sizes}\n{extra}"
        "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    return head.encode() + array.tobytes()


def test_frames_of_metaimage_are_chosen_one_at_a_time(tmp_path) -> None:
    path, values = tmp_path / "a.mha", np.arange(120, dtype=np.uint8)
    path.write_bytes(meta_of(values, "5 4 3 2"))
    assert list_series(path)[0].frames == 2
    np.testing.assert_array_equal(open_volume(path, frame=1).voxels.ravel(), values[60:])


@both
def test_colours_become_grey(tmp_path, ending) -> None:
    colours = np.zeros((2, 3, 4, 3), np.uint8)
    colours[1, 2, 3] = (255, 0, 0)
    path = tmp_path / f"a.{ending}"
    if ending == "mha":
        path.write_bytes(meta_of(colours, "4 3 2", "ElementNumberOfChannels = 3\n"))
    else:
        head = (
            "NRRD0004\ntype: uchar\ndimension: 4\nsizes: 3 4 3 2\n"
            "kinds: RGB-color domain domain domain\nencoding: raw\n\n"
        )
        path.write_bytes(head.encode() + colours.tobytes())
    volume = open_volume(path)
    assert volume.shape == (2, 3, 4)
    assert volume.voxels[1, 2, 3] == volume.voxels.max() == round(0.299 * 255)
    assert "converted to greyscale" in words(volume)
    assert list_series(path)[0].frames == 1


@both
def test_one_slice_is_a_volume_with_a_note(tmp_path, ending) -> None:
    path, values = tmp_path / f"a.{ending}", np.arange(20, dtype=np.uint8)
    if ending == "mha":
        path.write_bytes(meta_of(values, "5 4"))
    else:
        head = "NRRD0001\ntype: uchar\ndimension: 2\nsizes: 5 4\nencoding: raw\n\n"
        path.write_bytes(head.encode() + values.tobytes())
    volume = open_volume(path)
    assert volume.shape == (1, 4, 5)
    assert "only one slice" in words(volume)
    assert volume.voxels.ravel().tolist() == values.tolist()


@pytest.mark.parametrize("ending", ["nhdr", "mhd"])
@pytest.mark.parametrize("packed", [False, True])
def test_header_and_voxels_in_a_zip_or_folder(phantom, tmp_path, ending, packed) -> None:
    home = tmp_path / "home"
    home.mkdir()
    write = write_nrrd if ending == "nhdr" else write_meta
    write(home / f"scan.{ending}", phantom, data_file="the voxels.raw")
    given = home
    if packed:
        given = tmp_path / "scan.zip"
        with zipfile.ZipFile(given, "w") as archive:
            for file in home.iterdir():
                archive.write(file, f"folder/{file.name}")
    assert same(open_volume(given), phantom)


def test_voxels_with_a_foreign_name_are_found_in_a_zip(phantom, tmp_path) -> None:
    """Names of archives are reduced to ASCII, so the header's own name is, too."""
    write_meta(tmp_path / "scan.mhd", phantom, data_file="gr\u00f6\u00dfe.raw")
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for file in (tmp_path / "scan.mhd", tmp_path / "gr\u00f6\u00dfe.raw"):
            archive.write(file, file.name)
    assert same(open_volume(tmp_path / "scan.zip"), phantom)


def test_skips_of_nrrd(phantom, tmp_path) -> None:
    raw = phantom.voxels.astype("<i2").tobytes()
    path = write_nrrd(tmp_path / "a.nhdr", phantom, data_file="v.raw")
    head = path.read_bytes()
    for skips, content in (
        (b"byte skip: 5\n", b"12345" + raw),
        (b"byte skip: -1\n", b"anything" + raw),
        (b"line skip: 2\n", b"one\ntwo\n" + raw),
        (b"line skip: 1\nbyte skip: 3\n", b"one\n123" + raw),
    ):
        path.write_bytes(head + skips)
        (tmp_path / "v.raw").write_bytes(content)
        assert same(open_volume(path), phantom), skips


def test_the_header_size_of_metaimage(phantom, tmp_path) -> None:
    raw = phantom.voxels.astype("<i2").tobytes()
    for size, content in ((5, b"12345" + raw), (-1, b"anything" + raw)):
        extra = f"HeaderSize = {size}\n"
        path = write_meta(tmp_path / "a.mhd", phantom, data_file="v.raw", extra=extra)
        (tmp_path / "v.raw").write_bytes(content)
        assert same(open_volume(path), phantom)


def test_axes_in_one_plane_place_nothing(phantom, tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(0.0,0.0,2.5)", b"(0.0,2.5,0.0)"))
    volume = open_volume(path)
    assert not volume.orientation_known
    assert volume.spacing_mm == phantom.spacing_mm
    assert "The orientation that the file stores can't be right" in words(volume)


@pytest.mark.parametrize("place", [b"1e300", b"inf", b"nan"])
def test_an_absurd_position_leaves_size_and_sides(phantom, tmp_path, place) -> None:
    """The voxel size and the orientation were said not to be stored."""
    path = write_meta(tmp_path / "a.mha", phantom)
    path.write_bytes(path.read_bytes().replace(b"Offset = -10.25", b"Offset = " + place))
    volume = open_volume(path)
    assert volume.orientation_known
    assert volume.spacing_mm == phantom.spacing_mm
    assert "The position that the file stores can't be right" in words(volume)
    assert "voxel size" not in words(volume)


@pytest.mark.parametrize("slope", ["0", "nan"])
def test_a_slope_that_is_none_scales_nothing(phantom, tmp_path, slope) -> None:
    extra = f"ElementToIntensityFunctionSlope = {slope}\n"
    assert same(open_volume(write_meta(tmp_path / "a.mha", phantom, extra=extra)), phantom)


def test_fractions_written_as_text(phantom, tmp_path) -> None:
    voxels = phantom.voxels.astype(np.float32) + np.float32(0.5)
    scan = Volume(voxels=voxels, affine=phantom.affine, unit="arbitrary")
    for path in (
        write_nrrd(tmp_path / "a.nrrd", scan, encoding="ascii"),
        write_meta(tmp_path / "a.mha", scan, packing="text"),
    ):
        np.testing.assert_array_equal(open_volume(path).voxels, voxels)


@pytest.mark.parametrize(("kind", "dtype"), [("MET_FLOAT", "<f4"), ("MET_SHORT", "<i2")])
def test_channels_that_are_no_colours_are_volumes(phantom, tmp_path, kind, dtype) -> None:
    """A field of three components was clipped to 0..255 and turned to grey."""
    channels = np.stack([phantom.voxels, phantom.voxels + 1, phantom.voxels - 7], axis=-1)
    head = (
        "ObjectType = Image\nNDims = 3\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        "ElementSpacing = 0.5 0.75 2.5\nDimSize = 16 20 12\nElementNumberOfChannels = 3\n"
        f"ElementType = {kind}\nElementDataFile = LOCAL\n"
    )
    path = tmp_path / "field.mha"
    path.write_bytes(head.encode() + channels.astype(dtype).tobytes())
    assert list_series(path)[0].frames == 3
    for frame in range(3):
        volume = open_volume(path, frame=frame)
        np.testing.assert_array_equal(volume.voxels, channels[..., frame])
