"""Who or what was scanned, and how: the part of a varied case that needs no picture.

subject = draw_subject(rng)
subject.name, subject.acquisition, subject.view      # "trunk", ..., ...
"""

from dataclasses import dataclass

import numpy as np

from med3dvlm.phantoms.acquisition import PHASES, Acquisition, Phase, Plane, Region
from med3dvlm.phantoms.varied.elsewhere import draw_elsewhere, view_of
from med3dvlm.phantoms.varied.field import (
    Span,
    View,
    dominant,
    draw_view,
    overlap,
    shown,
)
from med3dvlm.phantoms.varied.person import Person, draw_person
from med3dvlm.phantoms.varied.visibility import labels_in_view

# How many show no chest, abdomen or pelvis.
OTHER_SHARE = 0.2
# Slices thinner than this are read in any direction: no plane can be seen.
THIN_MM = 1.5
PLANE_SHARE: dict[Plane, float] = {"axial": 0.45, "coronal": 0.15, "sagittal": 0.15, "none": 0.25}
THICK_MM: dict[Plane, Span] = {
    "axial": (1.6, 8.0), "coronal": (3.5, 7.0), "sagittal": (3.5, 7.0), "none": (0.6, THIN_MM),
}  # fmt: skip
# Length of spine and aorta that has to be in view for their attributes to be judged, mm.
SPINE_NEEDED_MM, AORTA_NEEDED_MM = 190.0, 110.0


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One scan without its picture.

    Attributes:
        name: `trunk`, or one of `elsewhere.PARTS`.
        acquisition: region (`other` without a trunk), plane and phase.
        thickness_mm: of a slice.
        view: the scanned box in the body's frame.
        person: whose body it is.
        regions: which of chest, abdomen and pelvis a good part is scanned of.
        hidden: attributes that can't be judged.
        in_view: (kind, place) of findings that would be seen.
    """

    name: str
    acquisition: Acquisition
    thickness_mm: float
    view: View
    person: Person
    regions: tuple[Region, ...] = ()
    hidden: tuple[str, ...] = ("phase", "habitus", "scoliosis", "calcification")
    in_view: tuple[tuple[str, str], ...] = ()


def draw_subject(rng: np.random.Generator) -> Subject:
    """Four of five are a part of a trunk, one is something else."""
    person = draw_person(rng)
    plane = tuple(PLANE_SHARE)[int(rng.choice(len(PLANE_SHARE), p=list(PLANE_SHARE.values())))]
    low, high = THICK_MM[plane]
    thickness = low * (high / low) ** float(rng.random())
    phase = PHASES[rng.integers(len(PHASES))]
    draw = _other if rng.random() < OTHER_SHARE else _trunk
    return draw(rng, person, (plane, phase, thickness))


def _trunk(
    rng: np.random.Generator, person: Person, scanned: tuple[Plane, Phase, float]
) -> Subject:
    plane, phase, thickness = scanned
    view = draw_view(rng, person)
    while dominant(view.z) == "other":
        view = draw_view(rng, person)
    return Subject(
        name="trunk",
        acquisition=Acquisition(region=dominant(view.z), plane=plane, phase=phase),
        thickness_mm=thickness,
        view=view,
        person=person,
        regions=shown(view.z),
        hidden=_hidden(view),
        in_view=labels_in_view(person, view),
    )


def _hidden(view: View) -> tuple[str, ...]:
    """Attributes that this field of view can't show."""
    spine = overlap(view.z, (0.0, 432.0)) if view.x[0] < -60 < 60 < view.x[1] else 0.0
    aorta = overlap(view.z, (12.0, 370.0)) if view.x[0] < -30 < 40 < view.x[1] else 0.0
    if view.y[1] < 80:
        spine = aorta = 0.0
    judged = {
        "habitus": view.complete,
        "scoliosis": spine >= SPINE_NEEDED_MM,
        "calcification": aorta >= AORTA_NEEDED_MM,
    }
    return tuple(name for name, seen in judged.items() if not seen)


def _other(
    rng: np.random.Generator, person: Person, scanned: tuple[Plane, Phase, float]
) -> Subject:
    plane, phase, thickness = scanned
    name = draw_elsewhere(rng)
    if name == "no body":  # nothing in it tells how it was sliced
        plane = "none"
    return Subject(
        name=name,
        acquisition=Acquisition(region="other", plane=plane, phase=phase),
        thickness_mm=thickness,
        view=view_of(rng, name),
        person=person,
    )
