"""Findings of the pleura: fluid and air around a lung."""

import numpy as np

from med3dvlm.phantoms.canvas import Box, clip01
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, side_of

FLUID_HU = 8.0


def _draw_effusion(scene: Scene, finding: Finding) -> list[Box]:
    sides = ("right", "left") if finding.place == "both sides" else (finding.place.split()[0],)
    boxes = []
    for side in sides:
        box, lung = scene.lungs[side]
        if box.empty:
            continue
        z, y, x = scene.canvas.axes(box)
        sign = -1 if side == "right" else 1
        dome = scene.anatomy.dome_mm[0 if sign < 0 else 1]
        # Fluid lies behind a curved level that falls towards the apex and rises along the wall.
        level = 84 - 1.05 * finding.size_mm + 0.22 * (z - dome) - 0.22 * (sign * x - 76)
        fluid = clip01((y - level) / np.float32(scene.canvas.spacing_mm[1]) + 0.5)
        coverage = (fluid * lung).astype(np.float32)
        scene.canvas.paint(box, coverage, FLUID_HU)
        boxes.append(_tight(box, coverage))
    return boxes


def _draw_pneumothorax(scene: Scene, finding: Finding) -> list[Box]:
    box, lung = scene.lungs[finding.place.split()[0]]
    if box.empty:
        return []
    sign = side_of(finding.place)
    canvas = scene.canvas
    # What is left of the lung shrinks towards the hilum.
    shrink = 1 - finding.size_mm / 150
    center = (sign * 52.0, 18.0, 312.0)
    radii = (66 * shrink, 92 * shrink, 128 * shrink)
    z, y, x = canvas.axes(box)
    q = ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2
    q = q + ((z - center[2]) / radii[2]) ** 2
    edge = np.float32(0.5 * min(radii) / canvas.voxel_mm)
    kept = clip01((1 - q) * edge + np.float32(0.5))
    film = clip01(1 - np.abs(q - 1) * np.float32(0.5 * min(radii) / max(3.0, canvas.voxel_mm)))
    free = lung * (1 - kept)
    canvas.paint(box, free, -995.0)
    canvas.paint(box, lung * kept * np.float32(0.8), -180.0)
    canvas.paint(box, lung * film * np.float32(0.8), -60.0)
    return [_tight(box, free)]


def _tight(box: Box, coverage: np.ndarray) -> Box:
    """The part of a box that is actually covered."""
    tight = []
    for axis, old in enumerate(box):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero((coverage > 0.5).any(axis=others))
        if hit.size == 0:
            return box
        tight.append(slice(old.start + int(hit[0]), old.start + int(hit[-1]) + 1))
    return Box(*tight)


EFFUSION = Kind(
    name="pleural effusion",
    regions=("chest",),
    organ="pleura",
    size_mm=(24, 80),
    draw=_draw_effusion,
    places=("right side", "left side", "both sides"),
    names=("pleural effusion", "pleural fluid", "hydrothorax"),
    sentences=(
        "{name} on {where}, {n} mm deep.",
        "There is a {size} {name} on {where} with a depth of {n} mm.",
        "Dependent {name} on {where} measures {n} mm in depth.",
    ),
    impressions=("{name} on {where}", "{size} {name}, {place}"),
)
PNEUMOTHORAX = Kind(
    name="pneumothorax",
    regions=("chest",),
    organ="pleura",
    size_mm=(20, 65),
    draw=_draw_pneumothorax,
    places=("right side", "left side"),
    names=("pneumothorax", "air in the pleural space", "collapsed lung"),
    sentences=(
        "{name} on {where}, {n} mm wide.",
        "There is a {size} {name} on {where}, {n} mm at its widest.",
        "A visible pleural line marks a {name} on {where} of {n} mm.",
    ),
    impressions=("{name} on {where}", "{size} {name}, {place}"),
)
