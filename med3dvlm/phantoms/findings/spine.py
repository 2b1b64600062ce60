"""Findings of the spine."""

from med3dvlm.phantoms.anatomy import VERTEBRAE, Anatomy
from med3dvlm.phantoms.canvas import Box
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene


def _crush(anatomy: Anatomy, finding: Finding) -> None:
    anatomy.crushed[finding.place.split()[0]] = 0.62


def _locate_vertebra(scene: Scene, finding: Finding) -> list[Box]:
    z = VERTEBRAE[finding.place.split()[0]]
    x, y = scene.anatomy.spine(z)
    return [scene.canvas.box((x, y, z), (22, 17, 15))]


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
