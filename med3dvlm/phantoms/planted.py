"""One person scanned twice: healthy, and with a lesion of chosen kind, place, size and contrast.

    trial = Trial(seed=20_000_001, kind="lung nodule", place="right upper lobe", size_mm=12)
    pair = plant(trial)
    pair.healthy, pair.ill, pair.mask       # the two volumes differ in the lesion alone

A trial is a seed and a few numbers, and can be repeated from them. Both scans have the same noise.
"""

from copy import copy, deepcopy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms import torso
from med3dvlm.phantoms.acquisition import Region
from med3dvlm.phantoms.canvas import Field
from med3dvlm.phantoms.case import (
    CHANGED_HU,
    DEFAULT_SHAPE,
    Mask,
    Shape,
    lay_down,
    paint_anatomy,
    paint_findings,
    scan,
    scanned_volume,
)
from med3dvlm.phantoms.facts import PAINT_STREAM, draw_person
from med3dvlm.phantoms.findings import KINDS, Finding, Scene
from med3dvlm.volumes.volume import Volume

PLACE_STREAM, NOISE_STREAM = 101, 102
LARGEST_MM = 300
KEPT = 2  # people whose organs are kept: a healthy one, and one whose organs a finding altered


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A lesion in a person.

    Attributes:
        seed: of the person, the scan, and where exactly in its place the lesion lies.
        kind: name of a kind of finding.
        place: one of the kind's places; empty if it has only one.
        size_mm: longest diameter; 0 paints nothing.
        contrast: how strongly it differs from healthy tissue: 1 as usual, 0 not at all.
    """

    seed: int
    kind: str
    place: str = ""
    size_mm: int = 0
    contrast: float = 1.0

    def __post_init__(self) -> None:
        # Trials come from files, too, which hold anything.
        if not isinstance(self.seed, int) or not isinstance(self.size_mm, int):
            raise ConfigError("a trial needs a whole number as seed and as size in mm")
        if self.kind not in KINDS:
            raise ConfigError(f"no finding is called {self.kind!r}; known are {', '.join(KINDS)}")
        places = KINDS[self.kind].places or ("",)
        if self.place not in places:
            raise ConfigError(
                f"{self.kind} has no place {self.place!r}; choose one of {', '.join(places)}"
            )
        if not 0 <= self.size_mm <= LARGEST_MM:
            raise ConfigError(f"a size of 0 to {LARGEST_MM} mm is needed, got {self.size_mm}")
        if not 0 <= self.contrast <= 4:
            raise ConfigError(f"a contrast of 0 to 4 is needed, got {self.contrast}")
        if self.seed < 0:
            raise ConfigError(f"a seed is not negative, got {self.seed}")

    @property
    def region(self) -> Region:
        """The part of the body that is scanned to show it."""
        kind = KINDS[self.kind]
        return next(
            region for region in kind.regions if kind.place_words.get(self.place, region) == region
        )

    @property
    def finding(self) -> Finding:
        """The lesion as a finding."""
        return Finding(self.kind, self.place, self.size_mm)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One person, healthy and ill; each is scanned when it is first asked for.

    Attributes:
        trial: what it was made from.
        person: the person without the lesion, before the scanner adds noise.
        difference: what the lesion changed, in HU, before noise.
    """

    trial: Trial
    person: Scene
    difference: Field

    @cached_property
    def healthy(self) -> Volume:
        """The scan without the lesion."""
        return _scanned(self.person, self.person.canvas.hu, self.trial.seed)

    @cached_property
    def ill(self) -> Volume:
        """The scan with it."""
        return _scanned(self.person, self.person.canvas.hu + self.difference, self.trial.seed)

    @cached_property
    def mask(self) -> Mask:
        """The voxels that the lesion changed by more than the rim of an edge."""
        changed: Mask = np.abs(self.difference) > CHANGED_HU
        return changed

    @property
    def contrast_hu(self) -> float:
        """Mean change within the mask, in HU; 0 where nothing changed."""
        return float(self.difference[self.mask].mean()) if self.mask.any() else 0.0


def plant(trial: Trial, *, shape: Shape = DEFAULT_SHAPE) -> Pair:
    """Paint the person of a trial with and without the lesion.

    Another trial of the same person and region is several times faster than the first.
    """
    person = _with_findings(trial, (), shape)
    difference = np.zeros_like(person.canvas.hu)
    if trial.size_mm > 0 and trial.contrast > 0:
        ill = _with_findings(trial, (trial.finding,), shape)
        difference = np.float32(trial.contrast) * (ill.canvas.hu - person.canvas.hu)
    return Pair(trial=trial, person=person, difference=difference)


def _with_findings(trial: Trial, findings: tuple[Finding, ...], shape: Shape) -> Scene:
    """The person before the scanner adds noise; the lesion has a generator of its own."""
    altering = tuple(finding for finding in findings if KINDS[finding.kind].prepare)
    painted = _anatomy(trial.seed, trial.region, altering, shape)
    scene = _copied(painted, np.random.default_rng([trial.seed, PLACE_STREAM]))
    paint_findings(scene, findings)
    torso.draw_table(scene.canvas, scene.anatomy)
    return scene


@lru_cache(maxsize=KEPT)
def _anatomy(seed: int, region: Region, altering: tuple[Finding, ...], shape: Shape) -> Scene:
    """A person's organs, as the findings altered them; painted once, and never painted into."""
    facts, anatomy = draw_person(seed, count=0)
    facts = replace(facts, findings=altering)
    facts = replace(facts, acquisition=replace(facts.acquisition, region=region))
    scene = lay_down(facts, anatomy, shape, np.random.default_rng([seed, PAINT_STREAM]))
    paint_anatomy(scene)
    return scene


def _copied(scene: Scene, rng: np.random.Generator) -> Scene:
    canvas = copy(scene.canvas)
    canvas.hu = scene.canvas.hu.copy()
    return replace(scene, canvas=canvas, anatomy=deepcopy(scene.anatomy), rng=rng)


def _scanned(person: Scene, hu: Field, seed: int) -> Volume:
    scene = _copied(person, np.random.default_rng([seed, NOISE_STREAM]))
    scene.canvas.hu = hu.copy()
    scan(scene)
    return scanned_volume(scene.canvas, f"phantom {seed}")
