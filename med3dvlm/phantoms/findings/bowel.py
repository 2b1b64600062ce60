"""Findings of bowel and peritoneum."""

import numpy as np

from med3dvlm.phantoms.abdomen import draw_hollow
from med3dvlm.phantoms.anatomy import Organ
from med3dvlm.phantoms.canvas import Box, Lumps, clip01
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene

FLUID_HU = 9.0


def _draw_ascites(scene: Scene, finding: Finding) -> list[Box]:
    """Fluid replaces fat along the wall: flanks, around liver and spleen, pelvis."""
    canvas = scene.canvas
    box = canvas.box((0, 0, 60), (150, 100, 175))
    if box.empty:
        return []
    z, y, x = canvas.axes(box)
    hu = canvas.hu[box]
    fat = clip01((-hu - np.float32(70)) / 25) * (hu > -180)
    from_middle = np.hypot(x / 128, (y + 4) / 88).astype(np.float32)
    near_wall = clip01((from_middle - (0.88 - finding.size_mm / 160)) * 9)
    low = clip01((-40 - z) / 30 + finding.size_mm / 70 - 0.4)
    front = clip01((34 - y) / 8)
    coverage = fat * np.maximum(near_wall, low * 0.9) * front * scene.inside[box]
    canvas.paint(box, coverage.astype(np.float32), FLUID_HU)
    return [box]


def _draw_obstruction(scene: Scene, finding: Finding) -> list[Box]:
    r = finding.size_mm / 2
    boxes = []
    wall = (2.6, scene.acquisition.hu("bowel wall"))
    for i in range(6):
        x = (-58, 0, 56, -30, 30, 0)[i] + float(scene.rng.uniform(-6, 6))
        z = (48, 62, 44, 8, 6, -30)[i] + float(scene.rng.uniform(-6, 6))
        loop = Organ(
            (x, -34.0, z),
            (r * 1.35, r, r),
            float(scene.rng.normal(0, 0.35)),
            Lumps(0.08, 2.0, float(i)),
        )
        boxes.append(
            draw_hollow(scene.canvas, loop, wall, level=-0.05, fluid_hu=18.0, inside=scene.inside)
        )
    return boxes


def _draw_free_air(scene: Scene, finding: Finding) -> list[Box]:
    """Gas under the anterior abdominal wall."""
    canvas = scene.canvas
    box = canvas.box((0, -60, 120), (80, 50, 110))
    if box.empty:
        return []
    z, y, x = canvas.axes(box)
    covered = scene.inside[box]
    front = -86 * scene.anatomy.girth + finding.size_mm
    level = front - 0.002 * x * x - 0.0006 * (z - 120) ** 2
    gas = clip01((level - y) / np.float32(canvas.spacing_mm[1]) + 0.5)
    gas = gas * covered
    canvas.paint(box, gas.astype(np.float32), -985.0)
    hit = np.flatnonzero((gas > 0.5).any(axis=(0, 2)))
    if hit.size == 0:
        return [box]
    return [Box(box.z, slice(box.y.start, box.y.start + int(hit[-1]) + 1), box.x)]


ASCITES = Kind(
    name="ascites",
    regions=("abdomen", "pelvis"),
    organ="peritoneum",
    size_mm=(14, 46),
    draw=_draw_ascites,
    names=("ascites", "free abdominal fluid", "peritoneal fluid"),
    sized=False,
    sentences=(
        "There is a {size} {name}.",
        "{size} {name} along the flanks.",
        "{name}, {size} in amount.",
    ),
    impressions=("{name}", "{size} {name}"),
)
OBSTRUCTION = Kind(
    name="bowel obstruction",
    regions=("abdomen",),
    organ="small bowel",
    size_mm=(38, 55),
    draw=_draw_obstruction,
    names=("bowel obstruction", "small bowel obstruction", "ileus"),
    sentences=(
        "Dilated loops of up to {n} mm with air-fluid levels, {name}.",
        "{name} with loops measuring {n} mm.",
        "There is a {name}; the bowel is {n} mm wide.",
    ),
    impressions=("{name}", "{name} with {n} mm loops"),
)
FREE_AIR = Kind(
    name="free air",
    regions=("abdomen",),
    organ="peritoneum",
    size_mm=(14, 45),
    draw=_draw_free_air,
    names=("free air", "pneumoperitoneum", "free intraperitoneal gas"),
    sentences=(
        "There is a {name} under the anterior wall, {n} mm deep.",
        "{name} in front of the liver, {n} mm.",
        "{size} {name}, {n} mm deep.",
    ),
    impressions=("{name}", "{size} {name}"),
)
