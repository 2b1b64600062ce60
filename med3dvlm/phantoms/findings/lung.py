"""Findings of the lungs."""

import numpy as np

from med3dvlm.phantoms.canvas import Box, Lumps, Point
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, near, side_of
from med3dvlm.phantoms.texture import cloud_bank, crop, thread_bank

LOBES: dict[str, Point] = {
    "right upper lobe": (-76, -12, 374),
    "right middle lobe": (-84, -64, 304),
    "right lower lobe": (-88, 52, 294),
    "left upper lobe": (78, -26, 366),
    "left lower lobe": (90, 50, 286),
}


def _draw_nodule(scene: Scene, finding: Finding) -> list[Box]:
    center = near(scene.rng, LOBES[finding.place], (12, 12, 13))
    r = finding.size_mm / 2
    lumps = Lumps(0.30, 3.4, float(scene.rng.uniform(0, 6)))
    hu = scene.acquisition.hu("soft mass")
    for _ in range(5):
        way = scene.rng.normal(0, 1, 3)
        way *= (r + 5) / np.linalg.norm(way)
        tip = (center[0] + float(way[0]), center[1] + float(way[1]), center[2] + float(way[2]))
        scene.canvas.tube([center, tip], [2.4, 1.0], -250)
    return [scene.canvas.blob(center, (r, r * 0.95, r * 0.95), hu, lumps=lumps)]


def _draw_consolidation(scene: Scene, finding: Finding) -> list[Box]:
    center = near(scene.rng, LOBES[finding.place], (6, 8, 8))
    r = finding.size_mm / 2
    side = "right" if side_of(finding.place) < 0 else "left"
    lung_box, lung = scene.lungs[side]
    box, coverage = scene.canvas.ellipsoid(
        center, (r * 0.92, r, r * 1.1), lumps=Lumps(0.45, 2.6, float(scene.rng.uniform(0, 6)))
    )
    if box.empty:
        return []
    clip = np.zeros(scene.canvas.shape, np.float32)
    clip[lung_box] = lung
    bronchi = crop(thread_bank(), coverage.shape, scene.rng)
    patches = crop(cloud_bank(), coverage.shape, scene.rng)
    hu = 32 + 16 * patches - 760 * np.clip(bronchi - 0.35, 0, 1)
    scene.canvas.paint(box, 0.94 * coverage * clip[box], hu.astype(np.float32))
    return [box]


NODULE = Kind(
    name="lung nodule",
    regions=("chest",),
    organ="lung",
    size_mm=(14, 42),
    draw=_draw_nodule,
    places=tuple(LOBES),
    names=("lung nodule", "pulmonary nodule", "lung mass"),
    sentences=(
        "There is a {n} mm {name} in {where}.",
        "A solid {name} in {where} measures {n} mm.",
        "{n} mm spiculated {name} of {where}.",
    ),
    impressions=("{name} in {where}", "{name}, {place}"),
)
CONSOLIDATION = Kind(
    name="consolidation",
    regions=("chest",),
    organ="lung",
    size_mm=(50, 90),
    draw=_draw_consolidation,
    places=("right upper lobe", "right lower lobe", "left upper lobe", "left lower lobe"),
    names=("consolidation", "airspace opacity", "pneumonia"),
    sentences=(
        "{name} in {where} spans {n} mm, with air bronchograms.",
        "{Where} shows a {name} over {n} mm.",
        "There is patchy {name} of {where}, {n} mm across.",
    ),
    impressions=("{name} in {where}", "{name}, {place}"),
)
