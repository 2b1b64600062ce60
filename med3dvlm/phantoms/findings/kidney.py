"""Findings of kidneys and adrenal glands."""

from med3dvlm.phantoms.anatomy import Anatomy, Organ
from med3dvlm.phantoms.canvas import Box, Lumps
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, side_of

STONE_HU, CYST_HU = 1150.0, 6.0
KIDNEYS = ("right kidney", "left kidney")


def _kidney_of(scene: Scene, finding: Finding) -> tuple[Organ, int]:
    return scene.anatomy.organs[finding.place], side_of(finding.place)


def _draw_kidney_stone(scene: Scene, finding: Finding) -> list[Box]:
    kidney, side = _kidney_of(scene, finding)
    r = finding.size_mm / 2
    center = kidney.at(-0.25 * side, 0.0, float(scene.rng.choice([-0.42, 0.0, 0.42])))
    # A faint rim of urine keeps it apart from excreted contrast.
    scene.canvas.blob(center, (r + 3, r + 3, r + 3.5), 20)
    scene.canvas.blob(center, (r, r * 0.85, r), STONE_HU)
    return [scene.canvas.box(center, (r, r, r))]


def _dilate_pelvis(anatomy: Anatomy, finding: Finding) -> None:
    anatomy.dilated_pelvis[finding.place] = float(finding.size_mm)


def _locate_pelvis(scene: Scene, finding: Finding) -> list[Box]:
    kidney, side = _kidney_of(scene, finding)
    return [scene.canvas.box(kidney.at(-0.42 * side, 0, 0), (22, 20, 34))]


def _draw_renal_cyst(scene: Scene, finding: Finding) -> list[Box]:
    kidney, side = _kidney_of(scene, finding)
    r = finding.size_mm / 2
    up = float(scene.rng.choice([-0.45, 0.0, 0.4]))
    center = kidney.at((0.55 + 0.3 * r / 25) * side, 0.35, up)
    scene.canvas.blob(center, (r + 1.4, r + 1.4, r + 1.4), scene.acquisition.hu("kidney cortex"))
    return [scene.canvas.blob(center, (r, r, r), CYST_HU)]


def _draw_adrenal_mass(scene: Scene, finding: Finding) -> list[Box]:
    side = side_of(finding.place)
    kidney = scene.anatomy.organs["right kidney" if side < 0 else "left kidney"]
    r = finding.size_mm / 2
    top = kidney.at(0, 0, 1.0)
    center = (side * 34.0, top[1] - 10, top[2] + 0.5 * r)
    scene.canvas.blob(center, (r + 4, r + 4, r + 4), -100)
    lumps = Lumps(0.2, 2.6, float(scene.rng.uniform(0, 6)))
    hu = scene.acquisition.hu("soft mass")
    return [scene.canvas.blob(center, (r, r, r), hu, lumps=lumps)]


KIDNEY_STONE = Kind(
    name="kidney stone",
    regions=("abdomen",),
    organ="kidney",
    size_mm=(16, 32),
    draw=_draw_kidney_stone,
    places=KIDNEYS,
    names=("kidney stone", "renal calculus", "nephrolithiasis"),
    sentences=(
        "There is a {n} mm {name} in {where}.",
        "{Where} contains a {name} of {n} mm.",
        "{name} of {n} mm, {place}.",
    ),
    impressions=("{name} in {where}", "{name}, {place}"),
)
HYDRONEPHROSIS = Kind(
    name="hydronephrosis",
    regions=("abdomen",),
    organ="kidney",
    size_mm=(26, 44),
    draw=_locate_pelvis,
    prepare=_dilate_pelvis,
    places=KIDNEYS,
    names=("hydronephrosis", "dilated renal pelvis", "dilated collecting system"),
    sentences=(
        "{name} of {where} with a pelvis of {n} mm.",
        "{Where} shows a {name}, {n} mm.",
        "There is a {size} {name} of {where}, {n} mm wide.",
    ),
    impressions=("{name} of {where}", "{size} {name}, {place}"),
)
RENAL_CYST = Kind(
    name="renal cyst",
    regions=("abdomen",),
    organ="kidney",
    size_mm=(30, 70),
    draw=_draw_renal_cyst,
    places=KIDNEYS,
    names=("renal cyst", "kidney cyst", "cortical cyst of the kidney"),
    sentences=(
        "There is a {n} mm {name} of {where}.",
        "{Where} bears a {name} of {n} mm.",
        "{name}, {n} mm, at {where}.",
    ),
    impressions=("{name} of {where}", "{name}, {place}"),
)
ADRENAL_MASS = Kind(
    name="adrenal mass",
    regions=("abdomen",),
    organ="adrenal gland",
    size_mm=(26, 55),
    draw=_draw_adrenal_mass,
    places=("right adrenal gland", "left adrenal gland"),
    names=("adrenal mass", "adrenal tumor", "suprarenal mass"),
    sentences=(
        "There is a {n} mm {name} of {where}.",
        "A {name} of {n} mm arises from {where}.",
        "{name}, {place}, {n} mm.",
    ),
    impressions=("{name} of {where}", "{n} mm {name}, {place}"),
)
