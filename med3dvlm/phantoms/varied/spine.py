"""The vertebral column from the atlas to L5 in one stroke, worn as it is with age.

All vertebrae are painted together: each slice knows the vertebra it belongs to, so that the cost is
that of one box around the column.
"""

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.anatomy import VERTEBRAE
from med3dvlm.phantoms.canvas import Box, Canvas, Field, clip01
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.tissues import Enhanced

NECK = {f"C{i}": 447.0 + 16.4 * (7 - i) for i in range(7, 0, -1)}
HEIGHTS = {**VERTEBRAE, **NECK}
NAMES = tuple(sorted(HEIGHTS, key=HEIGHTS.__getitem__))
CENTRES = np.array([HEIGHTS[name] for name in NAMES])
# Half width, half depth of a body and reach of its transverse processes, by height.
SIZE_AT = (
    (-8, 26.0, 17.5, 40.0), (99, 24.0, 17.0, 40.0), (195, 20.0, 15.5, 30.0),
    (300, 16.5, 14.5, 28.0), (411, 15.0, 12.0, 28.0), (450, 12.5, 9.5, 24.0),
    (550, 12.0, 9.0, 26.0),
)  # fmt: skip
BODY_SHARE = 0.40
CRUSHED_HU = 230.0


def draw_spine(canvas: Canvas, person: Person, acquisition: Enhanced) -> None:
    """Back muscles, vertebral bodies with cortex, discs, arches, processes and the canal."""
    draw_back_muscles(canvas, person, acquisition)
    low, high = CENTRES[0] - 18, CENTRES[-1] + 10
    first, last = np.searchsorted(canvas.z, (low, high))
    if first >= last:
        return
    z = canvas.z[first:last]
    middle = np.array([person.spine(float(height)) for height in z], np.float32)
    reach_x = float(np.ptp(middle[:, 0])) / 2 + 48
    reach_y = float(np.ptp(middle[:, 1])) / 2 + 62
    around = canvas.box(
        (float(middle[:, 0].mean()), float(middle[:, 1].mean()) + 12, 0.0), (reach_x, reach_y, 1e4)
    )
    box = Box(slice(int(first), int(last)), around.y, around.x)
    if box.empty:
        return
    column = _Column(canvas, person, z, middle, box)
    shell, core = acquisition.hu("cortex"), acquisition.hu("marrow")
    column.paint_discs(acquisition.hu("disc"))
    column.paint_bodies(shell, core)
    column.paint_arches(0.72 * shell)


def draw_back_muscles(canvas: Canvas, person: Person, acquisition: Enhanced) -> None:
    """A thick strand on each side of the spinous processes, from pelvis to head."""
    bottom, top = float(canvas.z[0]), min(float(canvas.z[-1]), 560.0)
    heights = np.linspace(max(bottom, -70) - 10, top + 10, 8)
    if heights[-1] <= heights[0]:
        return
    for side in (-1, 1):
        points, radii = [], []
        for z in heights:
            x, y = person.spine(float(z))
            size = float(np.interp(z, (-60, 40, 200, 400, 460), (17, 25, 20, 20, 19)))
            back = float(np.interp(z, (390, 450), (33, 20)))
            points.append((x + side * (size + 5), y + back, float(z)))
            radii.append(size)
        canvas.column(points, radii, acquisition.hu("muscle"))


class _Column:
    """The box around the spine with what each of its slices knows."""

    def __init__(self, canvas: Canvas, person: Person, z: Field, middle: Field, box: Box) -> None:
        self.canvas, self.box, self.person = canvas, box, person
        step = np.array(canvas.spacing_mm, np.float32)
        self.step = step
        nearest = np.abs(z[:, None] - CENTRES[None, :]).argmin(axis=1)
        gaps = np.gradient(CENTRES)
        table = np.array(SIZE_AT)
        rx, ry, self.reach = (np.interp(z, table[:, 0], table[:, i]) for i in (1, 2, 3))
        worn = 1 + 0.12 * person.worn
        self.offset = (z - CENTRES[nearest])[:, None, None]
        self.half = (BODY_SHARE * gaps[nearest])[:, None, None] * (1 + 0.08 * person.worn)
        crush = np.array([person.crushed.get(name, 0.0) for name in NAMES])
        self.crush = crush[nearest][:, None, None]
        # Worn bodies have spurs at their edges.
        edge = np.clip(np.abs(self.offset) / self.half, 0, 1) ** 4
        swell = 1 + (worn - 1 + 0.18 * person.worn) * edge
        y, x = canvas.y[box.y][None, :, None], canvas.x[box.x][None, None, :]
        self.x = x - middle[:, 0][:, None, None]
        self.y = y - middle[:, 1][:, None, None]
        self.rx, self.ry = rx[:, None, None] * swell, ry[:, None, None] * swell
        self.small = float(ry.mean())
        self.q = ((self.x / self.rx) ** 2 + (self.y / self.ry) ** 2).astype(np.float32)

    def _round(self, q: Field, radius: float) -> Field:
        edge = np.float32(0.5 * radius / self.canvas.voxel_mm)
        return clip01((1 - q) * edge + np.float32(0.5))

    def _along(self, half: NDArray[np.floating], rim: float = 0.0) -> NDArray[np.floating]:
        """Share of each voxel between the end plates; a crushed body keeps least in front."""
        depth = np.clip(self.y / self.ry, -1, 1)
        height = half * (1 - self.crush * (0.62 - 0.38 * depth))
        middle = self.offset + self.crush * half * 0.25
        return clip01((height - rim - np.abs(middle)) / self.step[0] + 0.5)

    def paint(self, coverage: NDArray[np.floating], hu: float) -> None:
        """Blend a tissue into the box."""
        self.canvas.paint(self.box, coverage.astype(np.float32), hu)

    def paint_discs(self, hu: float) -> None:
        """Discs fill the column between the bodies; the bodies are painted over them."""
        self.paint(0.96 * self._round(self.q * np.float32(1.12), self.small), hu)

    def paint_bodies(self, shell: float, core: float) -> None:
        """A thin dense shell around spongy bone."""
        dense = CRUSHED_HU * (self.crush > 0)
        whole = self._round(self.q, self.small) * self._along(self.half)
        inner = self._round(self.q * np.float32(1.3), 0.88 * self.small)
        inner = inner * self._along(self.half, 1.6)
        self.paint(whole, 0.85 * shell)
        self.canvas.paint(self.box, inner.astype(np.float32), (core + dense).astype(np.float32))

    def paint_arches(self, hu: float) -> None:
        """Arch around the canal, transverse and spinous processes, each at its part of a level."""
        back = self.ry + 8.0
        ring = (self.x / (0.72 * self.rx + 4)) ** 2 + ((self.y - back) / 14.0) ** 2
        level = np.clip(1.35 - np.abs(self.offset + 2) / (0.85 * self.half), 0, 1)
        arch = self._round(ring.astype(np.float32), 13.0)
        canal = self._round((ring * 2.1).astype(np.float32), 9.0)
        self.paint((arch - canal) * (0.45 + 0.55 * level), hu)
        self.paint(canal, 22.0)
        wing = np.abs(self.y - self.ry - 9 - 0.1 * np.abs(self.x))
        reach = self.reach[:, None, None]
        wings = clip01((4.6 - wing) / self.step[1] + 0.5)
        wings = wings * clip01((reach - np.abs(self.x)) / self.step[2] + 0.5)
        wings = wings * clip01((np.abs(self.x) - 9) / self.step[2])
        rise = clip01((6.0 - np.abs(self.offset - 2)) / self.step[0] + 0.5)
        self.paint(wings * rise, hu)
        thick = clip01((3.6 - np.abs(self.x)) / self.step[2] + 0.5)
        long = clip01((50.0 - self.y) / self.step[1] + 0.5)
        long = long * clip01((self.y - self.ry - 16) / self.step[1] + 0.5)
        drop = clip01((9.0 - np.abs(self.offset + 6)) / self.step[0] + 0.5)
        self.paint(thick * long * drop, hu)
