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
from med3dvlm.volumes.formats.dicom.codec import coded_size
from med3dvlm.volumes.formats.dicom.defaults import complete
from med3dvlm.volumes.formats.dicom.elements import UnreadableError, dicom_errors
from med3dvlm.volumes.formats.dicom.encoding import UnknownSyntaxError, read_data
from med3dvlm.volumes.formats.dicom.frame import Frame, Instance
from med3dvlm.volumes.formats.dicom.mosaic import tile
from med3dvlm.volumes.formats.dicom.raised import is_raised, lower
from med3dvlm.volumes.formats.scaling import grey


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
        mosaic = instance.tiles > 1
        indices = [0] if mosaic else [frame.index for frame in wanted]
        with closing(iter_pixels(source, indices=indices)) as planes:
            plane: NDArray[Any] = np.empty(0)
            for number, frame in enumerate(wanted):
                if number == 0 or not mosaic:
                    with dicom_errors(path.name, remedy):
                        plane = _grey(next(planes, np.empty(0)))
                if plane.shape != _stored_size(instance):
                    raise VolumeError(f"{path.name}: image and header differ in size. {remedy}")
                yield frame, tile(plane, frame.index, instance.tiles) if mosaic else plane


def _grey(plane: NDArray[Any]) -> NDArray[Any]:
    return grey(plane) if plane.ndim == 3 else plane


def _stored_size(instance: Instance) -> tuple[int, int]:
    return instance.rows * instance.tiles, instance.columns * instance.tiles


def _source(instance: Instance) -> Any:
    """What the decoder reads from: the file, or its data if they are compressed or mislabelled."""
    if not instance.whole:
        return instance.path
    try:
        data, encoding = read_data(instance.path)
        complete(data, encoding.length)
    except (UnknownSyntaxError, UnreadableError) as error:
        raise ValueError("the header promised what the data don't hold") from error
    if encoding.swapped and data.BitsAllocated == 16:
        data["PixelData"].value = np.frombuffer(data.PixelData, np.uint16).byteswap().tobytes()
    if is_raised(data):
        lower(data)
    if encoding.syntax.is_encapsulated:
        offsets = None
        if "ExtendedOffsetTable" in data and "ExtendedOffsetTableLengths" in data:
            offsets = (data.ExtendedOffsetTable, data.ExtendedOffsetTableLengths)
        _check_sizes(instance, data.PixelData, offsets)
    return data


def _check_sizes(instance: Instance, packed: bytes, offsets: tuple[bytes, bytes] | None) -> None:
    expected = _stored_size(instance)
    coded = generate_frames(packed, number_of_frames=instance.frames, extended_offsets=offsets)
    for frame in coded:
        if (coded_size(frame) or expected) != expected:
            raise ValueError("the size of the coded image differs from the header's")
