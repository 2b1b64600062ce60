"""The volume rule of M3D: a folder of 8-bit images to the volume that a model learns from.

series = read_series(folder, grid=(128, 256, 256))
series.voxels          # uint8 (D, H, W); 255 is the brightest voxel of the series
series.dropped         # {"12.png": "another size: 256x512"}

Slices are sorted by number, read as 8-bit grey, and kept if they have the commonest size. The stack
is scaled from darkest to brightest, cropped to what is brighter than the darkest, and resized
trilinearly without a low-pass filter. Prepared files (.npy, .nii.gz) are only resized if their size
differs.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch.nn.functional import interpolate

from med3dvlm.errors import TrainingError, VolumeError
from med3dvlm.volumes.grid import Grid

Voxels = NDArray[np.uint8]

SLICE = re.compile(r"(\d+)\.(?:png|jpe?g)", re.IGNORECASE)
# There is no agreed grey scale for images with more than 8 bits a channel.
DEEP_MODES = ("I", "F")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadySeries:
    """A volume ready for training, and the files left out of it, with the reason."""

    voxels: Voxels
    slices: int
    dropped: dict[str, str] = field(default_factory=dict)


def read_series(source: Path, *, grid: Grid) -> ReadySeries:
    """Apply the volume rule to a folder of slices, or open a prepared file.

    Raises:
        TrainingError: a file is broken, or the series is empty or uniform.
    """
    if source.is_dir():
        stack, dropped = read_slices(source)
        return ReadySeries(
            voxels=resized(cropped(source, stack), grid), slices=len(stack), dropped=dropped
        )
    volume = _prepared(source)
    return ReadySeries(voxels=resized(volume, grid), slices=len(volume))


def read_slices(folder: Path) -> tuple[Voxels, dict[str, str]]:
    """Grey slices (S, H, W) in order of their numbers, and the files that were dropped.

    Raises:
        TrainingError: there is no slice, or one can't be read.
    """
    named = [(SLICE.fullmatch(path.name), path) for path in sorted(folder.iterdir())]
    dropped = {path.name: "not a numbered slice" for match, path in named if not match}
    ordered = sorted((int(match[1]), path.name, path) for match, path in named if match)
    if not ordered:
        raise TrainingError(f"{_name(folder)}: the folder contains no slices")
    pictures = {name: _grey(path) for _, name, path in ordered}
    sizes = Counter(picture.shape for picture in pictures.values())
    common = sizes.most_common(1)[0][0]
    for name, picture in pictures.items():
        if picture.shape != common:
            dropped[name] = "another size: {}x{}".format(*picture.shape)
    return np.stack([p for p in pictures.values() if p.shape == common]), dropped


def _grey(path: Path) -> Voxels:
    try:
        with Image.open(path) as picture:
            if picture.mode.startswith(DEEP_MODES):
                raise TrainingError(
                    f"{_name(path)}: an image of mode {picture.mode}, expected 8 bits"
                )
            shown = picture.convert("RGBA") if picture.mode == "P" else picture
            return np.asarray(shown.convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise TrainingError(f"{_name(path)}: the image can't be read ({error})") from None


def cropped(folder: Path, stack: Voxels) -> NDArray[np.float32]:
    """Scale the whole stack to [0, 1] and crop it to the box of everything above zero.

    Raises:
        TrainingError: the stack is one uniform grey.
    """
    darkest, brightest = int(stack.min()), int(stack.max())
    if darkest == brightest:
        raise TrainingError(f"{_name(folder)}: all slices are one uniform grey")
    bright = stack > darkest
    box = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        kept = np.flatnonzero(bright.any(axis=others))
        box.append(slice(int(kept[0]), int(kept[-1]) + 1))
    scaled: NDArray[np.float32] = stack[tuple(box)].astype(np.float32) / np.float32(255)
    scaled -= np.float32(darkest) / np.float32(255)
    scaled /= scaled.max()
    return scaled


def resized(volume: NDArray[np.float32], grid: Grid) -> Voxels:
    """Resize trilinearly, without a low-pass filter, to 8 bits."""
    whole = torch.from_numpy(np.ascontiguousarray(volume))[None, None]
    if tuple(whole.shape[2:]) != grid:
        whole = interpolate(whole, size=grid, mode="trilinear", align_corners=False)
    ready: Voxels = whole[0, 0].clamp(0, 1).mul(255).round_().to(torch.uint8).numpy()
    return ready


def _prepared(path: Path) -> NDArray[np.float32]:
    """A volume in [0, 1] as the published scripts wrote it."""
    try:
        if path.suffix == ".npy":
            volume: NDArray[Any] = np.load(path, allow_pickle=False)
        else:
            # Imported here, so that a machine with ready data needs no scan reader.
            from med3dvlm.volumes.reader import open_volume

            volume = open_volume(path).voxels
    except (OSError, ValueError, EOFError, VolumeError) as error:
        raise TrainingError(f"{_name(path)}: the file can't be read ({error})") from None
    if volume.ndim < 3 or volume.size != np.prod(volume.shape[-3:]) or volume.size == 0:
        raise TrainingError(f"{_name(path)}: expected one volume, got shape {volume.shape}")
    volume = volume.reshape(volume.shape[-3:]).astype(np.float32)
    if not np.isfinite(volume).all():
        raise TrainingError(f"{_name(path)}: some voxels are not finite")
    if volume.min() < -1e-3 or volume.max() > 1.001:
        raise TrainingError(
            f"{_name(path)}: values from {volume.min():g} to {volume.max():g}, expected 0 to 1"
        )
    return volume


def _name(path: Path) -> str:
    """Case, series and file: enough to find it, without paths of this machine."""
    return "/".join(path.parts[-4:])
