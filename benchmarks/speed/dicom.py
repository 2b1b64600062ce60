"""A DICOM series on the model's grid: pydicom, float64 and a resize of the whole against ours.

rows = dicom_rows(folder, rounds=7, slices=300)

Ours is read as an upload is, in a process of its own (`benchmarks/speed/memory.py`: its memory).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1
from torch import Tensor

from benchmarks.speed.jpeg_lossless import encoded
from benchmarks.speed.rounds import Row, compare
from benchmarks.speed.scans import LARGEST_ERROR, on_the_grid, resized_plainly, voxels_of
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.reading.readers import Readers
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.limits import DEFAULT_LIMITS
from med3dvlm.volumes.volume import Volume, canonical_affine

Change = Callable[[Dataset], None]


def dicom_rows(folder: Path, *, rounds: int, slices: int) -> list[Row]:
    """Plain files, JPEG lossless and JPEG 2000."""
    readers = Readers(1)
    try:
        return [
            _row(name, write_series(folder / name, change, slices=slices), readers, rounds)
            for name, change in CODINGS.items()
        ]
    finally:
        readers.close()


def write_series(folder: Path, change: Change, *, slices: int, pixels: int = 512) -> Path:
    """A phantom in a hospital's size, one file a slice, 16 bits without a sign."""
    voxels = voxels_of(slices=slices, pixels=pixels)
    volume = Volume(voxels=voxels, affine=canonical_affine((1.0, 0.7, 0.7)), unit="HU")
    for path in save_dicom_series(volume, folder):
        data = dcmread(path)
        raw = (data.pixel_array.astype(np.int32) + 1024).clip(0).astype("<u2")
        data.PixelRepresentation, data.RescaleIntercept = 0, -1024
        data.PixelData = raw.tobytes()
        change(data)
        data.save_as(path)
    return folder


def as_jpeg_lossless(data: Dataset) -> None:
    """Compress the picture of a file."""
    code = encoded(data.pixel_array)
    data.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    data.PixelData = encapsulate([code])
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True


CODINGS: dict[str, Change] = {
    "plain": lambda _: None,
    "JPEG lossless": as_jpeg_lossless,
    "JPEG 2000": lambda data: data.compress(JPEG2000Lossless),
}


def read(folder: Path, readers: Readers) -> Tensor:
    """As the app does."""
    scan = readers.open(folder, DEFAULT_LIMITS)
    try:
        return on_the_grid(scan.read())
    finally:
        scan.close()


def read_plainly(folder: Path) -> Tensor:
    """One file after the other, all in float64, in the order of their places."""
    files = [dcmread(path) for path in folder.iterdir()]
    files.sort(key=lambda data: float(data.ImagePositionPatient[2]))
    values = np.stack([_rescaled(data) for data in files])
    return resized_plainly(values)


def _rescaled(data: Dataset) -> NDArray[np.float64]:
    stored = data.pixel_array.astype(np.float64)
    values: NDArray[np.float64] = stored * data.RescaleSlope + data.RescaleIntercept
    return values


def _row(name: str, folder: Path, readers: Readers, rounds: int) -> Row:
    ours, plain = read(folder, readers), read_plainly(folder)
    if float(torch.abs(ours - plain).max()) > LARGEST_ERROR:
        raise Med3DVLMError(f"{name}: the two grids differ, so there is nothing to compare.")
    count = len(list(folder.iterdir()))
    return compare(
        f"reading 512 x 512 x {count} as DICOM files, {name}, to the grid, beside pydicom",
        lambda: read_plainly(folder),
        lambda: read(folder, readers),
        rounds=rounds,
    )
