"""The stored values of DICOM frames, decompressed if necessary.

    for frame, plane in pictures(frames):        # plane (rows, columns), one sample per voxel
        ...

A compressed image states its own size; it is compared with the header's before anything is
decompressed, so that a small file can't claim gigabytes.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import generate_frames
from pydicom.pixels import iter_pixels

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.header import Frame, Instance, dicom_errors, open_header
from med3dvlm.volumes.formats.scaling import grey

# JPEG 2000: start of codestream and its size segment; it may lie in a box of its own.
J2K_START, J2K_WITHIN = b"\xff\x4f\xff\x51", 256
JPEG_START = b"\xff\xd8"
# Frame headers of JPEG (without the three tables among them) and JPEG-LS.
JPEG_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})


def pictures(frames: Sequence[Frame]) -> Iterator[tuple[Frame, NDArray[Any]]]:
    """Frames with their stored values; a file with several frames is opened once.

    Raises:
        VolumeError: an image is damaged, truncated, of the wrong size or in an unknown encoding.
    """
    for path, members in groupby(frames, key=lambda frame: frame.instance.path):
        wanted = list(members)
        instance = wanted[0].instance
        encoding = dict(instance.details).get("Encoding", "unknown")
        remedy = (
            f"Its pixel data ({encoding}) are damaged, truncated or compressed in an unsupported "
            "way. Export the series again, without compression."
        )
        with dicom_errors(path.name, remedy):
            source = _source(instance)
        with closing(iter_pixels(source, indices=[frame.index for frame in wanted])) as planes:
            for frame in wanted:
                with dicom_errors(path.name, remedy):
                    plane = next(planes, np.empty(0))
                if plane.ndim == 3:
                    plane = grey(plane)
                if plane.shape != (instance.rows, instance.columns):
                    raise VolumeError(f"{path.name}: image and header differ in size. {remedy}")
                yield frame, plane


def coded_size(data: bytes) -> tuple[int, int] | None:
    """Rows and columns that a JPEG, JPEG-LS or JPEG 2000 image states; None for others."""
    start = data[:J2K_WITHIN].find(J2K_START)
    if start >= 0:
        right, bottom, left, top = np.frombuffer(data, ">u4", 4, start + 8).astype(int)
        return int(bottom - top), int(right - left)
    at = data[:J2K_WITHIN].find(JPEG_START) + len(JPEG_START)
    if at < len(JPEG_START):
        return None
    while at + 9 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0xFF:
            at += 1
        elif marker in JPEG_FRAMES:
            return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _source(instance: Instance) -> Any:
    """What the decoder reads from: the file, or its data if they are compressed or bare."""
    if not instance.whole:
        return instance.path
    data = open_header(instance.path)
    if data.file_meta.TransferSyntaxUID.is_encapsulated:
        offsets = None
        if "ExtendedOffsetTable" in data and "ExtendedOffsetTableLengths" in data:
            offsets = (data.ExtendedOffsetTable, data.ExtendedOffsetTableLengths)
        _check_sizes(instance, data.PixelData, offsets)
    return data


def _check_sizes(instance: Instance, packed: bytes, offsets: tuple[bytes, bytes] | None) -> None:
    expected = (instance.rows, instance.columns)
    coded = generate_frames(packed, number_of_frames=instance.frames, extended_offsets=offsets)
    for frame in coded:
        if (coded_size(frame) or expected) != expected:
            raise ValueError("the size of the coded image differs from the header's")
