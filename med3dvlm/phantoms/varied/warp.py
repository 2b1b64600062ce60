"""A smooth deformation of a painted volume: bends and swells as bodies do, and the patient's tilt.

    warp = draw_warp(rng, center=(0.0, 0.0, 0.0), tilt=(0.0, 0.0, 0.0), strength_mm=6.0)
    painted = warp.source(points)       # where scanned points come from
    scanned = warp.target(painted)      # where painted points end up

One axis is moved after another, each by a sum of products of one-dimensional waves, so that it
costs a few additions and one interpolation a voxel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.canvas import Box, Field

Axes = tuple[Field, Field, Field]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wave:
    """amplitude * cos(f0 z + p0) * cos(f1 y + p1) * cos(f2 x + p2), in mm."""

    amplitude: float
    frequency: tuple[float, float, float]
    phase: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shift:
    """Displacement along one axis: waves, and a slope along each axis around a centre."""

    waves: tuple[Wave, ...]
    slope: tuple[float, float, float]
    center: tuple[float, float, float]

    def at(self, axes: tuple[NDArray[np.floating], ...]) -> NDArray[np.floating]:
        """Millimetres at places given by three broadcastable axes z, y, x."""
        total = sum(
            s * (axis - c)
            for s, axis, c in zip(self.slope, axes, self.center, strict=True)
            if s != 0.0
        )
        for wave in self.waves:
            z, y, x = (
                np.cos(f * axis + p)
                for f, axis, p in zip(wave.frequency, axes, wave.phase, strict=True)
            )
            total = total + (wave.amplitude * z * y) * x
        return np.asarray(total)


@dataclass(frozen=True, slots=True)
class Warp:
    """Where each scanned point comes from in the painted body: x is moved first, then y, then z."""

    z: Shift
    y: Shift
    x: Shift

    def source(self, points: Points) -> Points:
        """Painted places of scanned points (N, 3) z, y, x, in mm."""
        moved = points.copy()
        for axis, shift in ((2, self.x), (1, self.y), (0, self.z)):
            moved[:, axis] += shift.at((moved[:, 0], moved[:, 1], moved[:, 2]))
        return moved

    def target(self, points: Points) -> Points:
        """Scanned places of painted points (N, 3) z, y, x, in mm."""
        moved = points.copy()
        for axis, shift in ((0, self.z), (1, self.y), (2, self.x)):
            goal = moved[:, axis].copy()
            for _ in range(6):
                moved[:, axis] = goal - shift.at((moved[:, 0], moved[:, 1], moved[:, 2]))
        return moved


def draw_warp(
    rng: np.random.Generator,
    *,
    center: tuple[float, float, float],
    tilt: tuple[float, float, float],
    strength_mm: float,
) -> Warp:
    """Waves of about half a body and longer; `tilt` turns about x (nod), y (lean) and z (roll)."""
    nod, lean, roll = tilt
    return Warp(
        z=Shift(_waves(rng, 0.6 * strength_mm), (0.0, nod, lean), center),
        y=Shift(_waves(rng, strength_mm), (-nod, 0.0, roll), center),
        x=Shift(_waves(rng, strength_mm), (-lean, -roll, 0.0), center),
    )


def _waves(rng: np.random.Generator, strength_mm: float) -> tuple[Wave, ...]:
    made = []
    for _ in range(2):
        z, y, x = (float(f) for f in rng.uniform(0, 2 * np.pi / 170, 3))
        a, b, c = (float(p) for p in rng.uniform(0, 2 * np.pi, 3))
        made.append(Wave(float(rng.uniform(-1, 1)) * strength_mm, (z, y, x), (a, b, c)))
    return tuple(made)


def bend(warp: Warp, volume: Field, axes: Axes, margin: tuple[int, int, int]) -> Field:
    """The scanned volume: `margin` voxels on either side along z, y, x are only looked up.

    Args:
        warp: the deformation.
        volume: painted, [z, y, x].
        axes: mm of its voxels along each axis.
        margin: voxels at each end that the result lacks.
    """
    inner = list(axes)
    for axis, shift in ((0, warp.z), (1, warp.y), (2, warp.x)):
        size = volume.shape[axis]
        inner[axis] = axes[axis][margin[axis] : size - margin[axis]]
        step = float(axes[axis][1] - axes[axis][0])
        shaped = tuple(
            values.reshape([-1 if a == dim else 1 for a in range(3)])
            for dim, values in enumerate(inner)
        )
        volume = _look_up(volume, axis, shift.at(shaped) / step, margin[axis])
    return volume


def _look_up(volume: Field, axis: int, moved: NDArray[np.floating], margin: int) -> Field:
    """Linear interpolation along one axis, `moved` voxels away from each place."""
    size = volume.shape[axis]
    shape = list(volume.shape)
    shape[axis] = size - 2 * margin
    along = np.arange(margin, size - margin, dtype=np.float32)
    place = np.empty(shape, np.float32)
    np.add(moved, along.reshape([-1 if a == axis else 1 for a in range(3)]), out=place)
    np.clip(place, 0, size - 1.001, out=place)
    low = place.astype(np.intp)
    place -= low
    steps = [int(np.prod(volume.shape[a + 1 :])) for a in range(3)]
    low *= steps[axis]
    for a in range(3):
        if a != axis:
            others = np.arange(volume.shape[a], dtype=np.intp) * steps[a]
            low += others.reshape([-1 if b == a else 1 for b in range(3)])
    flat = np.ascontiguousarray(volume).ravel()
    first = flat.take(low)
    low += steps[axis]
    change: Field = flat.take(low)
    change -= first
    change *= place
    change += first
    return change


def moved_box(warp: Warp, box: Box, axes: Axes, margin: tuple[int, int, int]) -> Box:
    """The box of scanned voxels that holds a box of painted ones."""
    edges = [
        np.array(
            [axes[a][s.start], (axes[a][s.start] + axes[a][s.stop - 1]) / 2, axes[a][s.stop - 1]]
        )
        for a, s in enumerate(box)
    ]
    points = np.stack(np.meshgrid(*edges, indexing="ij"), axis=-1).reshape(-1, 3)
    targets = warp.target(points.astype(np.float64))
    slices = []
    for a in range(3):
        step = float(axes[a][1] - axes[a][0])
        index = (targets[:, a] - float(axes[a][0])) / step - margin[a]
        count = len(axes[a]) - 2 * margin[a]
        start = int(np.clip(np.rint(index.min()), 0, count))
        slices.append(slice(start, int(np.clip(np.rint(index.max()) + 1, start, count))))
    return Box(*slices)
