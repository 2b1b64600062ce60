"""Findings of the pelvis."""

import numpy as np

from med3dvlm.phantoms.canvas import Box, Lumps
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, side_of
from med3dvlm.phantoms.pelvis import iliac_point

STONE_HU, CYST_HU, METAL_HU = 1150.0, 6.0, 3000.0


def _draw_bladder_stone(scene: Scene, finding: Finding) -> list[Box]:
    bladder = scene.anatomy.organs["bladder"]
    r = finding.size_mm / 2
    x, y, z = bladder.at(float(scene.rng.uniform(-0.25, 0.25)), 0.0, -0.1)
    y = bladder.center[1] + bladder.radii[1] - r - 1
    scene.canvas.blob((x, y, z), (r + 4, r + 4, r + 4), 10)
    scene.canvas.blob((x, y, z), (r, r * 0.85, r * 0.9), STONE_HU)
    return [scene.canvas.box((x, y, z), (r, r, r))]


def _draw_bladder_mass(scene: Scene, finding: Finding) -> list[Box]:
    bladder = scene.anatomy.organs["bladder"]
    side = side_of(finding.place)
    r = finding.size_mm / 2
    reach = 1 - 0.55 * r / bladder.radii[0]
    center = bladder.at(side * reach, 0.05, float(scene.rng.uniform(-0.15, 0.15)))
    lumps = Lumps(0.35, 3.0, float(scene.rng.uniform(0, 6)))
    hu = scene.acquisition.hu("soft mass") + 14
    return [scene.canvas.blob(center, (r, r, r), hu, lumps=lumps)]


def _draw_adnexal_cyst(scene: Scene, finding: Finding) -> list[Box]:
    side = side_of(finding.place)
    r = finding.size_mm / 2
    center = (side * (40.0 + 0.25 * r), 2.0, -66.0 + float(scene.rng.uniform(-6, 6)))
    scene.canvas.blob(center, (r + 2, r + 2, r + 2), 48)
    return [scene.canvas.blob(center, (r, r, r), CYST_HU)]


def _draw_bone_lesion(scene: Scene, finding: Finding) -> list[Box]:
    side = side_of(finding.place)
    r = finding.size_mm / 2
    center = iliac_point(side, float(scene.rng.uniform(-0.4, 0.3)), 0.62)
    lumps = Lumps(0.30, 2.8, float(scene.rng.uniform(0, 6)))
    hu = scene.acquisition.hu("soft mass")
    return [scene.canvas.blob(center, (r, r, r), hu, lumps=lumps)]


def _draw_hip_prosthesis(scene: Scene, finding: Finding) -> list[Box]:
    side = side_of(finding.place)
    canvas = scene.canvas
    hip = (side * 88.0, 8.0, -104.0)
    canvas.shell(hip, (29, 29, 29), 4.0, METAL_HU)
    canvas.blob(hip, (18, 18, 18), METAL_HU)
    canvas.tube([hip, (side * 116, 13, -130), (side * 124, 12, -205)], [8.0, 9.0, 6.0], METAL_HU)
    box = canvas.box((side * 100, 9, -118), (46, 30, 40))
    _draw_streaks(scene, hip)
    return [box]


def _draw_streaks(scene: Scene, metal: tuple[float, float, float]) -> None:
    """Bright and dark streaks in slices that contain metal."""
    canvas = scene.canvas
    box = canvas.box(metal, (150, 120, 30))
    if box.empty:
        return
    z, y, x = canvas.axes(box)
    dx, dy = x - metal[0], y - metal[1]
    distance = np.hypot(dx, dy) + 12
    rays = np.cos(14 * np.arctan2(dy, dx)) * np.exp(-(((z - metal[2]) / 18) ** 2))
    body = canvas.hu[box] > -300
    canvas.hu[box] += (body * rays * (2600 / distance)).astype(np.float32)


BLADDER_STONE = Kind(
    name="bladder stone",
    regions=("pelvis",),
    organ="bladder",
    size_mm=(14, 34),
    draw=_draw_bladder_stone,
    names=("bladder stone", "vesical calculus", "bladder calculus"),
    sentences=(
        "There is a {n} mm {name}.",
        "A {name} of {n} mm lies in the dependent bladder.",
        "{name}, {n} mm.",
    ),
    impressions=("{name}", "{n} mm {name}"),
)
BLADDER_MASS = Kind(
    name="bladder mass",
    regions=("pelvis",),
    organ="bladder",
    size_mm=(26, 48),
    draw=_draw_bladder_mass,
    places=("right bladder wall", "left bladder wall"),
    names=("bladder mass", "bladder tumor", "polypoid lesion of the bladder"),
    sentences=(
        "A {name} of {n} mm arises from {where}.",
        "There is a {n} mm {name} at {where}.",
        "{name} of {where}, {n} mm.",
    ),
    impressions=("{name}, {place}", "{name} of {where}"),
)
ADNEXAL_CYST = Kind(
    name="adnexal cyst",
    regions=("pelvis",),
    organ="ovary",
    size_mm=(45, 90),
    draw=_draw_adnexal_cyst,
    places=("right adnexa", "left adnexa"),
    names=("adnexal cyst", "ovarian cyst", "cystic adnexal lesion"),
    sentences=(
        "There is a {n} mm {name} in {where}.",
        "A {name} of {n} mm occupies {where}.",
        "{name}, {place}, {n} mm.",
    ),
    impressions=("{name}, {place}", "{name} in {where}"),
)
BONE_LESION = Kind(
    name="lytic bone lesion",
    regions=("pelvis",),
    organ="pelvic bone",
    size_mm=(30, 60),
    draw=_draw_bone_lesion,
    places=("right iliac bone", "left iliac bone"),
    names=("lytic bone lesion", "destructive bone lesion", "osteolytic metastasis"),
    sentences=(
        "A {name} of {n} mm destroys {where}.",
        "There is a {n} mm {name} in {where}.",
        "{name} of {where}, {n} mm.",
    ),
    impressions=("{name} of {where}", "{name}, {place}"),
)
HIP_PROSTHESIS = Kind(
    name="hip prosthesis",
    regions=("pelvis",),
    organ="hip",
    size_mm=(40, 41),
    sized=False,
    draw=_draw_hip_prosthesis,
    places=("right hip", "left hip"),
    names=("hip prosthesis", "hip replacement", "hip arthroplasty"),
    sentences=(
        "There is a {name} of {where} with streak artefacts.",
        "Metallic {name}, {place}.",
        "{name} of {where}.",
    ),
    impressions=("{name}, {place}", "{name} of {where}"),
)
PELVIS_KINDS = (BLADDER_STONE, BLADDER_MASS, ADNEXAL_CYST, BONE_LESION, HIP_PROSTHESIS)
