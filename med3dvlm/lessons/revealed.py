"""What an experiment brings to light, and what a prediction of it is worth.

revealed = Revealed(truth=11.5, values={"threshold": 11.5})
score_of(step, revealed, "9 mm", scene)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import Step
from med3dvlm.lessons.scenes import Scene
from med3dvlm.lessons.scoring import (
    Mask,
    Place,
    read_number,
    read_percentages,
    score_choice,
    score_click,
    score_number,
    score_percentages,
    score_writing,
)

WITHIN_MM = 10.0
NO_CLICK = "Click in the slice first, or walk to a place with the arrow keys and press Enter."
NO_CHOICE = "Choose an answer first."
NO_SUCH = "Type a number from {low:g} to {high:g}."
NO_TEXT = "Write a few words first, such as: A cyst in the liver."

Curve = tuple[float, ...]
# An option's place, a number, percentages, kinds of finding, or pixels of the scene's slice.
Truth = int | float | Curve | frozenset[str] | Mask
# What a learner said: an option's place, a text, or a place in the slice.
Said = int | str | Place | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Revealed:
    """What came out of an experiment.

    Attributes:
        truth: what the prediction is held against.
        model: the model's own score against the phantom's known truth; None where it has none.
        values: for the step's text.
        place: row and column that the model marks in the slice.
        picture: WebP or PNG, in place of the slice.
        pictured: what it shows.
    """

    truth: Truth
    model: float | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = None
    picture: bytes = b""
    pictured: str = ""


def check_said(step: Step, said: Said) -> None:
    """Refuse a prediction that can't be scored, before anything is computed.

    Raises:
        PromptError: nothing was said, or it can't be read.
    """
    match step.kind.prediction:
        case "click":
            if not isinstance(said, tuple):
                raise PromptError(NO_CLICK)
        case "choice":
            if not isinstance(said, int) or not 0 <= said < len(step.options):
                raise PromptError(NO_CHOICE)
        case "number":
            number = read_number(str(said or ""))
            low, high = step.bounds
            if not low <= number <= high:
                raise PromptError(NO_SUCH.format(low=low, high=high))
        case "percentages":
            read_percentages(str(said or ""), len(step.sizes_mm))
        case "writing":
            if not str(said or "").strip():
                raise PromptError(NO_TEXT)


def score_of(step: Step, revealed: Revealed, said: Said, scene: Scene) -> float:
    """What a prediction is worth; it was checked before."""
    truth, kind = revealed.truth, step.kind
    match kind.prediction:
        case "click":
            place = cast("Place", said)
            return score_click(
                cast("Mask", truth), place, pixel_mm=scene.pixel_mm, within_mm=WITHIN_MM
            )
        case "choice":
            return score_choice(cast("int", said), cast("int", truth))
        case "percentages":
            return score_percentages(class_curve(step, str(said)), cast("Curve", truth))
        case "writing":
            return score_writing(str(said), cast("frozenset[str]", truth))
    guess, right = read_number(str(said)), cast("float", truth)
    return score_number(guess, right, tolerance=kind.tolerance, least=kind.least)


def class_curve(step: Step, text: str) -> tuple[float, ...]:
    """The mean of the curves of all lines."""
    curves = read_percentages(text, len(step.sizes_mm))
    return tuple(float(mean) for mean in np.mean(curves, axis=0))


def words_of(step: Step, said: Said, scene: Scene) -> str:
    """A prediction in words."""
    if isinstance(said, tuple):
        down, across = scene.shares_of(said)
        return f"{100 * across:.0f} % from the left, {100 * down:.0f} % from the top"
    if step.kind.prediction == "choice":
        return step.options[cast("int", said)]
    text = " | ".join(str(said).split("\n")).strip()[:200]
    return f"{text} {step.unit}".strip()
