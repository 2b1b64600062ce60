"""Damaged and hostile NRRD and MetaImage files are refused, in words that help."""

import time
from pathlib import Path

import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, open_volume
from tests.volumes.array_writers import WRITERS, same, write_meta, write_nrrd

both = pytest.mark.parametrize("ending", ["nrrd", "mha"])


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(VolumeError) as caught:
        open_volume(path, limits=limits or Limits())
    assert str(caught.value).startswith(f"{path.name}: ")
    return str(caught.value)


@pytest.mark.parametrize("ending", ["nhdr", "mhd"])
@pytest.mark.parametrize(
    "target",
    ["../secret.raw", "/etc/passwd", "..", "slice%03d.raw 1 3 1", "LIST", "LIST 3", "a\\b.raw",
     "LIST\na.raw\nb.raw", "sub/secret.raw"],
)  # fmt: skip
def test_voxels_elsewhere_are_never_read(phantom, tmp_path, ending, target) -> None:
    folder = tmp_path / "upload"
    (folder / "sub").mkdir(parents=True)
    write = write_nrrd if ending == "nhdr" else write_meta
    path = write(folder / f"scan.{ending}", phantom, data_file="scan.raw")
    (folder / "scan.raw").rename(tmp_path / "secret.raw")
    path.write_bytes(path.read_bytes().replace(b"scan.raw", target.encode()))
    assert "which is not supported" in refusal(path)


def test_a_link_beside_the_header_is_not_followed(phantom, tmp_path) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    path = write_meta(folder / "scan.mhd", phantom, data_file="scan.raw")
    (folder / "scan.raw").rename(tmp_path / "secret.raw")
    (folder / "scan.raw").symlink_to(tmp_path / "secret.raw")
    assert "which is not supported" in refusal(path)


@pytest.mark.parametrize("ending", ["nhdr", "mhd"])
def test_a_header_alone_asks_for_its_voxels(phantom, tmp_path, ending) -> None:
    write = write_nrrd if ending == "nhdr" else write_meta
    path = write(tmp_path / f"scan.{ending}", phantom, data_file="scan.raw")
    (tmp_path / "scan.raw").unlink()
    assert "put both files in one zip" in refusal(path)


@pytest.mark.parametrize(("ending", "name"), [("nrrd", b"sizes:"), ("mha", b"DimSize =")])
@pytest.mark.parametrize("claim", [b"20000 20000 20000", b"500 500 500"])
def test_a_header_that_claims_too_much_is_refused_at_once(
    phantom, tmp_path, ending, name, claim
) -> None:
    path = WRITERS[ending](tmp_path / f"scan.{ending}", phantom)
    content = path.read_bytes()
    start = content.index(name)
    end = content.index(b"\n", start)
    path.write_bytes(content[:start] + name + b" " + claim + content[end:])
    started = time.process_time()
    message = refusal(path)
    assert "exceed the limit" in message or "the header announces" in message
    assert time.process_time() - started < 2


@both
def test_limits_hold(phantom, tmp_path, ending) -> None:
    path = WRITERS[ending](tmp_path / f"scan.{ending}", phantom)
    assert "exceed the limit" in refusal(path, Limits(voxels=phantom.voxels.size - 1))
    packed = {"nrrd": {"encoding": "gzip"}, "mha": {"packing": "zlib"}}[ending]
    path = WRITERS[ending](tmp_path / f"packed.{ending}", phantom, **packed)
    assert "unpacking would exceed" in refusal(path, Limits(unpacked_bytes=100))


@both
@pytest.mark.parametrize("how", [0, 1, 2, 3])
@pytest.mark.parametrize("keep", [0.4, 0.75, 0.99])
def test_cut_files_are_refused(phantom, tmp_path, ending, how, keep) -> None:
    options = {
        "nrrd": [{"encoding": e} for e in ("raw", "gzip", "bzip2", "ascii")],
        "mha": [{"packing": p} for p in ("", "zlib", "gzip", "text")],
    }[ending][how]
    path = WRITERS[ending](tmp_path / f"scan.{ending}", phantom, **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    message = refusal(path)
    assert "truncated" in message or "can't be read" in message or "is not a scan" in message


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        (b"type: short", b"type: block", "type is not supported ('block')"),
        (b"type: short", b"", "header can't be read"),
        (b"encoding: raw", b"encoding: hex", "encoding is not supported ('hex')"),
        (b"endian: little", b"content: x", "byte order"),
        (b"dimension: 3", b"dimension: 4", "header can't be read"),
        (b"dimension: 3", b"dimension: three", "header can't be read"),
        (b"sizes: 16 20 12", b"sizes: 16 20 0", "impossible sizes"),
        (b"sizes: 16 20 12", b"sizes: 3840 1 1", "not a 3-D scan"),
        (b"encoding: raw", b"encoding: raw\nbyte skip: -7", "impossible skips"),
    ],
)
def test_broken_nrrd_headers_are_refused(phantom, tmp_path, old, new, phrase) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1).replace(b"\n\n", b"\n", new == b""))
    assert phrase in refusal(path)


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        (b"MET_SHORT", b"MET_STRING", "type is not supported ('MET_STRING')"),
        (b"NDims = 3", b"NDims = 4", "header can't be read"),
        (b"NDims = 3", b"NDims = 99", "header can't be read"),
        (b"DimSize = 16 20 12", b"DimSize = 16 -20 12", "impossible sizes"),
        (b"ElementSpacing = 0.5", b"ElementSpacing = wide", "header can't be read"),
    ],
)
def test_broken_metaimage_headers_are_refused(phantom, tmp_path, old, new, phrase) -> None:
    path = write_meta(tmp_path / "a.mha", phantom)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    assert phrase in refusal(path)


def test_words_among_the_numbers_are_refused(phantom, tmp_path) -> None:
    path = write_meta(tmp_path / "a.mha", phantom, packing="text")
    content = path.read_bytes()
    path.write_bytes(content[:-60] + b" and so on " + content[-49:])
    assert "text that is not a number" in refusal(path)


@both
def test_one_damaged_file_leaves_the_others(phantom, tmp_path, ending) -> None:
    WRITERS[ending](tmp_path / f"good.{ending}", phantom)
    bad = WRITERS[ending](tmp_path / f"bad.{ending}", phantom)
    bad.write_bytes(bad.read_bytes().replace(b"16 20 12", b"a b c"))
    assert same(open_volume(tmp_path), phantom)


def test_text_that_can_not_hold_what_it_claims_is_refused_at_once(phantom, tmp_path) -> None:
    path = write_nrrd(tmp_path / "a.nrrd", phantom, encoding="ascii")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"sizes: 16 20 12", b"sizes: 800 800 800"))
    assert "the header announces" in refusal(path)
