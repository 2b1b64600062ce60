"""Findings of the abdomen."""

import numpy as np

from med3dvlm.phantoms.abdomen import aortic_course, draw_hollow
from med3dvlm.phantoms.anatomy import Anatomy, Organ
from med3dvlm.phantoms.canvas import Box, Lumps, Point, clip01
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, side_of

STONE_HU, CYST_HU, FLUID_HU = 1150.0, 6.0, 9.0
NORMAL_SPLEEN_MM = 102.0
# Below the liver around them, in every phase; their centres are fluid.
METASTASIS_BELOW_LIVER_HU, NECROSIS_HU = 52.0, 2.0


def _in_liver(scene: Scene, lobe: str, reach: float) -> Point:
    """A place well inside a liver lobe."""
    u, v, w = (float(a) for a in scene.rng.uniform(-1, 1, 3))
    if lobe == "right lobe of the liver":
        return scene.anatomy.organs["liver"].at(-0.12 + reach * u, 0.05 + reach * v, reach * w)
    organ = scene.anatomy.organs["left liver lobe"]
    return organ.at(0.30 + 0.25 * u, -0.02 + 0.2 * v, 0.1 * w)


def _draw_metastases(scene: Scene, finding: Finding) -> list[Box]:
    lobes = LIVER_LOBES[:2] if finding.place == "both lobes of the liver" else (finding.place,)
    rim = scene.acquisition.hu("liver") - METASTASIS_BELOW_LIVER_HU
    boxes = []
    for lobe in lobes:
        count = int(scene.rng.integers(4, 6))
        for i in range(count):
            r = finding.size_mm / 2 * (1.0 if i == 0 else float(scene.rng.uniform(0.55, 0.85)))
            center = _in_liver(scene, lobe, 0.52)
            lumps = Lumps(0.25, 2.6, float(i))
            boxes.append(scene.canvas.blob(center, (r, r, r), rim, lumps=lumps))
            scene.canvas.blob(center, (r * 0.5, r * 0.5, r * 0.5), NECROSIS_HU)
    return boxes


def _draw_liver_cyst(scene: Scene, finding: Finding) -> list[Box]:
    r = finding.size_mm / 2
    center = _in_liver(scene, finding.place, 0.32)
    return [scene.canvas.blob(center, (r, r, r), CYST_HU)]


def _draw_gallstone(scene: Scene, finding: Finding) -> list[Box]:
    gallbladder = scene.anatomy.organs["gallbladder"]
    r = finding.size_mm / 2
    center = gallbladder.at(0.0, 0.25, -0.35)
    scene.canvas.blob(center, (r, r * 0.9, r * 0.95), STONE_HU)
    return [scene.canvas.box(center, (r, r, r))]


def _grow_spleen(anatomy: Anatomy, finding: Finding) -> None:
    factor = finding.size_mm / NORMAL_SPLEEN_MM
    spleen = anatomy.organs["spleen"].grown(factor)
    x, y, z = spleen.center
    moved = (x - 16 * (factor - 1), y - 22 * (factor - 1), z - 34 * (factor - 1))
    anatomy.organs["spleen"] = Organ(moved, spleen.radii, spleen.tilt, spleen.lumps)


def _locate_spleen(scene: Scene, _: Finding) -> list[Box]:
    spleen = scene.anatomy.organs["spleen"]
    return [scene.canvas.box(spleen.center, spleen.radii)]


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


def _draw_abdominal_aneurysm(scene: Scene, finding: Finding) -> list[Box]:
    x, y, z = aortic_course(scene.anatomy)[3]
    r = finding.size_mm / 2
    center = (x + 3, y - 0.45 * r, z - 4)
    scene.canvas.blob(center, (r, r, 44), 32)
    scene.canvas.shell(center, (r, r, 44), 1.8, 260)
    scene.canvas.blob(
        (x + 1, y - 0.35 * r, z - 4), (0.62 * r, 0.6 * r, 44), scene.acquisition.hu("artery")
    )
    return [scene.canvas.box(center, (r, r, 42))]


def _draw_ascites(scene: Scene, finding: Finding) -> list[Box]:
    """Fluid takes the place of fat along the wall: flanks, around liver and spleen, pelvis."""
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
    """Gas under the front wall of the belly."""
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


LIVER_LOBES = (
    "right lobe of the liver", "left lobe of the liver", "both lobes of the liver",
)  # fmt: skip
KIDNEYS = ("right kidney", "left kidney")

METASTASES = Kind(
    name="liver metastases",
    regions=("abdomen",),
    organ="liver",
    size_mm=(24, 42),
    draw=_draw_metastases,
    places=LIVER_LOBES,
    names=("liver metastases", "hepatic metastases", "multiple liver lesions"),
    sentences=(
        "{name} in {where}, the largest {n} mm.",
        "There are {name} in {where} of up to {n} mm.",
        "{Where} show {name}, the largest measuring {n} mm.",
    ),
    impressions=("{name} in {where}", "{name}, {place}"),
)
LIVER_CYST = Kind(
    name="liver cyst",
    regions=("abdomen",),
    organ="liver",
    size_mm=(28, 70),
    draw=_draw_liver_cyst,
    places=LIVER_LOBES[:2],
    names=("liver cyst", "hepatic cyst", "simple cyst of the liver"),
    sentences=(
        "There is a {n} mm {name} in {where}.",
        "A {name} of {n} mm lies in {where}.",
        "{name} in {where}, {n} mm, sharply defined.",
    ),
    impressions=("{name} in {where}", "{n} mm {name}, {place}"),
)
GALLSTONE = Kind(
    name="gallstone",
    regions=("abdomen",),
    organ="gallbladder",
    size_mm=(16, 30),
    draw=_draw_gallstone,
    names=("gallstone", "cholelithiasis", "gallbladder stone"),
    sentences=(
        "The gallbladder contains a {n} mm stone, {name}.",
        "There is a {name} of {n} mm.",
        "{name}, {n} mm, in the gallbladder.",
    ),
    impressions=("{name}", "{n} mm {name}"),
)
SPLENOMEGALY = Kind(
    name="splenomegaly",
    regions=("abdomen",),
    organ="spleen",
    size_mm=(140, 180),
    draw=_locate_spleen,
    prepare=_grow_spleen,
    names=("splenomegaly", "enlarged spleen", "splenic enlargement"),
    sentences=(
        "{name}, {n} mm in length.",
        "There is {name} with a length of {n} mm.",
        "The spleen reaches {n} mm, {name}.",
    ),
    impressions=("{name}", "{size} {name}"),
)
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
        "{Where} shows {name}, {n} mm.",
        "There is {size} {name} of {where}, {n} mm wide.",
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
ABDOMINAL_ANEURYSM = Kind(
    name="abdominal aortic aneurysm",
    regions=("abdomen",),
    organ="aorta",
    size_mm=(42, 75),
    draw=_draw_abdominal_aneurysm,
    names=(
        "abdominal aortic aneurysm",
        "aneurysm of the abdominal aorta",
        "infrarenal aneurysm",
    ),
    sentences=(
        "{name} of {n} mm with mural thrombus.",
        "There is an {name}, {n} mm in diameter.",
        "The aorta widens to {n} mm below the kidneys, an {name}.",
    ),
    impressions=("{name}", "{n} mm {name}"),
)
ASCITES = Kind(
    name="ascites",
    regions=("abdomen", "pelvis"),
    organ="peritoneum",
    size_mm=(14, 46),
    draw=_draw_ascites,
    names=("ascites", "free abdominal fluid", "peritoneal fluid"),
    sized=False,
    sentences=(
        "There is {size} {name}.",
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
        "There is {name}; the bowel is {n} mm wide.",
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
        "There is {name} under the anterior wall, {n} mm deep.",
        "{name} in front of the liver, {n} mm.",
        "{size} {name}, {n} mm deep.",
    ),
    impressions=("{name}", "{size} {name}"),
)
ABDOMEN_KINDS = (
    METASTASES, LIVER_CYST, GALLSTONE, SPLENOMEGALY, KIDNEY_STONE, HYDRONEPHROSIS, RENAL_CYST,
    ADRENAL_MASS, ABDOMINAL_ANEURYSM, ASCITES, OBSTRUCTION, FREE_AIR,
)  # fmt: skip
