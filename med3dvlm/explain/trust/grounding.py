"""How much of what a model answers comes from the scan: a card with a diagnosis.

    card = grounding_card(ask(reader, cases), rng=rng)
    card.reliance.value         # share of right answers that the scan adds to those on air
    card.diagnosis, card.verdict

Compares answers with the scan and without, as is usual for questions about pictures (Goyal et al.,
arXiv 1612.00837). All intervals are bootstraps over scans.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from med3dvlm.explain.trust.asking import CONDITIONS, Answered, Condition
from med3dvlm.explain.trust.localisation import Rate, rate
from med3dvlm.metrics.resampling import Resamples

Diagnosis = Literal["looks", "sides swapped", "unclear", "blind", "always yes", "copies", "too few"]
FEWEST, FEWEST_OF_A_SORT = 12, 5
NEARLY_ALL, NEARLY_NONE = 0.9, 0.05

SENTENCES: dict[Diagnosis, str] = {
    "looks": "It looks: with the scan it is right in {image}, on air in {blank}.",
    "sides swapped": "It looks but confuses left and right: it names the wrong side in {swapped}.",
    "unclear": "Its answers change with the scan, but they aren't clearly better for it: right in "
    "{image} with the scan, in {blank} on air, in {another} with another scan.",
    "blind": "It answers without looking: {unmoved} of its answers stay the same whatever it sees.",
    "always yes": "It says yes to every finding: in {yes} with the scan, in {invented} on air.",
    "copies": "It repeats the question: it takes the answer that the question names in {copied}.",
    "too few": "There are too few questions to tell: ask at least {fewest}.",
}
LED = " But where a question suggests an answer, it gives that one in {copied}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracies:
    """Share of right answers in each condition; on the flipped scan, of those right there."""

    image: Rate
    blank: Rate
    another: Rate
    flipped: Rate
    cropped: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundingCard:
    """What a set of questions tells about a model; None where it has too few of a sort.

    Attributes:
        scans: number of scans.
        questions: number of questions.
        accuracy: in each condition.
        reliance: how much oftener it is right with the scan than on air.
        own_scan: how much oftener it is right with the scan than with another in its place.
        sensitivity: share of answers that change when air or another scan takes the scan's place.
        yes: share of questions about findings to which it says yes, with the scan.
        invented: the same on air: findings stated on nothing.
        swapped: share of questions about a side in which it names the other one.
        follows: share of questions about a side whose answer changes when the scan is flipped.
        copied: share of questions that name an option in which it takes that one.
        diagnosis: the first that applies.
    """

    scans: int
    questions: int
    accuracy: Accuracies
    reliance: Rate
    own_scan: Rate
    sensitivity: Rate
    yes: Rate | None
    invented: Rate | None
    swapped: Rate | None
    follows: Rate | None
    copied: Rate | None
    diagnosis: Diagnosis

    @property
    def verdict(self) -> str:
        """The diagnosis in a sentence with its figures; of what looks, whether it can be led."""
        led = self.diagnosis == "looks" and self.copied is not None and self.copied.low > 0.5
        return (SENTENCES[self.diagnosis] + LED * led).format(
            image=_percent(self.accuracy.image), blank=_percent(self.accuracy.blank),
            another=_percent(self.accuracy.another), swapped=_percent(self.swapped),
            yes=_percent(self.yes), invented=_percent(self.invented), copied=_percent(self.copied),
            unmoved=f"{100 * (1 - self.sensitivity.value):.0f} %", fewest=FEWEST,
        )  # fmt: skip


RIGHT: dict[Condition, str] = {
    "image": "right with the scan",
    "blank": "right on air",
    "another": "right with another scan in its place",
    "flipped": "right on the mirrored scan",
    "cropped": "right on the cropped scan",
}
NAMES = {
    "reliance": "right oftener with the scan than on air",
    "own_scan": "right oftener with the scan than with another",
    "sensitivity": "answers that change without the scan",
    "yes": "findings stated with the scan",
    "invented": "findings stated on air",
    "swapped": "wrong side named",
    "follows": "side that changes when the scan is flipped",
    "copied": "suggested answer taken",
}


def rows_of(card: GroundingCard) -> list[tuple[str, Rate | None]]:
    """All shares of a card with their names, in the order of a table."""
    right: list[tuple[str, Rate | None]] = [
        (RIGHT[name], getattr(card.accuracy, name)) for name in CONDITIONS
    ]
    return right + [(name, getattr(card, key)) for key, name in NAMES.items()]


Score = Callable[[Answered], float]


def grounding_card(answers: Sequence[Answered], *, rng: np.random.Generator) -> GroundingCard:
    """The card of all answers; there must be at least one."""
    scans = 1 + max(one.scan for one in answers)
    draws = Resamples(cases=scans, rng=rng)

    def share(score: Score, of: Sequence[Answered] = answers) -> Rate:
        return rate([score(one) for one in of], draws, rows=[one.scan for one in of])

    def share_if(score: Score, of: Sequence[Answered]) -> Rate | None:
        return share(score, of) if len(of) >= FEWEST_OF_A_SORT else None

    findings = [one for one in answers if one.question.finding]
    sides = [one for one in answers if one.question.has_side]
    named = [one for one in answers if one.question.suggested]
    found: dict[str, Rate | None] = {
        "yes": share_if(lambda one: _states(one, "image"), findings),
        "invented": share_if(lambda one: _states(one, "blank"), findings),
        "swapped": share_if(lambda one: one.said["image"] == one.question.when_flipped, sides),
        "follows": share_if(lambda one: one.said["image"] != one.said["flipped"], sides),
        "copied": share_if(lambda one: one.said["image"] == one.question.suggested, named),
    }
    accuracy = Accuracies(**{name: share(_right(name)) for name in CONDITIONS})
    gains = {
        "reliance": share(lambda one: _right("image")(one) - _right("blank")(one)),
        "own_scan": share(lambda one: _right("image")(one) - _right("another")(one)),
    }
    sensitivity = share(_moved)
    return GroundingCard(
        scans=len({one.scan for one in answers}), questions=len(answers), accuracy=accuracy,
        sensitivity=sensitivity, **gains, yes=found["yes"], invented=found["invented"],
        swapped=found["swapped"], follows=found["follows"], copied=found["copied"],
        diagnosis=_diagnosis(len(answers), gains, sensitivity, found),
    )  # fmt: skip


def _diagnosis(
    questions: int, gains: dict[str, Rate], sensitivity: Rate, found: dict[str, Rate | None]
) -> Diagnosis:
    """The first that applies: what explains all of a model's answers comes first.

    Few questions suggest an answer, so what is better with its scan does more than repeat them.
    """
    swapped = found["swapped"]
    looks = all(gain.low > 0 for gain in gains.values())
    always_yes = all(_at_least(found[name], NEARLY_ALL) for name in ("yes", "invented"))
    applies: dict[Diagnosis, bool] = {
        "too few": questions < FEWEST,
        "copies": _at_least(found["copied"], NEARLY_ALL) and not looks,
        "always yes": always_yes,
        "blind": sensitivity.value <= NEARLY_NONE,
        "sides swapped": swapped is not None and swapped.low > 0.5,
        "looks": looks,
    }
    return next((diagnosis for diagnosis, true in applies.items() if true), "unclear")


def _at_least(found: Rate | None, least: float) -> bool:
    return found is not None and found.value >= least


def _states(one: Answered, condition: Condition) -> float:
    return float(one.said[condition] == one.question.options[0])


def _right(condition: Condition) -> Score:
    def right(one: Answered) -> float:
        asked = one.question
        wanted = asked.when_flipped if condition == "flipped" else asked.truth
        return float(one.said[condition] == wanted)

    return right


def _moved(one: Answered) -> float:
    others = (one.said["blank"], one.said["another"])
    return sum(other != one.said["image"] for other in others) / len(others)


def _percent(found: Rate | None) -> str:
    if found is None:
        return "-"
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"
