"""Labels on planes somewhere in space, brought onto the grid of a scan by true position.

planes = Planes(values=values, origins=origins, across=across, down=down, thickness_mm=3.0)
laid = on_grid(planes, place, limits)        # uint16 [z, y, x]; nearest, zero where nothing lies

Planes may lie at any distances and be shifted against each other, as those of a tilted gantry are.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.limits import Limits

Vector = NDArray[np.float64]
EDGE = 1e-4  # pixels, or parts of a thickness, by which rounding may miss an edge
SAMPLED = 4096  # labelled points of a plane that are looked at to tell where they lie


@dataclass(frozen=True, kw_only=True, eq=False)
class Planes:
    """Parallel pictures of numbers; zero is nothing.

    Attributes:
        values: `[plane, row, column]`.
        origins: LPS mm of each plane's first pixel.
        across: LPS mm from a pixel to the next of its row.
        down: LPS mm from a pixel to the next of its column, at a right angle to `across`.
        thickness_mm: how thick each plane is.
    """

    values: NDArray[Any]
    origins: Vector
    across: Vector
    down: Vector
    thickness_mm: float

    @property
    def normal(self) -> Vector:
        """Unit vector along which the planes are counted."""
        normal = np.cross(self.across, self.down)
        unit: Vector = normal / np.linalg.norm(normal)
        return unit

    def trimmed(self) -> "Planes":
        """Without planes, rows and columns at the rim that hold nothing; sorted along the normal.

        Raises:
            VolumeError: they hold nothing at all.
        """
        kept = np.flatnonzero(self.values.any(axis=(1, 2)))
        if not kept.size:
            raise VolumeError("it is empty: nothing is labelled in it.")
        kept = kept[np.argsort(self.origins[kept] @ self.normal, kind="stable")]
        rows = np.flatnonzero(self.values.any(axis=(0, 2)))
        columns = np.flatnonzero(self.values.any(axis=(0, 1)))
        top, left = rows[0], columns[0]
        return replace(
            self,
            values=self.values[kept, top : rows[-1] + 1, left : columns[-1] + 1],
            origins=self.origins[kept] + top * self.down + left * self.across,
        )

    def labelled(self, plane: int) -> Vector:
        """LPS points of labelled pixels of a plane; of many, some."""
        row, column = np.nonzero(self.values[plane])
        step = max(1, len(row) // SAMPLED)
        row, column = row[::step, None], column[::step, None]
        points: Vector = self.origins[plane] + row * self.down + column * self.across
        return points


def on_grid(planes: Planes, place: Place, limits: Limits) -> NDArray[np.uint16]:
    """The number at each voxel of the scan: that of the nearest pixel.

    Raises:
        VolumeError: the planes hold nothing, or it takes too long.
    """
    planes = planes.trimmed()
    laid = np.zeros(place.shape, np.uint16)
    z_range, y_range, x_range = _reached(planes, place)
    x, y = np.meshgrid(np.arange(*x_range), np.arange(*y_range))
    for z in range(*z_range):
        limits.check_time()
        points = np.stack([x, y, np.full_like(x, z)], axis=-1) @ place.affine[:3, :3].T
        laid[z, slice(*y_range), slice(*x_range)] = _nearest(planes, points + place.affine[:3, 3])
    return laid


def _reached(planes: Planes, place: Place) -> list[tuple[int, int]]:
    """First and end of the voxels along z, y, x that the planes can reach."""
    rows, columns = planes.values.shape[1:]
    half = planes.normal * planes.thickness_mm / 2
    corners = [
        planes.origins + (row - 0.5) * planes.down + (column - 0.5) * planes.across + side * half
        for row in (0, rows) for column in (0, columns) for side in (-1, 1)
    ]  # fmt: skip
    index = place.index_of(np.concatenate(corners))[:, ::-1]
    low = np.clip(np.floor(index.min(axis=0)), 0, place.shape).astype(int)
    high = np.clip(np.ceil(index.max(axis=0)) + 1, low, place.shape).astype(int)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _nearest(planes: Planes, points: Vector) -> NDArray[Any]:
    """The numbers at LPS points `(rows, columns, 3)`."""
    depths = planes.origins @ planes.normal
    depth = points @ planes.normal
    plane = np.searchsorted((depths[1:] + depths[:-1]) / 2, depth)
    near = np.abs(depth - depths[plane]) <= planes.thickness_mm / 2 * (1 + EDGE)
    column = _along(points, planes.origins, planes.across, plane)
    row = _along(points, planes.origins, planes.down, plane)
    rows, columns = planes.values.shape[1:]
    inside = near & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    found = np.zeros(inside.shape, planes.values.dtype)
    found[inside] = planes.values[plane[inside], row[inside], column[inside]]
    return found


def _along(points: Vector, origins: Vector, step: Vector, plane: NDArray[np.intp]) -> NDArray[Any]:
    """Whole pixels from the first one along a step."""
    unit = step / (step @ step)
    far = points @ unit - (origins @ unit)[plane]
    return np.floor(np.clip(far, -2e9, 2e9) + 0.5 + EDGE).astype(np.int64)
