"""The only place where volumes are reoriented, flipped or converted between world conventions.

    voxels, affine, notes = to_canonical(stored, affine)    # [z, y, x]: left, back, head

Arrays are indexed `[k, j, i]`; an affine takes `(i, j, k, 1)` to LPS millimetres (left,
posterior, superior positive: DICOM's convention; NIfTI's RAS is converted here).
"""

from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError

Affine = NDArray[np.float64]

# Smaller rotations come from rounding in the scanner and are not reported.
OBLIQUE_DEG = 0.5
FAR_OBLIQUE_DEG = 25.0
LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
# Part of the note about a file that stores two conflicting orientations.
SIDES_IN_DOUBT = "they disagree about orientation"


def swap_ras_lps(affine: Affine) -> Affine:
    """An affine to RAS millimetres (NIfTI) as one to LPS (DICOM), or the other way round."""
    swapped: Affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine + 0.0
    return swapped


def to_canonical(
    voxels: NDArray[Any], affine: Affine
) -> tuple[NDArray[Any], Affine, tuple[str, ...]]:
    """Reorder axes so that x runs to the left, y to the back, z to the head, as nearly as possible.

    No value is changed or interpolated: an oblique scan keeps its own axes, and the notes give
    the angle.

    Args:
        voxels: `[k, j, i]`.
        affine: from `(i, j, k, 1)` to LPS mm, without shear.

    Returns:
        Voxels `[z, y, x]` (C-contiguous), their affine, and notes for the user.
    """
    axes, flips, angle = _nearest(affine)
    turned = voxels.transpose(2 - axes[2], 2 - axes[1], 2 - axes[0])
    turned = turned[tuple(slice(None, None, -1 if flip else 1) for flip in reversed(flips))]
    index = np.zeros((4, 4))
    index[3, 3] = 1.0
    for new, (old, flip) in enumerate(zip(axes, flips, strict=True)):
        index[old, new] = -1.0 if flip else 1.0
        index[old, 3] = voxels.shape[2 - old] - 1 if flip else 0.0
    return np.ascontiguousarray(turned), affine @ index + 0.0, _oblique_notes(angle)


def canonical_room(
    shape: tuple[int, int, int], affine: Affine, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """An empty array `[k, j, i]` that lies in memory as `to_canonical` wants it, without a copy."""
    axes, flips, _ = _nearest(affine)
    order = (2 - axes[2], 2 - axes[1], 2 - axes[0])
    room = np.empty([shape[axis] for axis in order], dtype)
    unflipped = room[tuple(slice(None, None, -1 if flip else 1) for flip in reversed(flips))]
    return unflipped.transpose(np.argsort(order))


def axis_codes(affine: Affine) -> str:
    """Where the stored axes i, j, k lead, for instance `LPS` (nibabel's letters)."""
    axes, flips, _ = _nearest(affine)
    letters = {
        old: LETTERS[new][flip] for new, (old, flip) in enumerate(zip(axes, flips, strict=True))
    }
    return "".join(letters[old] for old in range(3))


def plane_name(normal: NDArray[np.float64]) -> str:
    """Body plane of slices with this LPS normal: `sagittal`, `coronal` or `axial`."""
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(normal)))]


def _nearest(affine: Affine) -> tuple[tuple[int, ...], tuple[bool, ...], float]:
    """Stored axis and flip for each of left, posterior, superior, and the remaining angle.

    Chooses the reorientation with the smallest rotation that doesn't mirror the image.
    """
    steps = affine[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    if not np.isfinite(affine).all() or lengths.min() <= 0:
        raise VolumeError(
            "The file's geometry is invalid: an axis has zero length. Export the scan again."
        )
    directions = steps / lengths
    best: tuple[float, tuple[int, ...], tuple[bool, ...]] = (-np.inf, (0, 1, 2), (False,) * 3)
    for axes, flips in product(permutations(range(3)), product((False, True), repeat=3)):
        turned = directions[:, axes] * np.where(flips, -1.0, 1.0)
        if np.linalg.det(turned) > 0 and np.trace(turned) > best[0]:
            best = (float(np.trace(turned)), axes, flips)
    trace, axes, flips = best
    if not np.isfinite(trace):
        raise VolumeError(
            "The file's geometry is invalid: its axes lie in one plane. Export the scan again."
        )
    angle = float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0))))
    return axes, flips, angle


def _oblique_notes(angle: float) -> tuple[str, ...]:
    if angle < OBLIQUE_DEG:
        return ()
    note = (
        f"The scan is oblique, rotated by {angle:.1f} degrees from the body axes, and is shown "
        "along its own axes"
    )
    if angle < FAR_OBLIQUE_DEG:
        return (f"{note}.",)
    return (f"{note}: left, back and head are only approximate directions.",)
