"""Findings of liver and gallbladder."""

from med3dvlm.phantoms.canvas import Box, Lumps, Point
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene

STONE_HU, CYST_HU = 1150.0, 6.0
# Below the liver around them, in every phase; their centres are fluid.
METASTASIS_BELOW_LIVER_HU, NECROSIS_HU = 52.0, 2.0
LIVER_LOBES = (
    "right lobe of the liver", "left lobe of the liver", "both lobes of the liver",
)  # fmt: skip  # fmt: skip


def _in_liver(scene: Scene, lobe: str, reach: float) -> Point:
    """A position well inside a liver lobe."""
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
