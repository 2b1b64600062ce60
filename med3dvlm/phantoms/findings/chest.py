"""Findings of the chest."""

import numpy as np

from med3dvlm.phantoms.anatomy import VERTEBRAE, Anatomy
from med3dvlm.phantoms.canvas import Box, Lumps, Point, clip01
from med3dvlm.phantoms.chest import ARCH, descending_course
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene, side_of
from med3dvlm.phantoms.texture import cloud_bank, crop, thread_bank

LOBES: dict[str, Point] = {
    "right upper lobe": (-76, -12, 374),
    "right middle lobe": (-84, -64, 304),
    "right lower lobe": (-88, 52, 294),
    "left upper lobe": (78, -26, 366),
    "left lower lobe": (90, 50, 286),
}
FLUID_HU = 8.0


def _near(rng: np.random.Generator, place: Point, spread: tuple[float, float, float]) -> Point:
    x, y, z = (float(c + s * rng.uniform(-1, 1)) for c, s in zip(place, spread, strict=True))
    return x, y, z


def _draw_nodule(scene: Scene, finding: Finding) -> list[Box]:
    center = _near(scene.rng, LOBES[finding.place], (12, 12, 13))
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
    center = _near(scene.rng, LOBES[finding.place], (6, 8, 8))
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
    """The part of a box that is really covered."""
    tight = []
    for axis, old in enumerate(box):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero((coverage > 0.5).any(axis=others))
        if hit.size == 0:
            return box
        tight.append(slice(old.start + int(hit[0]), old.start + int(hit[-1]) + 1))
    return Box(*tight)


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
    center = _near(scene.rng, (2, -56, 352), (9, 4, 9))
    hu = scene.acquisition.hu("soft mass") - 4
    lumps = Lumps(0.35, 2.6, float(scene.rng.uniform(0, 6)))
    return [scene.canvas.blob(center, (r, r * 0.8, r), hu, lumps=lumps)]


def _widen_aorta(anatomy: Anatomy, finding: Finding) -> None:
    if finding.place == "ascending aorta":
        anatomy.ascending_aorta_mm = float(finding.size_mm)
    else:
        anatomy.descending_aorta_mm = float(finding.size_mm) - 6


def _draw_aortic_aneurysm(scene: Scene, finding: Finding) -> list[Box]:
    r = finding.size_mm / 2
    if finding.place == "ascending aorta":
        x, y, z = ARCH[1]
        return [scene.canvas.box((x, y, z - 14), (r, r, 38))]
    blood = scene.acquisition.hu("artery")
    course = descending_course(scene.anatomy)
    x, y, z = course[2]
    # A mural thrombus lines the sac.
    scene.canvas.blob((x + 2, y - 2, z + 8), (r, r, 46), 34)
    scene.canvas.blob((x, y - 3, z + 8), (r * 0.72, r * 0.70, 45), blood)
    return [scene.canvas.box((x, y, z + 8), (r, r, 46))]


def _crush(anatomy: Anatomy, finding: Finding) -> None:
    anatomy.crushed[finding.place.split()[0]] = 0.62


def _locate_vertebra(scene: Scene, finding: Finding) -> list[Box]:
    z = VERTEBRAE[finding.place.split()[0]]
    x, y = scene.anatomy.spine(z)
    return [scene.canvas.box((x, y, z), (22, 17, 15))]


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
        "{Where} shows {name} over {n} mm.",
        "There is patchy {name} of {where}, {n} mm across.",
    ),
    impressions=("{name} in {where}", "{name}, {place}"),
)
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
THORACIC_ANEURYSM = Kind(
    name="thoracic aortic aneurysm",
    regions=("chest",),
    organ="aorta",
    size_mm=(46, 70),
    draw=_draw_aortic_aneurysm,
    prepare=_widen_aorta,
    places=("ascending aorta", "descending aorta"),
    names=("thoracic aortic aneurysm", "aneurysm of the thoracic aorta", "thoracic aneurysm"),
    sentences=(
        "{name} of {where}, {n} mm in diameter.",
        "{Where} is dilated to {n} mm, a {name}.",
        "There is a {name} with a diameter of {n} mm in {where}.",
    ),
    impressions=("{name}, {place}", "{n} mm {name} of {where}"),
)
FRACTURE = Kind(
    name="vertebral fracture",
    regions=("chest", "abdomen"),
    organ="spine",
    size_mm=(40, 41),
    draw=_locate_vertebra,
    prepare=_crush,
    sized=False,
    places=("T7 vertebra", "T10 vertebra", "L1 vertebra", "L3 vertebra"),
    place_words={
        "T7 vertebra": "chest",
        "T10 vertebra": "chest",
        "L1 vertebra": "abdomen",
        "L3 vertebra": "abdomen",
    },
    names=("vertebral fracture", "compression fracture", "wedge fracture"),
    sentences=(
        "{name} of {where}.",
        "{Where} is wedge-shaped, a {name}.",
        "There is a {name} of {where} with loss of anterior height.",
    ),
    impressions=("{name} of {where}", "{name}, {place}"),
)
CHEST_KINDS = (
    NODULE, CONSOLIDATION, EFFUSION, PNEUMOTHORAX, PERICARDIAL, MEDIASTINAL_MASS,
    THORACIC_ANEURYSM, FRACTURE,
)  # fmt: skip
