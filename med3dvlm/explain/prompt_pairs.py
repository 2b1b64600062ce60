"""Pairs of prompts, what their probabilities find in scans of known truth, and who those are.

    pairs = read_pairs("there is a kidney stone", "there is no kidney stone")
    trials = bench_trials("kidney stone", people=12)
    points = roc(probabilities, truth)
    points[0].threshold, points[0].sensitivity, points[0].false_alarms

The logits are those of `med3dvlm/explain/zero_shot.py`; a pair's probability is the softmax of its
two.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import PromptError
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial
from med3dvlm.phantoms.splits import TEST

Floats = NDArray[np.floating]
FEWEST_PEOPLE, MOST_PEOPLE = 2, 100
PEOPLE = "Choose {fewest} to {most} people, each scanned with and without the finding."
MOST_PAIRS, LONGEST_TEXT = 4, 300
UNPAIRED = (
    "Each text that states the finding needs one that denies it: there are {a} and {b} lines."
)
NO_PAIR = "Type a text that states the finding, and below it one that denies it."
MANY_PAIRS = "At most {most} pairs of texts of up to {longest} characters can be compared at once."
ALIKE = "The two texts of a pair are the same: \u201c{text}\u201d. Change one of them."

MEANS = (
    "Without any training for it: in how many scans the text that states the finding fits better "
    "than the one that denies it, for every threshold."
)
MEANS_NOT = (
    "Not that the model understands the word no: other words for the same can give another curve, "
    "and a phantom is no patient."
)


class Prompts(NamedTuple):
    """A text that states a finding and one that denies it."""

    states: str
    denies: str


class Rates(NamedTuple):
    """At one threshold: how many of the ill are found, and how many healthy are taken for ill."""

    found: int
    ill: int
    alarms: int
    healthy: int


class Point(NamedTuple):
    """One threshold: shares of ill and of healthy scans whose probability reaches it."""

    threshold: float
    sensitivity: float
    false_alarms: float


def read_pairs(states: str, denies: str) -> tuple[Prompts, ...]:
    """Pairs of prompts from two texts with a prompt in each line.

    Raises:
        PromptError: they are no pairs, or too many or too long.
    """
    rows = [
        [line.strip() for line in text.splitlines() if line.strip()] for text in (states, denies)
    ]
    if not all(rows):
        raise PromptError(NO_PAIR)
    if len(rows[0]) != len(rows[1]):
        raise PromptError(UNPAIRED.format(a=len(rows[0]), b=len(rows[1])))
    if len(rows[0]) > MOST_PAIRS or max(map(len, (*rows[0], *rows[1]))) > LONGEST_TEXT:
        raise PromptError(MANY_PAIRS.format(most=MOST_PAIRS, longest=LONGEST_TEXT))
    pairs = tuple(Prompts(*pair) for pair in zip(*rows, strict=True))
    for pair in pairs:
        if pair.states == pair.denies:
            raise PromptError(ALIKE.format(text=pair.states))
    return pairs


def bench_trials(kind: str, *, people: int) -> list[Trial]:
    """People of the test set with a finding, over all its places and the sizes of training.

    Raises:
        PromptError: so many people can't be asked, or the kind is unknown.
    """
    if kind not in KINDS:
        raise PromptError(f"No finding is called {kind!r}; known are {', '.join(KINDS)}.")
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        raise PromptError(PEOPLE.format(fewest=FEWEST_PEOPLE, most=MOST_PEOPLE))
    known, places = KINDS[kind], KINDS[kind].places or ("",)
    sizes = np.random.default_rng(0).permutation(np.linspace(*known.size_mm, people))
    return [
        Trial(
            seed=TEST.start + number, kind=kind, place=places[number % len(places)],
            size_mm=round(float(size)),
        )
        for number, size in enumerate(sizes)
    ]  # fmt: skip


def pair_share(logits: Floats) -> Floats:
    """Probability (...) of the first text of a pair, for logits (..., 2)."""
    return 1 / (1 + np.exp(logits[..., 1] - logits[..., 0]))


def single_share(logits: Floats) -> Floats:
    """Probability (..., 2) that each text by itself belongs to the scan, as in training."""
    return 1 / (1 + np.exp(-logits))


def rates_at(threshold: float, probabilities: Sequence[float], truth: Sequence[bool]) -> Rates:
    """What a threshold finds and what it takes for ill."""
    found, ill = np.asarray(probabilities) >= threshold, np.asarray(truth, dtype=bool)
    return Rates(
        found=int(found[ill].sum()), ill=int(ill.sum()), alarms=int(found[~ill].sum()),
        healthy=int((~ill).sum()),
    )  # fmt: skip


def roc(probabilities: Sequence[float], truth: Sequence[bool]) -> list[Point]:
    """The curve from the strictest threshold to the laxest, one point for each probability.

    Its area is `area_under_curve` of `med3dvlm/metrics/ranking.py`.
    """
    found, ill = np.asarray(probabilities, dtype=np.float64), np.asarray(truth, dtype=bool)
    assert found.shape == ill.shape, "one truth for each probability"
    return [
        Point(float(threshold), _share(found[ill], threshold), _share(found[~ill], threshold))
        for threshold in (np.inf, *np.unique(found)[::-1])
    ]


def _share(found: Floats, threshold: float) -> float:
    return float((found >= threshold).mean()) if len(found) else float("nan")
