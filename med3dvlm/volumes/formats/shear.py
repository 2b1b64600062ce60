"""Resamples sheared scans (gantry tilt, 12-parameter registration) onto an orthogonal grid.

    plan = straightening(voxels.shape, affine, max_voxels)

`plan.shift` then puts the slices into room of the plan's size.

The first axis keeps its direction, the second rotates within their plane, the third becomes
their normal: slices stay where they are, and each is shifted in its plane (linear
interpolation). World coordinates remain correct.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.orientation import Affine

# Two axes count as orthogonal up to this cosine (0.06 degrees).
ORTHOGONAL = 1e-3
MAX_SHEAR_DEG = 45.0
# Sample positions this far outside the grid, in voxels, still count as on its edge.
EDGE = 1e-6


def shear_degrees(affine: Affine) -> float:
    """Largest deviation from a right angle between two axes."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.abs(np.triu(directions.T @ directions, k=1))
    return float(np.degrees(np.arcsin(min(1.0, cosines.max()))))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Straightening:
    """How the slices of a sheared scan are shifted.

    Attributes:
        steps: per stored index along `(i, j, k)`, in mm along the orthogonal axes.
        start: first column and row of the new grid, counted on the old one.
        size: of the result, `[k, j, i]`.
        affine: of the result, from `(i, j, k, 1)` to LPS mm.
        note: what was done, for the user.
    """

    steps: NDArray[np.float64]
    start: tuple[int, int]
    size: tuple[int, int, int]
    affine: Affine
    note: str

    def shift(self, room: NDArray[Any], voxels: NDArray[Any]) -> None:
        """Put each slice on the new grid; beyond its edges is the lowest value of the scan.

        `voxels` may lie at the start of `room`.
        """
        low, shape = voxels.min(), voxels.shape
        for k in range(shape[0]):
            room[k] = self._shifted(k, voxels[k].copy())
        self.fill(room, low, shape)

    def _shifted(self, k: int, plane: NDArray[Any]) -> NDArray[Any]:
        row_at, column_at = self._places(k)
        values = _lerp(plane.T.astype(np.float32), row_at)
        values = _lerp(values.T, column_at)
        if plane.dtype.kind in "iu":
            values = np.rint(values)
        return values.astype(plane.dtype)

    def fill(self, voxels: NDArray[Any], low: Any, shape: tuple[int, ...]) -> None:
        """Set what lies beyond the edges of slices of this shape to a value, in place."""
        for k, plane in enumerate(voxels):
            plane[~self._inside(k, shape)] = low

    def _inside(self, k: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        row_at, column_at = self._places(k)
        rows, columns = (
            (at >= -EDGE) & (at <= last - 1 + EDGE)
            for at, last in zip((row_at.T, column_at), shape[-2:], strict=True)
        )
        return rows & columns

    def _places(self, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the rows, and the columns of each row, of the new grid lie on a stored slice."""
        steps, (first_column, first_row) = self.steps, self.start
        in_plane = steps[0, 1] / steps[0, 0]
        row_at = np.arange(self.size[1]) + first_row - steps[1, 2] / steps[1, 1] * k
        column_at = np.arange(self.size[2]) + first_column - steps[0, 2] / steps[0, 0] * k
        if abs(in_plane) * self.size[1] < EDGE:
            return row_at[None, :], column_at[None, :]
        return row_at[None, :], column_at[None, :] - in_plane * row_at[:, None]


def straightening(
    shape: tuple[int, int, int], affine: Affine, max_voxels: int
) -> Straightening | None:
    """How to resample a scan onto orthogonal axes, or None if its axes are orthogonal.

    Args:
        shape: `[k, j, i]`.
        affine: from `(i, j, k, 1)` to LPS mm.
        max_voxels: upper limit for the result.

    Raises:
        VolumeError: the shear or the result is too large.
    """
    angle = shear_degrees(affine)
    if np.sin(np.radians(angle)) <= ORTHOGONAL:
        return None
    if angle > MAX_SHEAR_DEG:
        raise VolumeError(
            f"The scan's axes are sheared by {angle:.0f} degrees, too much to correct. "
            "Resample it onto an orthogonal grid first."
        )
    axes, steps = _orthogonal(affine[:3, :3])
    start, size = _bounds(shape, steps)
    if int(np.prod(size)) > max_voxels:
        raise VolumeError(
            f"Correcting a shear of {angle:.1f} degrees needs {np.prod(size):,} voxels, more than "
            f"the limit of {max_voxels:,}. Resample or crop the scan first."
        )
    straight = affine.copy()
    straight[:3, :3] = axes * np.diag(steps)
    straight[:3, 3] = affine[:3, 3] + straight[:3, :3] @ np.array([start[0], start[1], 0])
    note = (
        f"The axes were sheared by {angle:.1f} degrees (gantry tilt or registration). The slices "
        "were shifted and interpolated onto an orthogonal grid."
    )
    return Straightening(steps=steps, start=start, size=size, affine=straight, note=note)


def _orthogonal(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Orthonormal axes and the upper triangle with a positive diagonal: their product is matrix."""
    axes, steps = np.linalg.qr(matrix)
    signs = np.sign(np.diag(steps))
    return axes * signs, steps * signs[:, None]


def _bounds(
    shape: tuple[int, ...], steps: NDArray[np.float64]
) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """First index `(i, j)` and size `[k, j, i]` of the grid that holds every sheared voxel."""
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    corners = corners * (np.array(shape[::-1]) - 1)
    places = (corners @ steps.T) / np.diag(steps)
    low = np.floor(places.min(axis=0) + EDGE).astype(int)
    high = np.ceil(places.max(axis=0) - EDGE).astype(int)
    columns, rows, _ = high - low + 1
    return (int(low[0]), int(low[1])), (shape[0], int(rows), int(columns))


def _lerp(lines: NDArray[np.float32], at: NDArray[np.float64]) -> NDArray[np.float32]:
    """Lines sampled along their last axis (the same positions for all, or one row per line)."""
    last = lines.shape[1] - 1
    at = np.clip(at, 0, last)
    below = np.floor(at).astype(np.intp)
    share = (at - below).astype(np.float32)
    above = np.minimum(below + 1, last)
    if len(at) == 1:
        low, high = lines[:, below[0]], lines[:, above[0]]
    else:
        low, high = np.take_along_axis(lines, below, 1), np.take_along_axis(lines, above, 1)
    return low + (high - low) * share
