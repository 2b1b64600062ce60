"""One cell of a results table: sighted, image-blind, chance, count and interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from med3dvlm.metrics.resampling import Floats, Resamples
from med3dvlm.phantoms.questions import QUESTION_TYPES, Question
from train.evaluation.record import Said

Figures = dict[str, Any]
Score = Callable[[Question, str], float]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question about a case, with the model's sighted and blind answers."""

    row: int
    question: Question
    said: Said


def of_form(asked: Sequence[Answered], form: str) -> dict[str, list[Answered]]:
    """Questions of a form grouped by type, in the published order of types."""
    kinds = {
        kind: [item for item in asked if (item.question.form, item.question.kind) == (form, kind)]
        for kind in QUESTION_TYPES
    }
    return {kind: items for kind, items in kinds.items() if items}


def mean(values: Sequence[float]) -> float:
    """Mean of at least one value."""
    return float(np.mean(values)) if len(values) else float("nan")


class Cells:
    """Makes cells whose intervals use the same bootstrap samples of cases."""

    def __init__(self, draws: Resamples) -> None:
        self.draws = draws

    def rows(
        self, kinds: dict[str, list[Answered]], score: Score, chance: Score | None = None
    ) -> Figures:
        """A cell for each type that has questions, and one for the mean over types."""
        figures: Figures = {}
        samples: list[Floats] = []
        for kind, items in kinds.items():
            seeing = [score(item.question, item.said.seeing) for item in items]
            samples.append(self.draws.mean([item.row for item in items], seeing))
            figures[kind] = {
                "seeing": mean(seeing),
                "blind": mean([score(item.question, item.said.blind) for item in items]),
                "questions": len(items),
                **self.edges(samples[-1]),
            }
            if chance is not None:
                figures[kind]["chance"] = mean([chance(item.question, "") for item in items])
        if not figures:
            return figures
        columns = ("seeing", "blind", "chance") if chance else ("seeing", "blind")
        means = {name: mean([cell[name] for cell in figures.values()]) for name in columns}
        together = np.asarray(np.mean(samples, axis=0), dtype=np.float64)
        return figures | {"mean": means | self.edges(together)}

    def edges(self, samples: Floats) -> dict[str, float]:
        """Lower and upper end of the interval from resampled figures."""
        interval = self.draws.interval(samples)
        return {"low": interval.low, "high": interval.high}
