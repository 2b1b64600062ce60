"""Findings: a kind, which defines its drawing and wording, and its occurrence in a case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from med3dvlm.phantoms.acquisition import Acquisition, Region
from med3dvlm.phantoms.anatomy import Anatomy
from med3dvlm.phantoms.canvas import Box, Canvas, Field, Point
from med3dvlm.phantoms.chest import lung_field


@dataclass(kw_only=True)
class Scene:
    """Everything a finding may read and draw into."""

    canvas: Canvas
    anatomy: Anatomy
    acquisition: Acquisition
    inside: Field
    rng: np.random.Generator

    @cached_property
    def lungs(self) -> dict[str, tuple[Box, Field]]:
        """Pleural cavities by side, as box and coverage."""
        return {
            name: lung_field(self.canvas, self.anatomy, self.inside, side)
            for name, side in (("right", -1), ("left", 1))
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a case: which kind, where (empty if the kind has one place), how large."""

    kind: str
    place: str
    size_mm: int

    @property
    def label(self) -> tuple[str, str]:
        """Kind and place, for comparison with a parsed report."""
        return self.kind, self.place


Prepare = Callable[[Anatomy, Finding], None]
Draw = Callable[[Scene, Finding], list[Box]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of finding.

    Attributes:
        name: its plain name, also its key (`kidney stone`).
        regions: scan regions that can show it.
        organ: the answer to "which organ is affected".
        places: the answers to "where"; empty if there is only one place.
        size_mm: range of the longest diameter.
        draw: draws it after the anatomy and returns its voxel boxes.
        prepare: changes the anatomy before drawing, for findings that alter an organ.
        names: synonyms, the plain name first; each is recognised in a report.
        sentences: for a report; `{n}` size in mm, `{place}` place, `{name}` one of its names.
        impressions: for the closing line; `{place}` place.
        sized: whether reports give `{n}`.
    """

    name: str
    regions: tuple[Region, ...]
    organ: str
    size_mm: tuple[int, int]
    draw: Draw
    names: tuple[str, ...]
    sentences: tuple[str, ...]
    impressions: tuple[str, ...]
    places: tuple[str, ...] = ()
    prepare: Prepare | None = None
    sized: bool = True
    place_words: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> list[tuple[str, str]]:
        """All (kind, place) pairs."""
        return [(self.name, place) for place in self.places or ("",)]

    def draw_finding(self, rng: np.random.Generator, region: Region) -> Finding:
        """A random occurrence in a region; every place that the region shows is equally likely."""
        places = [p for p in self.places if self.place_words.get(p, region) == region] or [""]
        return self.sized_finding(rng, places[int(rng.integers(len(places)))])

    def sized_finding(self, rng: np.random.Generator, place: str) -> Finding:
        """An occurrence of random size at a place."""
        return Finding(self.name, place, rounded_mm(float(rng.uniform(*self.size_mm))))

    def size_class(self, size_mm: float) -> str:
        """small, moderate or large, relative to this kind's range."""
        low, high = self.size_mm
        third = (high - low) / 3
        return (
            "small"
            if size_mm < low + third
            else ("moderate" if size_mm < low + 2 * third else "large")
        )


def rounded_mm(size: float) -> int:
    """The size as a report gives it: whole millimetres, above 30 mm in steps of 5."""
    return round(size) if size < 30 else 5 * round(size / 5)


def side_of(place: str) -> int:
    """-1 for the patient's right, 1 for the left."""
    if "right" in place:
        return -1
    if "left" in place:
        return 1
    raise AssertionError(f"no side in {place!r}")


def near(rng: np.random.Generator, place: Point, spread: tuple[float, float, float]) -> Point:
    """A random position within `spread` mm of another along each axis."""
    x, y, z = (float(c + s * rng.uniform(-1, 1)) for c, s in zip(place, spread, strict=True))
    return x, y, z
