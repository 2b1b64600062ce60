import bz2
import gzip
import zlib
from pathlib import Path

import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.packed import (
    check_promise,
    check_unpacked,
    fill,
    head_of,
    packing_of,
    skip,
    unpacking,
)
from med3dvlm.volumes.limits import Limits

DATA = bytes(range(256)) * 4000
PACKERS = {"": bytes, "gzip": gzip.compress, "zlib": zlib.compress, "bzip2": bz2.compress}


def write(folder: Path, data: bytes) -> Path:
    path = folder / "voxels"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("packing", PACKERS)
def test_bytes_come_back_from_anywhere(tmp_path, packing) -> None:
    path = write(tmp_path, b"header" + PACKERS[packing](DATA))
    view = bytearray(5000)
    with unpacking(path, packing, start=6) as stream:
        skip(stream, 700_001, Limits())
        fill(stream, memoryview(view), path.name, Limits())
    assert bytes(view) == DATA[700_001:705_001]


def test_a_stream_whose_first_bytes_unpack_to_nothing_goes_on(tmp_path, monkeypatch) -> None:
    """A zlib header holds no data, and an empty read would look like the end of the file."""
    monkeypatch.setattr("med3dvlm.volumes.formats.packed.PACKED_BYTES", 2)
    path, view = write(tmp_path, zlib.compress(DATA[:500])), bytearray(500)
    with unpacking(path, "zlib") as stream:
        fill(stream, memoryview(view), path.name, Limits())
    assert bytes(view) == DATA[:500]


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("how", ["cut", "changed"])
def test_damage_is_told_with_the_files_name(tmp_path, packing, how) -> None:
    packed = bytearray(PACKERS[packing](DATA))
    if how == "cut":
        del packed[len(packed) // 2 :]
    elif packing:
        packed[len(packed) // 2] ^= 0xFF
    else:
        return
    path = write(tmp_path, bytes(packed))
    with pytest.raises(VolumeError, match=r"^voxels: the (compressed data|file ends)"):
        read_whole(path, packing)


def read_whole(path: Path, packing) -> None:
    with unpacking(path, packing) as stream:
        fill(stream, memoryview(bytearray(len(DATA))), path.name, Limits())
        stream.read(1)


def test_other_trouble_with_a_file_is_not_called_damage(tmp_path) -> None:
    path = write(tmp_path, DATA)
    with pytest.raises(OSError, match="disk"), unpacking(path, "bzip2"):
        raise OSError(5, "disk")


def test_the_head_is_unpacked_and_no_more(tmp_path) -> None:
    """What is damaged further on does no harm."""
    packed = bytearray(gzip.compress(DATA))
    packed[-3] ^= 0xFF
    path = write(tmp_path, bytes(packed))
    assert packing_of(path) == "gzip"
    assert head_of(path, 600) == DATA[:600]
    assert head_of(write(tmp_path, DATA), 600) == DATA[:600]
    assert packing_of(path) == ""
    assert head_of(write(tmp_path, b"\x1f\x8b no gzip at all"), 600) == b""


def test_skipping_beyond_the_end_ends(tmp_path) -> None:
    with unpacking(write(tmp_path, DATA), "") as stream:
        skip(stream, 10 * len(DATA), Limits())
        assert stream.read(1) == b""


def test_impossible_promises_are_refused(tmp_path) -> None:
    path = write(tmp_path, DATA)
    check_promise(path, len(DATA), offset=0, packing="")
    check_promise(path, len(DATA) * 1000, offset=0, packing="gzip")
    check_promise(path, 10**15, offset=0, packing="bzip2")
    with pytest.raises(VolumeError, match="has 1,024,000"):
        check_promise(path, len(DATA), offset=1, packing="")
    with pytest.raises(VolumeError, match="too small for that"):
        check_promise(path, len(DATA) * 1100, offset=0, packing="zlib")


def test_unpacking_is_bounded_and_plain_files_are_not(tmp_path) -> None:
    path, limits = write(tmp_path, DATA), Limits(unpacked_bytes=1000)
    check_unpacked(path, 1001, "", limits)
    check_unpacked(path, 1000, "gzip", limits)
    with pytest.raises(VolumeError, match="exceed the limit of 1,000 bytes"):
        check_unpacked(path, 1001, "gzip", limits)
