"""Changes of a scan after which a model that looks must answer otherwise, or must not.

    changed = PERTURBATIONS["left and right swapped"](volume)
    blinded = without_organ(volume, mask)
    changed = change_of(name, mask=mask, other=other)(volume)     # one of CHANGES

Each takes a volume and returns another, so that whatever reads scans can be asked before and after.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import PromptError, VolumeError
from med3dvlm.phantoms.canvas import AIR_HU
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import BONE, Window, model_window

if TYPE_CHECKING:  # the page doesn't wait for it
    from torch import Tensor

Perturbation = Callable[[Volume], Volume]

Z, Y, X = range(3)
NOISE, BLUR_MM, THICK_MM, CROPPED = 0.1, 8.0, 20.0, 0.25
TURNED_DEG = 20.0
RIM = 2  # voxels
WITHOUT_ORGAN, ANOTHER = "one organ taken out", "another scan"
NO_MASK = "Nothing says which voxels the organ has: give a label map, and one of its labels."


def flipped(volume: Volume, axis: int) -> Volume:
    """The anatomy mirrored along an axis (0 z, 1 y, 2 x); the places of the voxels stay."""
    return volume.with_values(np.flip(volume.voxels, axis))


def rotated(volume: Volume, degrees: float = TURNED_DEG) -> Volume:
    """Turned about the axis from feet to head; what comes from outside is black."""
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    _, rows, columns = volume.shape
    _, y_mm, x_mm = volume.spacing_mm
    angle = math.radians(degrees)
    # `affine_grid` counts both axes from -1 to 1, whatever their length in millimetres.
    skew = (rows * y_mm) / (columns * x_mm)
    cos, sin = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[[cos, -sin * skew, 0], [sin / skew, cos, 0]]])
    black = darkest(volume)
    slices = _tensor(volume.voxels)[None] - black  # (1, Z, Y, X): slices as channels
    places = affine_grid(turn, [1, 1, rows, columns], align_corners=False)
    turned = grid_sample(slices, places, padding_mode="zeros", align_corners=False)
    return volume.with_values((turned[0] + black).numpy())


def windowed_as(volume: Volume, wrong: Window = BONE) -> Volume:
    """What the model sees when its input is made with another window than its own."""
    own = model_window(volume)
    return volume.with_values(wrong.apply(volume.voxels) * own.width + own.low)


def noisy(volume: Volume, share: float = NOISE, *, seed: int = 0) -> Volume:
    """Normal noise with a standard deviation of a share of the model's window."""
    noise = np.random.default_rng(seed).normal(0, 1, volume.shape).astype(np.float32)
    return volume.with_values(volume.voxels + share * model_window(volume).width * noise)


def blurred(volume: Volume, mm: float = BLUR_MM) -> Volume:
    """Smoothed by a normal distribution of this width at half its height."""
    import torch
    from torch.nn.functional import conv3d, pad

    smooth = _tensor(volume.voxels)[None, None]
    for axis, spacing in enumerate(volume.spacing_mm):
        sigma = mm / 2.355 / spacing
        reach = min(math.ceil(3 * sigma), volume.shape[axis] - 1)
        weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
        kernel = (weights / weights.sum()).reshape([-1 if a == axis else 1 for a in range(3)])
        around = [reach if a == axis else 0 for a in (X, X, Y, Y, Z, Z)]
        smooth = conv3d(pad(smooth, around, mode="replicate"), kernel[None, None])
    return volume.with_values(smooth[0, 0].numpy())


def blank(volume: Volume) -> Volume:
    """Nothing but air."""
    return volume.with_values(np.full(volume.shape, darkest(volume), np.float32))


def thick_slices(volume: Volume, mm: float = THICK_MM) -> Volume:
    """As if scanned in thicker slices: each is the mean of those it covers."""
    step = max(1, round(mm / volume.spacing_mm[Z]))
    voxels = volume.voxels.astype(np.float32)
    for first in range(0, len(voxels), step):
        voxels[first : first + step] = voxels[first : first + step].mean(axis=0)
    return volume.with_values(voxels)


def cropped(volume: Volume, share: float = CROPPED) -> Volume:
    """Without this share of each axis, half of it at either end."""
    cut = [round(n * share / 2) for n in volume.shape]
    if any(n - 2 * c < 1 for n, c in zip(volume.shape, cut, strict=True)):
        raise VolumeError("Nothing would be left of this scan: crop less of it.")
    kept = tuple(slice(c, n - c) for n, c in zip(volume.shape, cut, strict=True))
    z, y, x = cut
    affine = canonical_affine((1, 1, 1), (x, y, z))
    inner = volume.with_values(volume.voxels[kept])
    return replace(inner, affine=volume.affine @ affine)


def without_organ(volume: Volume, mask: NDArray[np.bool_]) -> Volume:
    """The voxels of a mask replaced by the mean of those just around it.

    Raises:
        VolumeError: the mask is empty or of another shape.
    """
    from torch.nn.functional import max_pool3d

    if mask.shape != volume.shape or not mask.any():
        raise VolumeError("There is nothing to take out: choose what is marked in this scan.")
    grown = max_pool3d(_tensor(mask)[None], kernel_size=2 * RIM + 1, stride=1, padding=RIM)[0]
    rim = grown.numpy().astype(bool) & ~mask
    around = volume.voxels[rim] if rim.any() else volume.voxels
    voxels = volume.voxels.astype(np.float32)
    voxels[mask] = float(around.mean())
    return volume.with_values(voxels)


PERTURBATIONS: dict[str, Perturbation] = {
    "left and right swapped": lambda volume: flipped(volume, X),
    "front and back swapped": lambda volume: flipped(volume, Y),
    "head and feet swapped": lambda volume: flipped(volume, Z),
    "rotated": rotated,
    "wrong window": windowed_as,
    "noise": noisy,
    "blurred": blurred,
    "blank": blank,
    "thick slices": thick_slices,
    "cropped": cropped,
}
CHANGES = (*PERTURBATIONS, WITHOUT_ORGAN, ANOTHER)


def change_of(
    name: str, *, mask: NDArray[np.bool_] | None = None, other: Volume | None = None
) -> Perturbation:
    """A change by its name.

    Args:
        name: one of `CHANGES`.
        mask: of what is taken out, on the scan's grid.
        other: what takes the scan's place; a phantom if None.

    Raises:
        PromptError: there is no such change, or nothing to take out.
    """
    if name == ANOTHER:
        return another_than if other is None else lambda _: other
    if name == WITHOUT_ORGAN:
        if mask is None:
            raise PromptError(NO_MASK)
        return partial(without_organ, mask=mask)
    if name not in PERTURBATIONS:
        raise PromptError(f"The change is one of {', '.join(CHANGES)}, not {name!r}.")
    return PERTURBATIONS[name]


def another_than(volume: Volume) -> Volume:
    """A phantom that is another scan than this one."""
    first = make_case(SHOWROOM.start).volume
    return first if first.digest != volume.digest else make_case(SHOWROOM.start + 1).volume


def darkest(volume: Volume) -> float:
    """What the model is shown as black: air in a CT, else the smallest value."""
    return AIR_HU if volume.unit == "HU" else float(model_window(volume).low)


def _tensor(values: NDArray[Any]) -> "Tensor":
    import torch

    return torch.from_numpy(values.astype(np.float32))
