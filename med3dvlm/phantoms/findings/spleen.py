"""Findings of the spleen."""

from med3dvlm.phantoms.anatomy import Anatomy, Organ
from med3dvlm.phantoms.canvas import Box
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene

NORMAL_SPLEEN_MM = 102.0


def _grow_spleen(anatomy: Anatomy, finding: Finding) -> None:
    factor = finding.size_mm / NORMAL_SPLEEN_MM
    spleen = anatomy.organs["spleen"].grown(factor)
    x, y, z = spleen.center
    moved = (x - 16 * (factor - 1), y - 22 * (factor - 1), z - 34 * (factor - 1))
    anatomy.organs["spleen"] = Organ(moved, spleen.radii, spleen.tilt, spleen.lumps)


def _locate_spleen(scene: Scene, _: Finding) -> list[Box]:
    spleen = scene.anatomy.organs["spleen"]
    return [scene.canvas.box(spleen.center, spleen.radii)]


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
        "There is an {name} with a length of {n} mm.",
        "The spleen reaches {n} mm, an {name}.",
    ),
    impressions=("{name}", "{size} {name}"),
)
