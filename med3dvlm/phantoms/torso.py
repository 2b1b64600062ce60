"""Draws the trunk: skin, fat, muscle, ribs, spine and shoulder girdle."""

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms.acquisition import Acquisition
from med3dvlm.phantoms.anatomy import VERTEBRAE, Anatomy
from med3dvlm.phantoms.canvas import AIR_HU, Canvas, Field, Point, clip01, soft

FAT_HU, DEEP_FAT_HU, SKIN_HU = -102.0, -108.0, 15.0
CORTEX_HU, MARROW_HU, DISC_HU = 620.0, 190.0, 85.0
CARTILAGE_HU = 110.0

# Half width and half depth of the muscular trunk (mm) at heights z.
HEIGHT_MM = (-200, -120, -40, 60, 150, 250, 330, 400, 450)
HALF_WIDTH_MM = (160, 168, 150, 138, 146, 154, 152, 142, 118)
HALF_DEPTH_MM = (102, 110, 100, 92, 98, 106, 104, 90, 70)
WALL = 0.885  # radius of the body cavity relative to the muscular trunk
SQUARENESS = 0.30

LEVELS = 768
TOP = 3.0


def draw_trunk(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> Field:
    """Draw skin to cavity; returns each voxel's share of cavity, [z, y, x] in [0, 1]."""
    levels = _radius_levels(canvas, anatomy)
    radius = np.sqrt(np.arange(LEVELS, dtype=np.float32) * (TOP / (LEVELS - 1)))
    tissue, cavity = _layers(radius, anatomy, acquisition, canvas.voxel_mm)
    np.take(tissue, levels, out=canvas.hu, mode="clip")
    inside: Field = np.take(cavity, levels, mode="clip")
    _draw_ribs(canvas, levels)
    return inside


def _radius_levels(canvas: Canvas, anatomy: Anatomy) -> NDArray[np.intp]:
    """Squared radius relative to the muscular trunk, in LEVELS steps from 0 to TOP."""
    width = (np.interp(canvas.z, HEIGHT_MM, HALF_WIDTH_MM) * anatomy.girth).astype(np.float32)
    depth = (np.interp(canvas.z, HEIGHT_MM, HALF_DEPTH_MM) * anatomy.girth).astype(np.float32)
    scale = np.float32((LEVELS - 1) / TOP)
    u = (canvas.x[None, :] / width[:, None]) ** 2 * scale
    v = (canvas.y[None, :] / depth[:, None]) ** 2 * scale
    # A flatter back: the rear half is a little squarer than the front.
    square = np.where(canvas.y > 0, SQUARENESS * 1.3, SQUARENESS).astype(np.float32)
    q = u[:, None, :] * (1 - square[None, :, None] * v[:, :, None] / scale)
    q += v[:, :, None]
    return np.minimum(q, LEVELS - 1, out=q).astype(np.intp)


def _layers(
    radius: Field, anatomy: Anatomy, acquisition: Acquisition, voxel_mm: float
) -> tuple[Field, Field]:
    """Tissue HU and cavity share by radius, both blurred over a voxel."""
    mean_mm = 125.0 * anatomy.girth
    skin = 1 + anatomy.fat_mm / mean_mm
    edges = (WALL, 1.0, skin, skin + 2.5 / mean_mm)
    values = (DEEP_FAT_HU, acquisition.hu("muscle"), FAT_HU, SKIN_HU, AIR_HU)
    fine = np.linspace(0, float(radius[-1]), 4 * LEVELS)
    hard = np.array(values)[np.digitize(fine, edges)]
    step = fine[1] - fine[0]
    half = max(1, round(voxel_mm / mean_mm / step / 2))
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    softened = np.convolve(np.pad(hard, half, mode="edge"), kernel, mode="valid")
    tissue = np.interp(radius, fine, softened).astype(np.float32)
    cavity = np.clip((WALL - radius) * mean_mm / voxel_mm + 0.5, 0, 1).astype(np.float32)
    return tissue, cavity


def _draw_ribs(canvas: Canvas, levels: NDArray[np.intp]) -> None:
    """Ribs slope forward and down inside the chest wall; their front ends are cartilage."""
    low, high = (int(r * r / TOP * (LEVELS - 1)) for r in (WALL - 0.035, 0.965))
    first = int(np.searchsorted(canvas.z, 95.0))
    if first >= len(canvas.z):
        return
    part = levels[first:]
    z_index, y_index, x_index = np.nonzero((part > low) & (part < high))
    z, y, x = canvas.z[first + z_index], canvas.y[y_index], canvas.x[x_index]
    cosine = y / np.sqrt(x * x + y * y)
    height = z + 46.0 * (1 - cosine)
    pitch = 27.0
    offset = np.abs((height % pitch) - pitch / 2)
    depth = np.sqrt(part[z_index, y_index, x_index] * (TOP / (LEVELS - 1)))
    across = np.abs(depth - (WALL + 0.965 - 0.035) / 2) * 125.0
    distance = (offset / 6.5) ** 2 + (across / 5.5) ** 2
    coverage = soft(distance.astype(np.float32), 5.5, canvas.voxel_mm)
    coverage *= (height < 440) & (height > 172)
    bone = np.where(distance > 0.45, CORTEX_HU, MARROW_HU + 40)
    rib = np.where(cosine < -0.72, CARTILAGE_HU, bone).astype(np.float32)
    coverage *= np.where(cosine < -0.93, 0.0, 1.0)
    target = canvas.hu[first:]
    old = target[z_index, y_index, x_index]
    target[z_index, y_index, x_index] = old + coverage * (rib - old)


def draw_spine(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Back muscles, vertebrae, discs, canal and posterior elements."""
    muscle = acquisition.hu("muscle")
    bottom, top = float(canvas.z[0]), float(canvas.z[-1])
    steps = np.linspace(max(bottom, -60) - 10, top + 10, 6)
    for side in (-1, 1):
        points = []
        for z in steps:
            x, y = anatomy.spine(float(z))
            points.append((x + side * 31, y + 36, float(z)))
        canvas.column(points, [23.0] * len(points), muscle)
    for name, z in VERTEBRAE.items():
        if bottom - 40 < z < top + 40:
            _draw_vertebra(canvas, anatomy, name, z)


def _draw_vertebra(canvas: Canvas, anatomy: Anatomy, name: str, z: float) -> None:
    x, y = anatomy.spine(z)
    lumbar = name.startswith("L")
    rx, ry = (24.0, 17.0) if lumbar else (17.0 + 3 * (z < 250), 14.5)
    space = 35.0 if lumbar else 25.0 + 5 * (z < 250)
    half = 0.40 * space
    crush = anatomy.crushed.get(name, 0.0)
    draw_disc(canvas, (x, y, z + space / 2), (0.93 * rx, 0.93 * ry, 0.14 * space), DISC_HU)
    dense = 230.0 if crush else 0.0
    core = (2.4, MARROW_HU + dense)
    draw_disc(canvas, (x, y, z), (rx, ry, half), CORTEX_HU + dense, crush=crush, core=core)
    back = y + ry
    reach = 38 if lumbar else 30
    canvas.blob((x, back + 15, z + 3), (reach, 4.5, 5.0), CORTEX_HU * 0.7)
    arch = (18.0, 15.0, 0.42 * space)
    box, q = canvas.distance((x, back + 9, z), arch)
    canvas.paint(box, soft(q, 15.0, canvas.voxel_mm), CORTEX_HU * 0.75)
    canvas.paint(box, canvas.rings(q, arch, 5.0), 18)
    canvas.tube([(x, back + 22, z - 3), (x, back + 44, z - 14)], [3.6, 3.8], CORTEX_HU * 0.75)


def draw_disc(
    canvas: Canvas,
    center: Point,
    radii: Point,
    hu: float,
    *,
    crush: float = 0.0,
    core: tuple[float, float] | None = None,
) -> None:
    """A flat-ended elliptic cylinder along z.

    Args:
        canvas: what to paint on.
        center: (x, y, z) in mm.
        radii: half axes along x, y and half height, in mm.
        hu: tissue.
        crush: share of anterior height that is lost, as in a wedge fracture.
        core: rim in mm and HU inside it, for cortex around marrow.
    """
    rx, ry, half = radii
    sz, sy, sx = canvas.spacing_mm
    box = canvas.box(center, (rx + sx, ry + sy, half + sz))
    if box.empty:
        return
    z, y, x = canvas.axes(box)
    u, v = (x - center[0]) / rx, (y - center[1]) / ry
    q = u * u + v * v
    # Front is towards negative y: there a crushed body keeps the least of its height.
    height = half * (1 - crush * (0.62 - 0.38 * np.clip(v, -1, 1))) if crush else half
    off = np.abs(z - (center[2] - crush * half * 0.25))
    tissues = [(0.0, hu)] if core is None else [(0.0, hu), core]
    for inset, tissue in tissues:
        around = canvas.rings(q, (rx, ry, ry), inset)
        along = clip01((height - 0.7 * inset - off) * np.float32(1 / sz) + np.float32(0.5))
        canvas.paint(box, around * along, tissue)


def draw_shoulders(canvas: Canvas, anatomy: Anatomy, acquisition: Acquisition) -> None:
    """Sternum, clavicles and scapulae, as far as the scan includes them."""
    if canvas.z[-1] < 240:
        return
    cortex, marrow = acquisition.hu("cortex"), acquisition.hu("marrow")
    front = float(np.interp(300, HEIGHT_MM, HALF_DEPTH_MM)) * anatomy.girth
    canvas.column(
        [(0, -front * 0.92, 262), (0, -front * 0.93, 330), (0, -front * 0.86, 392)],
        [7.5, 8.0, 10.0],
        marrow + 60,
    )
    for side in (-1, 1):
        canvas.tube(
            [
                (side * 12, -front * 0.82, 398),
                (side * 70, -front * 0.55, 416),
                (side * 125, -10, 425),
            ],
            [6.5, 6.0, 6.5],
            cortex * 0.7,
        )
        blade = [(side * 128, 52, 420), (side * 104, 86, 372), (side * 92, 92, 300)]
        for a, b in ((372, 0.30), (330, 0.25)):
            canvas.blob((side * 98, 84, a), (24, 9, 40), acquisition.hu("muscle"), tilt=b * side)
        canvas.tube(blade, [4.2, 3.4, 3.2], cortex * 0.7)


def draw_table(canvas: Canvas, anatomy: Anatomy) -> None:
    """A light, curved table top behind the patient."""
    behind = (112 * anatomy.girth + anatomy.fat_mm) + 8
    shape = behind + 0.0009 * canvas.x**2 * -1
    distance = np.abs(canvas.y[:, None] - shape[None, :])
    coverage = np.clip((3.0 - distance) / canvas.spacing_mm[1] + 0.5, 0, 1)
    coverage *= (np.abs(canvas.x) < 185)[None, :]
    rows = np.flatnonzero(coverage.any(axis=1))
    if rows.size:
        part = canvas.hu[:, rows[0] : rows[-1] + 1]
        empty = part < -900
        part += empty * coverage[None, rows[0] : rows[-1] + 1].astype(np.float32) * 220.0
