"""What a prediction is worth, from 0 to 1, and how what was typed is read.

    score_click(mask, (12.0, 40.5), pixel_mm=(3, 3), within_mm=10)
    score_number(8.0, 11.0, tolerance=0.25)
    score_percentages((0, 40, 90), (10, 55, 95))
    score_writing("A stone in the left kidney.", {"kidney stone"})

All of them are pure; a text that can't be read is refused with what would be read.
"""

import re
from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import PromptError
from med3dvlm.phantoms.true_report import read_findings

Mask = NDArray[np.bool_]
Place = tuple[float, float]
WHOLE, HALF = 1.0, 0.5
WORTHLESS = 50.0  # percentage points off, on average, are worth nothing
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
LONGEST, MOST_LINES = 4000, 60


def distance_mm(mask: Mask, place: Place, *, pixel_mm: Place) -> float:
    """From a place to the nearest pixel of a mask of a slice; infinite where it is empty.

    Args:
        mask: (rows, columns).
        place: row and column.
        pixel_mm: height and width of a pixel.
    """
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return float("inf")
    down = np.maximum(np.abs(rows - place[0]) - 0.5, 0) * pixel_mm[0]
    across = np.maximum(np.abs(columns - place[1]) - 0.5, 0) * pixel_mm[1]
    return float(np.sqrt(down**2 + across**2).min())


def score_click(mask: Mask, place: Place, *, pixel_mm: Place, within_mm: float) -> float:
    """The whole point within so many mm of the mask, else none."""
    near = distance_mm(mask, place, pixel_mm=pixel_mm) <= within_mm
    return WHOLE if near else 0.0


def score_choice(chosen: int, truth: int) -> float:
    """The whole point for the right option."""
    return WHOLE if chosen == truth else 0.0


def score_number(guess: float, truth: float, *, tolerance: float, least: float = 0.0) -> float:
    """The whole point within the tolerance, half of it within twice as much.

    Args:
        guess: the prediction.
        truth: what came out.
        tolerance: as a share of the truth.
        least: but never narrower than this.
    """
    allowed = max(tolerance * abs(truth), least)
    off = abs(guess - truth)
    if off <= allowed:
        return WHOLE
    return HALF if off <= 2 * allowed else 0.0


def score_percentages(guesses: Sequence[float], truths: Sequence[float]) -> float:
    """One less the mean distance, of which 50 points are worth nothing."""
    off = float(np.mean(np.abs(np.subtract(guesses, truths))))
    return round(max(0.0, 1 - off / WORTHLESS), 2)


def score_writing(text: str, truth: Set[str]) -> float:
    """Findings named rightly as a share of all that were named or are there.

    A text that names none is right about a scan without any.
    """
    named = kinds_named(text)
    both = named | truth
    return round(len(named & truth) / len(both), 2) if both else WHOLE


def kinds_named(text: str) -> set[str]:
    """The kinds of finding that a text states; what it denies is left out."""
    return {kind for kind, _ in read_findings(text)}


def read_number(text: str) -> float:
    """The one number in what was typed.

    Raises:
        PromptError: there is none, or there are several.
    """
    found = _numbers(text[:LONGEST])
    if len(found) != 1:
        raise PromptError("Type one number, such as 12 or 7.5.")
    return found[0]


def read_percentages(text: str, count: int) -> list[tuple[float, ...]]:
    """The curves of a class: one line for each learner, so many percentages in each.

    Raises:
        PromptError: a line has another count, or a number that is no percentage.
    """
    lines = [line for line in text[:LONGEST].splitlines() if line.strip()][:MOST_LINES]
    if not lines:
        raise PromptError(f"Type {count} percentages, such as {_example(count)}.")
    return [_percentages(line, count) for line in lines]


def _percentages(line: str, count: int) -> tuple[float, ...]:
    # A comma parts the numbers here, so a decimal needs a point.
    found = tuple(float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", line))
    if len(found) != count or not all(0 <= number <= 100 for number in found):
        raise PromptError(
            f"{line.strip()[:40]!r}: type {count} percentages from 0 to 100 in each line, such as "
            f"{_example(count)}."
        )
    return found


def _example(count: int) -> str:
    return ", ".join(str(round(100 * n / (count - 1))) for n in range(count))


def _numbers(text: str) -> list[float]:
    return [float(number.replace(",", ".")) for number in NUMBER.findall(text)]
