"""Pictures decoded by several processes against their slow twin, one after the other."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, open_volume
from med3dvlm.volumes.formats.dicom import reader as dicom_reader
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.header import read_frames
from med3dvlm.volumes.formats.dicom.pixels import pictures
from med3dvlm.volumes.formats.dicom.side_by_side import (
    decode_into,
    gains,
    received,
    side_by_side,
)
from med3dvlm.volumes.volume import Volume

TWO = Limits(processes=2)


@pytest.fixture
def helpers() -> Callable[[], set[int]]:
    """The processes that were begun since; the tests before may have left others."""
    others = {child.pid for child in psutil.Process().children()}
    return lambda: {child.pid for child in psutil.Process().children()} - others


@pytest.fixture
def packed(write_dicom, phantom) -> list[Path]:
    """A series of JPEG 2000, with pictures large enough for it."""
    voxels = phantom.voxels.repeat(5, axis=1).repeat(4, axis=2)
    volume = Volume(voxels=voxels, affine=phantom.affine.copy(), unit="HU")
    return write_dicom(lambda data, _: data.compress(JPEG2000Lossless), volume=volume)


def frames_of(paths: list[Path]) -> list[Frame]:
    found = [read_frames(path) for path in paths]
    assert all(isinstance(one, tuple) for one in found)
    return [frame for one in found for frame in one]


@pytest.mark.parametrize("processes", [1, 2, 3, 20])
def test_they_come_in_order_and_are_the_same(packed, helpers, processes) -> None:
    frames = frames_of(packed)
    made = list(side_by_side(frames, processes=processes))
    assert [frame for frame, _ in made] == frames
    for (_, ours), (_, plain) in zip(made, pictures(frames), strict=True):
        np.testing.assert_array_equal(ours, plain)
        assert ours.dtype == plain.dtype
    assert not helpers(), "no helper is left"


def test_a_volume_is_the_same(packed) -> None:
    together, alone = (open_volume(packed[0].parent, limits=one) for one in (TWO, Limits()))
    assert together.digest == alone.digest
    assert together.notes == alone.notes


def test_a_damaged_picture_is_refused_in_the_same_words(packed, helpers) -> None:
    data = dcmread(packed[5])
    start = data.PixelData.index(b"\xff\x4f\xff\x51")
    data["PixelData"].value = data.PixelData[: start + 60] + bytes(len(data.PixelData) - start - 60)
    data.save_as(packed[5])
    said = []
    for limits in (TWO, Limits()):
        with pytest.raises(VolumeError) as caught:
            open_volume(packed[0].parent, limits=limits)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert packed[5].name in said[0]
    assert not helpers(), "no helper is left"


def test_who_stops_early_leaves_no_helper(packed, helpers) -> None:
    stream = side_by_side(frames_of(packed), processes=2)
    next(stream)
    assert len(helpers()) == 2
    stream.close()
    assert not helpers()


def test_a_helper_that_dies_costs_time_only(packed, helpers) -> None:
    frames = frames_of(packed)
    stream = side_by_side(frames, processes=2)
    made = [next(stream)]
    for number in helpers():
        os.kill(number, signal.SIGKILL)
    made += stream
    assert [frame for frame, _ in made] == frames
    for (_, ours), (_, plain) in zip(made, pictures(frames), strict=True):
        np.testing.assert_array_equal(ours, plain)


BUSY = """
import sys, time
from pathlib import Path
from med3dvlm.volumes.formats.dicom import side_by_side
from med3dvlm.volumes.formats.dicom.header import read_frames

side_by_side.pictures = lambda _: time.sleep(600)
frames = [read_frames(Path(name))[0] for name in sys.argv[1:]]
list(side_by_side.side_by_side(frames, processes=2))
"""


def test_busy_helpers_end_with_the_process_that_is_killed(packed) -> None:
    """A file may keep a decoder busy for minutes; ending the reader has to end it."""
    process = subprocess.Popen([sys.executable, "-c", BUSY, *map(str, packed)])
    try:
        seen = psutil.Process(process.pid)
        while len(begun := seen.children()) < 2:
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    _, left = psutil.wait_procs(begun, timeout=60)
    assert not left


def test_only_many_compressed_files_gain(packed, write_dicom) -> None:
    frames = frames_of(packed)
    assert gains(frames, 2)
    assert not gains(frames, 1)
    assert not gains(frames[:7], 2)
    assert not gains([frames[0]] * 12, 2), "pictures of one file are read with it"
    plain = [replace(f, instance=replace(f.instance, packed=False)) for f in frames]
    assert not gains(plain, 2)


def test_a_plain_read_asks_for_no_process(packed, monkeypatch) -> None:
    monkeypatch.setattr(dicom_reader, "side_by_side", None)
    open_volume(packed[0].parent)


def test_what_a_helper_writes_is_what_is_read(packed) -> None:
    frames = frames_of(packed)
    wire = io.BytesIO()
    decode_into(wire, frames[:2])
    wire.seek(0)
    for _, plain in pictures(frames[:2]):
        np.testing.assert_array_equal(received(wire), plain)
    assert received(wire) is None
    wire.seek(0)
    assert received(io.BytesIO(wire.read(30))) is None, "cut off within a plane"


def test_a_helper_that_has_worked_long_gives_way(packed, monkeypatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(os, "nice", given.append)
    monkeypatch.setattr("med3dvlm.volumes.formats.dicom.side_by_side.EASY_SECONDS", 0.0)
    decode_into(io.BytesIO(), frames_of(packed)[:3])
    assert given == [10]
