"""Detectability as it is asked for: a lesion in many people, at all sizes, contrasts or places.

wanted = CurveWanted(kind="kidney stone", vary="size_mm", people=20, steps=7)
made = detectability(reader, wanted, question="Is there a kidney stone?", weights=digest)
made.found, made.blind
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from med3dvlm.choices import YES_NO
from med3dvlm.errors import PromptError
from med3dvlm.explain.lab.behaviour import Reader
from med3dvlm.explain.lab.detectability import Curve, Outcome, fit_curve, trials_of
from med3dvlm.explain.lab.places import PlaceRates, rates_by_place, trials_by_place
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.phantoms.splits import TEST

Varied = Literal["size_mm", "contrast", "place"]
VARIED: tuple[Varied, ...] = get_args(Varied)
FEWEST_PEOPLE, MOST_PEOPLE = 2, 500
FEWEST_STEPS, MOST_STEPS = 3, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveWanted:
    """What is to be varied, and in how many people.

    Attributes:
        kind: of finding.
        vary: the size where a kind has several, else the contrast, if it is None.
        people: number of people, who have successive seeds.
        steps: sizes or contrasts, 0 included; of no use for places.
        seed: of the first person.

    Raises:
        PromptError: there is no such kind, or a number is too small or too large.
    """

    kind: str
    vary: Varied | None = None
    people: int = 20
    steps: int = 7
    seed: int = TEST.start

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PromptError(f"The kind is one of {', '.join(KINDS)}, not {self.kind!r}.")
        if self.vary is not None and self.vary not in VARIED:
            raise PromptError(f"What varies is one of {', '.join(VARIED)}, not {self.vary!r}.")
        people = FEWEST_PEOPLE <= self.people <= MOST_PEOPLE
        if not people or not FEWEST_STEPS <= self.steps <= MOST_STEPS:
            raise PromptError(
                f"A curve has {FEWEST_PEOPLE} to {MOST_PEOPLE} people and "
                f"{FEWEST_STEPS} to {MOST_STEPS} steps."
            )
        if self.seed < 0:
            raise PromptError("A seed is 0 or more.")

    def trials(self) -> Iterator[Trial]:
        """Every person at every step, or with the lesion in every place.

        Raises:
            ConfigError: the kind has one place.
        """
        seeds = range(self.seed, self.seed + self.people)
        if self.vary == "place":
            return trials_by_place(self.kind, seeds=seeds)
        return trials_of(self.kind, seeds=seeds, steps=self.steps, axis=self.vary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectability:
    """What a model made of a kind of finding in many people.

    Attributes:
        found: by size or contrast, or by place.
        blind: probability of a yes without an image.
        question: what was asked.
        weights: digest of the model.
    """

    found: Curve | PlaceRates
    blind: float
    question: str
    weights: str

    @property
    def numbers(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        beside = {"blind": self.blind, "question": self.question, "weights": self.weights}
        return asdict(self.found) | beside

    def __str__(self) -> str:
        if isinstance(self.found, PlaceRates):
            ordered = sorted(self.found.means.items(), key=lambda item: -item[1])
            return ", ".join(f"{place} {mean:.2f}" for place, mean in ordered)
        return threshold_of(self.found)


def detectability(
    reader: Reader, wanted: CurveWanted, *, question: str, weights: str,
    ended: Callable[[], bool] = lambda: False,
) -> Detectability:  # fmt: skip
    """Paint and ask; where it has `ended`, nobody waits for the rest.

    Raises:
        ConfigError: the kind has one place.
        PromptError: it was ended.
    """
    outcomes = []
    for trial in wanted.trials():
        if ended():
            raise PromptError("The caller has left.")
        probability = float(reader.choose(plant(trial).ill, question, YES_NO)[0])
        outcomes.append(Outcome(trial, probability))
    rng = np.random.default_rng(0)
    by_place = wanted.vary == "place"
    return Detectability(
        found=rates_by_place(outcomes, rng=rng) if by_place else fit_curve(outcomes, rng=rng),
        blind=float(reader.choose(None, question, YES_NO)[0]), question=question, weights=weights,
    )  # fmt: skip


def threshold_of(curve: Curve) -> str:
    """From where on half is reached, in a sentence."""
    if curve.threshold is None:
        how = "passed without any" if curve.means[0] > 0.5 else "not reached"
        return f"Half is {how} in {curve.people} people."
    unit = "mm" if curve.axis == "size_mm" else "of its contrast"
    low = "below" if curve.low is None else f"{curve.low:g}"
    high = "above" if curve.high is None else f"{curve.high:g}"
    return (
        f"Half is reached at {curve.threshold:g} {unit} "
        f"(95 % interval {low} to {high}, {curve.people} people)."
    )
