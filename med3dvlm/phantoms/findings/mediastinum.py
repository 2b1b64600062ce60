"""Findings of heart and mediastinum."""

import numpy as np

from med3dvlm.phantoms.canvas import Box, Lumps, clip01
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, near


def _draw_pericardial(scene: Scene, finding: Finding) -> list[Box]:
    heart = scene.anatomy.organs["heart"]
    x, y, z = (r + 2 + finding.size_mm for r in heart.radii)
    box, q = scene.canvas.distance(heart.center, (x, y, z), tilt=heart.tilt)
    if box.empty:
        return []
    outer = clip01((1 - q) * np.float32(0.5 * y / scene.canvas.voxel_mm) + np.float32(0.5))
    inner_box, inner = scene.canvas.ellipsoid(
        heart.center,
        (x - finding.size_mm, y - finding.size_mm, z - finding.size_mm),
        tilt=heart.tilt,
    )
    ring = np.zeros(scene.canvas.shape, np.float32)
    ring[box] = outer
    ring[inner_box] *= 1 - inner
    scene.canvas.paint(box, ring[box], 10.0)
    scene.canvas.shell(heart.center, (x + 1.5, y + 1.5, z + 1.5), 1.8, 45, tilt=heart.tilt)
    return [box]


def _draw_mediastinal_mass(scene: Scene, finding: Finding) -> list[Box]:
    r = finding.size_mm / 2
    center = near(scene.rng, (2, -56, 352), (9, 4, 9))
    hu = scene.acquisition.hu("soft mass") - 4
    lumps = Lumps(0.35, 2.6, float(scene.rng.uniform(0, 6)))
    return [scene.canvas.blob(center, (r, r * 0.8, r), hu, lumps=lumps)]


PERICARDIAL = Kind(
    name="pericardial effusion",
    regions=("chest",),
    organ="heart",
    size_mm=(9, 26),
    draw=_draw_pericardial,
    names=("pericardial effusion", "pericardial fluid", "fluid around the heart"),
    sentences=(
        "{name} of {n} mm surrounds the heart.",
        "There is a {size} {name}, {n} mm thick.",
        "The heart lies in a {name} measuring {n} mm.",
    ),
    impressions=("{name}", "{size} {name}"),
)
MEDIASTINAL_MASS = Kind(
    name="mediastinal mass",
    regions=("chest",),
    organ="mediastinum",
    size_mm=(32, 75),
    draw=_draw_mediastinal_mass,
    names=("mediastinal mass", "anterior mediastinal tumor", "mediastinal tumor"),
    sentences=(
        "A lobulated {name} measures {n} mm.",
        "There is a {n} mm {name} in front of the great vessels.",
        "{n} mm {name} behind the sternum.",
    ),
    impressions=("{name}", "{n} mm {name}"),
)
