"""The phantom of a step: a person with one finding whose place is known, made from a seed.

scene = scene_of(step, seed)
scene.shown, scene.mask, scene.z       # the scan, where the finding lies, its best slice
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from med3dvlm.engine.starter_library import window_for
from med3dvlm.explain.lab.lesions import BALLS
from med3dvlm.explain.lab.perturbations import PERTURBATIONS
from med3dvlm.lessons.content import ANOTHER, Step
from med3dvlm.lessons.scoring import Mask, Place
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Pair, Trial, plant
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import BONE, Window

DRAWN_STREAM = 211
WRONG_WINDOW = "wrong window"
# Changes after which a finding is still where it was painted.
KEEPING = ("", WRONG_WINDOW, "noise", "blurred", "thick slices")
# Findings that lie at one place, so that there is one to click at.
FINDABLE = tuple(kind for kind in BALLS if kind not in {"liver metastases"})
UPPER = 0.5  # a drawn size is at least in the middle of what training showed: it can be seen


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What a step is about.

    Attributes:
        step: of a lesson.
        pair: the person, healthy and ill.
        shown: the scan that is shown and asked about.
        window: the grey scale in which it is shown.
    """

    step: Step
    pair: Pair
    shown: Volume
    window: Window

    @property
    def finding(self) -> str:
        """The kind of finding."""
        return self.pair.trial.kind

    @property
    def there(self) -> bool:
        """Whether the finding is in the scan."""
        return bool(self.pair.mask.any())

    @property
    def marked(self) -> bool:
        """Whether the finding can be outlined in the scan that is shown."""
        return self.there and self.step.change in KEEPING

    @cached_property
    def z(self) -> int:
        """The slice that holds most of the finding; the middle one where there is none."""
        if not self.marked:
            return self.shown.shape[0] // 2
        return int(self.pair.mask.sum(axis=(1, 2)).argmax())

    @property
    def mask(self) -> Mask:
        """Where the finding lies in that slice."""
        if not self.marked:
            return np.zeros(self.shown.shape[1:], bool)
        mask: Mask = self.pair.mask[self.z]
        return mask

    @property
    def pixel_mm(self) -> Place:
        """Height and width of a pixel of a slice."""
        _, down, across = self.shown.spacing_mm
        return down, across

    def place_of(self, shares: Place) -> Place:
        """Row and column of a point that is given as shares of the picture's height and width."""
        rows, columns = self.mask.shape
        return shares[0] * rows - 0.5, shares[1] * columns - 0.5

    def shares_of(self, place: Place) -> Place:
        """The other way round."""
        rows, columns = self.mask.shape
        return (place[0] + 0.5) / rows, (place[1] + 0.5) / columns


def scene_of(step: Step, seed: int) -> Scene:
    """The phantom of a step of a lesson with this seed."""
    trial = trial_of(step, seed)
    pair = plant(trial)
    # As it was exported: in any other grey scale the values that it cut off would be grey.
    window = BONE if step.change == WRONG_WINDOW else window_for(trial.kind, trial.region)
    return Scene(step=step, pair=pair, shown=_shown(step, pair), window=window)


def _shown(step: Step, pair: Pair) -> Volume:
    if step.change == ANOTHER:
        return plant(replace(pair.trial, seed=pair.trial.seed + 1, size_mm=0)).healthy
    change = PERTURBATIONS.get(step.change)
    return change(pair.ill) if change else pair.ill


def trial_of(step: Step, seed: int) -> Trial:
    """The seed and few numbers of a step's phantom; what the step leaves open is drawn."""
    person = seed + step.person
    if not step.finding:
        return _drawn(person)
    kind = KINDS[step.finding]
    place = step.place or (kind.places or ("",))[0]
    size = round(sum(kind.size_mm) / 2) if step.size_mm < 0 else step.size_mm
    return Trial(seed=person, kind=kind.name, place=place, size_mm=size)


def _drawn(person: int) -> Trial:
    rng = np.random.default_rng([person, DRAWN_STREAM])
    kind = KINDS[FINDABLE[int(rng.integers(len(FINDABLE)))]]
    places = kind.places or ("",)
    low, high = kind.size_mm
    size = round(float(rng.uniform(low + UPPER * (high - low), high)))
    return Trial(
        seed=person, kind=kind.name, place=places[int(rng.integers(len(places)))], size_mm=size
    )
