"""The outline of the trunk: skin, fat, the wall of muscle and ribs, breasts.

inside = draw_trunk(canvas, person, acquisition)     # share of each voxel in the body cavity
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.canvas import Box, Canvas, Field, Lumps, clip01
from med3dvlm.phantoms.texture import cloud_bank, crop
from med3dvlm.phantoms.varied.person import Person
from med3dvlm.phantoms.varied.tissues import Enhanced

# Outline of the muscles at heights z: half width, front and back, mm.
HEIGHT_MM = (
    -260, -200, -150, -110, -60, -20, 30, 90, 150, 210, 270, 330, 380, 408, 428, 446, 466, 486, 520,
)  # fmt: skip
HALF_WIDTH_MM = (
    174, 174, 175, 173, 162, 150, 140, 140, 146, 151, 155, 160, 168, 172, 168, 138, 88, 66, 60,
)  # fmt: skip
FRONT_MM = (
    -72, -80, -90, -94, -93, -92, -88, -89, -96, -101, -104, -100, -90, -78, -66, -58, -54, -54,
    -56,
)  # fmt: skip
BACK_MM = (
    90, 98, 106, 108, 102, 98, 100, 104, 107, 109, 110, 111, 108, 103, 96, 86, 76, 68, 62,
)  # fmt: skip
# The cavity's share of that outline: above, the muscles of the shoulders lie around it.
WALL_AT = ((200, 1.0), (270, 0.97), (330, 0.91), (380, 0.76), (410, 0.63), (440, 0.5))
# How much of the flank's fat lies at each height, and how square the outline is.
FAT_SHARE_AT = ((-200, 0.9), (-60, 1.1), (60, 1.0), (180, 0.8), (300, 0.65), (420, 0.45))
SQUARE_AT = ((-200, 0.45), (0, 0.35), (120, 0.22), (260, 0.24), (380, 0.42))
CROTCH_MM = -168.0
# Mean radius of the muscles, which turns shares of it into mm, and the skin's thickness.
MEAN_MM, SKIN_MM = 118.0, 2.5
RIB_PITCH_MM, RIBS_MM = 27.0, (186.0, 455.0)


def draw_trunk(canvas: Canvas, person: Person, acquisition: Enhanced) -> Field:
    """Skin to cavity over what is already there; returns the share that lies in the cavity."""
    muscles = _squared_radius(canvas, person, fat=False)
    wall = wall_at(canvas.z, person)[:, None, None]
    fat, muscle = np.float32(acquisition.hu("fat")), np.float32(acquisition.hu("muscle"))
    painted = _within(muscles, 1.0, MEAN_MM / canvas.voxel_mm)
    painted *= muscle - fat
    painted += fat
    inside = _within(muscles, wall, MEAN_MM / canvas.voxel_mm)
    inside *= clip01((canvas.z - CROTCH_MM) / 12)[:, None, None]
    painted += inside * (np.float32(acquisition.hu("deep fat")) - painted)
    _blend_into_air(canvas, person, acquisition, painted)
    _draw_ribs(canvas, person, acquisition, muscles)
    return inside


def wall_at(z: Field, person: Person) -> Field:
    """Radius of the cavity relative to the muscles around it, by height."""
    wall: Field = _interpolated(z, WALL_AT).astype(np.float32)
    return wall * np.float32(person.wall)


def _interpolated(z: Field, points: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    at, values = zip(*points, strict=True)
    return np.asarray(np.interp(z, at, values))


def _within(squared: Field, radius: float | Field, edge: float) -> Field:
    """Share of each voxel nearer than `radius`; `edge` is voxels per unit of radius."""
    share = np.float32(radius) ** 2 if isinstance(radius, float) else radius * radius
    covered = share - squared
    covered *= np.float32(0.5 * edge) / np.sqrt(share)
    covered += np.float32(0.5)
    return clip01(covered)


def _squared_radius(canvas: Canvas, person: Person, *, fat: bool) -> Field:
    """Squared distance from the middle, 1 at the muscles' outline or (with `fat`) at the skin."""
    z = canvas.z
    width = np.interp(z, HEIGHT_MM, HALF_WIDTH_MM) * person.girth
    front, back = np.interp(z, HEIGHT_MM, FRONT_MM), np.interp(z, HEIGHT_MM, BACK_MM)
    if fat:
        share = _interpolated(z, FAT_SHARE_AT)
        width = width + person.fat.side_mm * share
        front = front - person.fat.front_mm * share
        back = back + person.fat.back_mm * share
    center, depth = (front + back) / 2, (back - front) / 2
    square = _interpolated(z, SQUARE_AT).astype(np.float32)
    u = ((canvas.x[None, :] / width[:, None]) ** 2).astype(np.float32)
    v = (((canvas.y[None, :] - center[:, None]) / depth[:, None]) ** 2).astype(np.float32)
    q: Field = u[:, None, :] * (1 - square[:, None, None] * v[:, :, None])
    q += v[:, :, None]
    return q


def _blend_into_air(canvas: Canvas, person: Person, acquisition: Enhanced, painted: Field) -> None:
    """Paint the body over what was there (air, arms), with a line of skin."""
    q = _squared_radius(canvas, person, fat=True)
    mean = 130 + 0.5 * person.fat.side_mm
    cover = _within(q, 1.0, mean / canvas.voxel_mm)
    skin = _within(q, 1 - SKIN_MM / mean, mean / canvas.voxel_mm)
    np.subtract(cover, skin, out=skin)
    skin *= np.float32(acquisition.hu("skin") - acquisition.hu("fat"))
    painted += skin
    cover *= clip01((canvas.z - CROTCH_MM + 6) / 12)[:, None, None]
    canvas.paint(Box(slice(None), slice(None), slice(None)), cover, painted)


def draw_breasts(
    canvas: Canvas, person: Person, acquisition: Enhanced, rng: np.random.Generator
) -> None:
    """Fat with strands of gland, in front of the chest wall; drawn before the trunk."""
    if canvas.z[-1] < 225 or not person.female:
        return
    size = float(rng.uniform(0.7, 1.15)) * (0.8 + person.fat.side_mm / 100)
    flat = float(rng.uniform(0.5, 1.0))
    gland = float(rng.uniform(-1.0, 0.6)) - max(person.age - 50, 0) * 0.02
    for side in (-1, 1):
        center = (side * 80.0 * person.girth, -90.0 - 0.5 * person.fat.front_mm, 292.0)
        box, coverage = canvas.ellipsoid(
            center, (70 * size, 42 * size * flat, 60 * size), lumps=Lumps(0.12, 2.0, float(side))
        )
        if box.empty:
            continue
        texture = crop(cloud_bank(), coverage.shape, rng)
        fat = np.float32(acquisition.hu("fat"))
        hu = fat + clip01(0.8 * texture + np.float32(gland)) * np.float32(120)
        canvas.paint(box, coverage, hu)


def _draw_ribs(canvas: Canvas, person: Person, acquisition: Enhanced, muscles: Field) -> None:
    """Ribs slope forward and down in the wall; in front they go over into cartilage."""
    first, last = (int(np.searchsorted(canvas.z, z)) for z in (95.0, 438.0))
    part, wall = muscles[first:last], wall_at(canvas.z[first:last], person)
    low, high = (wall - 0.02)[:, None, None], (wall + 0.085)[:, None, None]
    z_index, y_index, x_index = np.nonzero((part > low * low) & (part < high * high))
    if z_index.size == 0:
        return
    z, y, x = canvas.z[first + z_index], canvas.y[y_index], canvas.x[x_index]
    cosine = y / np.sqrt(x * x + y * y)
    height = z + np.float32(46 + 20 * person.build[1]) * (1 - cosine)
    offset = np.abs((height % RIB_PITCH_MM) - RIB_PITCH_MM / 2)
    radius = np.sqrt(part[z_index, y_index, x_index])
    across = np.abs(radius - wall[z_index] - np.float32(0.03)) * np.float32(MEAN_MM)
    distance = (offset / 5.6) ** 2 + (across / 4.4) ** 2
    coverage = clip01((1 - distance) * np.float32(2.4 / canvas.voxel_mm) + np.float32(0.5))
    coverage *= (height < RIBS_MM[1]) & (height > RIBS_MM[0]) & (cosine > -0.955)
    shell, core = acquisition.hu("cortex"), acquisition.hu("marrow") + 60
    bone = np.where(distance > 0.3, np.float32(shell), np.float32(core))
    rib = np.where(cosine < -0.74, np.float32(acquisition.hu("cartilage")), bone)
    target = canvas.hu[first:last]
    old = target[z_index, y_index, x_index]
    target[z_index, y_index, x_index] = old + coverage * (rib - old)
