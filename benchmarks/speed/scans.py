"""A scan of a file on the model's grid: nibabel, float64 and a resize of the whole against ours.

rows = scan_rows(folder, rounds=7, slices=300)
"""

from pathlib import Path

import nibabel
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from benchmarks.speed.rounds import Row, compare
from med3dvlm.errors import Med3DVLMError
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes import open_volume
from med3dvlm.volumes.grid import PUBLISHED_GRID, to_model_grid
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import MODEL_CT

ENLARGED = 4  # a phantom of a quarter of the size, along each axis
LARGEST_ERROR = 1e-4


def scan_rows(folder: Path, *, rounds: int, slices: int) -> list[Row]:
    """A packed NIfTI file of 512 x 512 pixels a slice."""
    path = write_scan(folder / "scan.nii.gz", slices=slices)
    if float((read(path) - read_plainly(path)).abs().max()) > LARGEST_ERROR:
        raise Med3DVLMError("The two grids differ, so there is nothing to compare.")
    name = f"reading 512 x 512 x {slices} .nii.gz to the grid, beside nibabel and float64"
    return [compare(name, lambda: read_plainly(path), lambda: read(path), rounds=rounds)]


def write_scan(path: Path, *, slices: int, pixels: int = 512) -> Path:
    """A phantom in a hospital's size as NIfTI."""
    content = voxels_of(slices=slices, pixels=pixels).transpose(2, 1, 0)
    nibabel.save(nibabel.Nifti1Image(content, np.diag([-0.7, -0.7, 1.0, 1.0])), path)
    return path


def voxels_of(*, slices: int, pixels: int) -> NDArray[np.int16]:
    """An enlarged phantom, slice by slice, with noise that packs like a hospital's."""
    shape = (slices // ENLARGED, pixels // ENLARGED, pixels // ENLARGED)
    voxels = make_case(1, shape=shape).volume.voxels
    voxels = np.moveaxis(voxels, int(np.argmin(voxels.shape)), 0)  # its slices are coronal
    for axis in range(3):
        voxels = np.repeat(voxels, ENLARGED, axis=axis)
    noise = np.random.default_rng(0).normal(0, 12, voxels.shape).astype(np.float32)
    return (voxels + noise).astype(np.int16)


def read(path: Path) -> Tensor:
    """As the app does, with the published resize of the whole volume."""
    return on_the_grid(open_volume(path))


def on_the_grid(volume: Volume) -> Tensor:
    """What the model gets of a volume, resized as published."""
    return to_model_grid(volume, MODEL_CT, PUBLISHED_GRID, crop=False, published=True).tensor


def read_plainly(path: Path) -> Tensor:
    """All voxels in float64, a window over them, one call of `interpolate`."""
    values = nibabel.load(path).get_fdata().transpose(2, 1, 0)  # type: ignore[attr-defined]
    return resized_plainly(values)


def resized_plainly(values: NDArray[np.float64]) -> Tensor:
    """A window over all voxels `[z, y, x]`, and one call of `interpolate`."""
    seen = np.clip((values - MODEL_CT.low) / (MODEL_CT.high - MODEL_CT.low), 0, 1)
    volume = torch.from_numpy(np.ascontiguousarray(seen))[None, None]
    return interpolate(volume, PUBLISHED_GRID, mode="trilinear", align_corners=False).float()
