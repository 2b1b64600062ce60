"""The kinds of experiment that a lesson's step can name, and what each of them needs and tells.

    EXPERIMENTS["threshold"].prediction         # "number": what a learner is asked for first
    EXPERIMENTS["threshold"].values             # what the step's text may quote once it has run

How they run on a model is in `med3dvlm/ui/learn/experiments/`.
"""

from dataclasses import dataclass
from typing import Literal

Prediction = Literal["click", "choice", "number", "percentages", "writing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One kind of experiment.

    Attributes:
        prediction: what the learner gives before the model shows anything.
        values: names of what comes out of it; a step's `reveal` quotes them in braces.
        needs: fields of a step that it can't do without.
        options: number of options of a choice; 0 for other predictions.
        tolerance: of a number: a guess within this share of the truth gets the whole point.
        least: of a number: but a guess that is off by no more than this does, too.
    """

    prediction: Prediction
    values: tuple[str, ...]
    needs: tuple[str, ...] = ()
    options: int = 0
    tolerance: float = 0.25
    least: float = 0.0


PRESENCE = ("question", "finding", "yes", "yes_before", "blind")

EXPERIMENTS: dict[str, Experiment] = {
    "voxel": Experiment(
        prediction="number", values=("mm", "scan_mm", "deep_mm", "grid"), needs=("finding",)
    ),
    "stem": Experiment(
        prediction="number", values=("percent", "measured"), needs=("finding",), least=1
    ),
    "changed": Experiment(
        prediction="choice", values=PRESENCE, needs=("finding", "change"), options=2
    ),
    "side": Experiment(
        prediction="choice", values=("question", "before", "after", "share"),
        needs=("finding", "place"), options=2,
    ),
    "sure": Experiment(
        prediction="number", values=PRESENCE, needs=("finding",), tolerance=0, least=15
    ),
    "agreement": Experiment(
        prediction="number", values=("finding", "agree", "of", "first"), needs=("finding",),
        tolerance=0, least=1,
    ),
    "familiar": Experiment(
        prediction="choice", values=("nearer", "compared", "flagged"), needs=("finding", "change"),
        options=2,
    ),
    "look": Experiment(
        prediction="click", values=("finding", "share", "believed"), needs=("finding",)
    ),
    "find": Experiment(
        prediction="click", values=("finding", "place", "size", "yes", "distance", "verdict")
    ),
    "certificate": Experiment(
        prediction="number", values=("percent", "prior", "random", "verdict"), needs=("finding",),
        tolerance=0, least=10,
    ),
    "threshold": Experiment(
        prediction="number", values=("finding", "threshold", "cell", "largest"),
        needs=("finding",), tolerance=0.3, least=3,
    ),
    "curve": Experiment(
        prediction="percentages", values=("finding", "people", "model"),
        needs=("finding",),
    ),
    "leading": Experiment(
        prediction="choice", values=("question", "said"), needs=("finding",), options=2
    ),
    "chain": Experiment(
        prediction="choice", values=("question", "before", "first", "last"), needs=("finding",),
        options=4,
    ),
    "loss": Experiment(
        prediction="number", values=("finding", "before", "after", "of"), needs=("finding",),
        tolerance=0.3, least=0.1,
    ),
    "matrix": Experiment(
        prediction="number", values=("right", "of"), tolerance=0.2, least=1
    ),
    "written": Experiment(prediction="writing", values=("truth", "said"), needs=("finding",)),
}  # fmt: skip
