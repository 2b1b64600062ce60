"""Draws into a CT volume in millimetres: soft-edged ellipsoids, tubes and boxes of tissue.

    canvas = Canvas(shape, spacing_mm, first_mm)
    canvas.blob((0, -20, 300), (45, 40, 55), hu=42)

Positions are body coordinates (x, y, z) in mm: x to the patient's left, y to the back, z to the
head. Edges are blurred over one voxel (partial volume), so that small objects fade, not vanish.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Point = tuple[float, float, float]
AIR_HU = -1000.0
# What a scan stores, air and metal beyond it cut.
DARKEST_HU, BRIGHTEST_HU = -1024, 3071


class Box(NamedTuple):
    """Half-open voxel ranges along z, y, x."""

    z: slice
    y: slice
    x: slice

    @property
    def empty(self) -> bool:
        """Whether the box lies outside the volume."""
        z, y, x = self
        return bool(z.start >= z.stop or y.start >= y.stop or x.start >= x.stop)


NOWHERE = Box(slice(0, 0), slice(0, 0), slice(0, 0))
NOTHING: Field = np.zeros((0, 0, 0), np.float32)


@dataclass(frozen=True, slots=True)
class Lumps:
    """How irregular a surface is: amplitude relative to the radius, waves per radius, a phase."""

    amplitude: float
    waves: float
    phase: float


class Canvas:
    """A volume being drawn: `hu` [z, y, x] float32 and its voxel centres in body mm."""

    def __init__(
        self,
        shape: tuple[int, int, int],
        spacing_mm: tuple[float, float, float],
        first_mm: tuple[float, float, float],
    ) -> None:
        self.hu: Field = np.full(shape, AIR_HU, dtype=np.float32)
        self.spacing_mm = spacing_mm
        self.z, self.y, self.x = (
            (start + step * np.arange(n)).astype(np.float32)
            for n, step, start in zip(shape, spacing_mm, first_mm, strict=True)
        )
        self.voxel_mm = float(np.prod(spacing_mm) ** (1 / 3))
        self.first_mm = first_mm

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along z, y, x."""
        z, y, x = self.hu.shape
        return z, y, x

    def box(self, center: Point, radii: Point) -> Box:
        """Voxel box around an ellipsoid, cut at the volume."""
        x, y, z = map(self._range, (2, 1, 0), center, radii)
        return Box(z, y, x)

    def _range(self, axis: int, center: float, reach: float) -> slice:
        """Voxels of one axis (0 z, 1 y, 2 x) within `reach` mm of a position."""
        place = (center - self.first_mm[axis]) / self.spacing_mm[axis]
        reach /= self.spacing_mm[axis]
        count = self.hu.shape[axis]
        start = min(max(math.ceil(place - reach), 0), count)
        return slice(start, max(start, min(math.floor(place + reach) + 1, count)))

    def axes(self, box: Box) -> tuple[Field, Field, Field]:
        """Millimetres of a box, shaped to broadcast: z [n,1,1], y [1,n,1], x [1,1,n]."""
        return (
            self.z[box.z][:, None, None],
            self.y[box.y][None, :, None],
            self.x[box.x][None, None, :],
        )

    def distance(
        self, center: Point, radii: Point, *, tilt: float = 0.0, lumps: Lumps | None = None
    ) -> tuple[Box, Field]:
        """Squared distance from an ellipsoid's centre in radii, in the box around it.

        Args:
            center: (x, y, z) in mm.
            radii: half axes along x, y, z in mm.
            tilt: shift of x per mm of z, which tilts the ellipsoid sideways.
            lumps: an irregular surface.
        """
        swell = 1.0 + (lumps.amplitude if lumps else 0.0)
        lean = abs(tilt) * radii[2]
        reach = (
            radii[0] * swell + lean + self.spacing_mm[2],
            radii[1] * swell + self.spacing_mm[1],
            radii[2] * swell + self.spacing_mm[0],
        )
        box = self.box(center, reach)
        if box.empty:
            return NOWHERE, NOTHING
        z, y, x = self.axes(box)
        u, v, w = (x - center[0]) / radii[0], (y - center[1]) / radii[1], (z - center[2]) / radii[2]
        if tilt:
            u = u - np.float32(tilt * radii[2] / radii[0]) * w
        q = u * u + (v * v + w * w)
        if lumps is not None:
            q *= 1.0 + _waves(u, v, w, lumps)
        return box, q

    def ellipsoid(
        self, center: Point, radii: Point, *, tilt: float = 0.0, lumps: Lumps | None = None
    ) -> tuple[Box, Field]:
        """Coverage in [0, 1] of an ellipsoid in its box; arguments as for `distance`."""
        box, q = self.distance(center, radii, tilt=tilt, lumps=lumps)
        return box, soft(q, min(radii), self.voxel_mm)

    def rings(self, q: Field, radii: Point, inward_mm: float) -> Field:
        """Coverage of the same ellipsoid with its surface moved inward, from its distance."""
        small = min(radii)
        shrink = max(1 - inward_mm / small, 0.05)
        return soft(q * np.float32(1 / (shrink * shrink)), small * shrink, self.voxel_mm)

    def paint(self, box: Box, coverage: Field, hu: float | NDArray[Any]) -> None:
        """Blend a tissue into a box."""
        target = self.hu[box]
        change = hu - target
        change *= coverage
        target += change

    def blob(
        self,
        center: Point,
        radii: Point,
        hu: float,
        *,
        tilt: float = 0.0,
        lumps: Lumps | None = None,
    ) -> Box:
        """Paint an ellipsoid; returns its box."""
        box, coverage = self.ellipsoid(center, radii, tilt=tilt, lumps=lumps)
        if not box.empty:
            self.paint(box, coverage, hu)
        return box

    def shell(
        self, center: Point, radii: Point, thickness_mm: float, hu: float, *, tilt: float = 0.0
    ) -> Box:
        """Paint only the wall of an ellipsoid, `thickness_mm` inwards at its narrowest."""
        box, q = self.distance(center, radii, tilt=tilt)
        if not box.empty:
            wall = soft(q, min(radii), self.voxel_mm) - self.rings(q, radii, thickness_mm)
            self.paint(box, wall, hu)
        return box

    def tube(self, points: Sequence[Point], radii: Sequence[float], hu: float) -> list[Box]:
        """Paint a rounded tube along a polyline; one radius per point."""
        boxes = []
        low, high = float(self.z[0]), float(self.z[-1])
        for (a, ra), (b, rb) in pairwise(zip(points, radii, strict=True)):
            pad = max(ra, rb) + self.spacing_mm[0]
            if max(a[2], b[2]) + pad < low or min(a[2], b[2]) - pad > high:
                continue
            box, coverage = self.segment(a, b, ra, rb)
            if not box.empty:
                self.paint(box, coverage, hu)
                boxes.append(box)
        return boxes

    def column(self, points: Sequence[Point], radii: Sequence[float], hu: float) -> None:
        """Paint a tube that runs mainly along z: round in every axial slice, cut flat at its ends.

        Several times faster than `tube`, and correct for vessels and muscles along the spine.
        """
        path = sorted(zip(points, radii, strict=True), key=lambda item: item[0][2])
        heights = [point[2] for point, _ in path]
        low, high = heights[0], heights[-1]
        rows = self._range(0, (low + high) / 2, (high - low) / 2)
        if rows.start == rows.stop:
            return
        z = self.z[rows]
        x0, y0 = (np.interp(z, heights, [p[axis] for p, _ in path]) for axis in (0, 1))
        r = np.interp(z, heights, [radius for _, radius in path])
        _, sy, sx = self.spacing_mm
        pad = float(r.max())
        box = Box(
            rows,
            self._range(1, float(y0.min() + y0.max()) / 2, float(np.ptp(y0)) / 2 + pad + sy),
            self._range(2, float(x0.min() + x0.max()) / 2, float(np.ptp(x0)) / 2 + pad + sx),
        )
        if box.empty:
            return
        u = ((self.x[box.x] - x0[:, None]) / r[:, None]).astype(np.float32)
        v = ((self.y[box.y] - y0[:, None]) / r[:, None]).astype(np.float32)
        q = (u * u)[:, None, :] + (v * v)[:, :, None]
        self.paint(box, soft(q, pad, self.voxel_mm), hu)

    def segment(self, a: Point, b: Point, ra: float, rb: float) -> tuple[Box, Field]:
        """Coverage of one rounded tube piece from `a` (radius ra) to `b` (radius rb)."""
        pad = max(ra, rb)
        center = tuple((p + q) / 2 for p, q in zip(a, b, strict=True))
        reach = tuple(
            abs(p - q) / 2 + pad + s for p, q, s in zip(a, b, self.spacing_mm[::-1], strict=True)
        )
        box = self.box((center[0], center[1], center[2]), (reach[0], reach[1], reach[2]))
        if box.empty:
            return NOWHERE, NOTHING
        z, y, x = self.axes(box)
        dx, dy, dz = x - a[0], y - a[1], z - a[2]
        ex, ey, ez = (q - p for p, q in zip(a, b, strict=True))
        length = max(ex * ex + ey * ey + ez * ez, 1e-6)
        projection = dx * ex + dy * ey + dz * ez
        share = clip01(projection / np.float32(length))
        # |d - t e|^2 for the nearest point of the axis, t = share.
        squared = dx * dx + dy * dy + dz * dz
        squared -= share * (2 * projection - np.float32(length) * share)
        if ra == rb:
            squared *= np.float32(1 / (ra * ra))
        else:
            radius = share * np.float32(rb - ra) + np.float32(ra)
            squared /= radius * radius
        return box, soft(squared, min(ra, rb), self.voxel_mm)


def soft(q: Field, radius_mm: float, voxel_mm: float) -> Field:
    """Coverage from the squared normalised distance: 1 inside, 0 outside, a voxel in between."""
    edge = np.float32(0.5 * radius_mm / voxel_mm)
    coverage = q * -edge
    coverage += edge + np.float32(0.5)
    return clip01(coverage)


def clip01(values: NDArray[Any]) -> Field:
    """Clip to [0, 1] in place (two ufuncs: half the call overhead of np.clip)."""
    np.maximum(values, np.float32(0), out=values)
    clipped: Field = np.minimum(values, np.float32(1), out=values)
    return clipped


def _waves(u: Field, v: Field, w: Field, lumps: Lumps) -> Field:
    k, p, a = lumps.waves, lumps.phase, lumps.amplitude / 2
    first = np.sin(k * u + p) * np.sin(k * v + 2 * p)
    second = np.sin(k * v + 3 * p) * np.sin(k * w + p)
    third = np.sin(k * w + 2 * p) * np.sin(k * u + 5 * p)
    waves: Field = np.float32(a) * (first + second + third)
    return waves
