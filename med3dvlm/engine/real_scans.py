"""What was measured of a model on real scans: figures that lie in its folder, and what to say.

told = read_real_facts(folder, weights)     # None if nothing was measured of these weights
told.sentence()                             # "Measured on 14 real CTs: body region ..."
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from med3dvlm.errors import ConfigError
from med3dvlm.model.beside_weights import read_fitted_json

FIGURES = "real_facts.json"
# A figure by its name in the file, and how it is told.
COUNTED = (
    ("region in view", "body region right in {}"),
    ("contrast or none", "contrast or none in {}"),
    ("said to be none of its regions", "{} heads, spines and limbs told from its regions"),
    ("recall of what is plain to see", "{} findings found that are plain to see"),
)
INVENTED = "invented findings a trunk scan"


@dataclass(frozen=True, slots=True)
class RealFacts:
    """Figures of `python -m train real_facts --record`.

    Attributes:
        scans: how many were shown.
        facts: by name, each with its `mean`, how many it is `of`, and the ends of an interval.
        weights: digest of the model's.
        invented: how often each kind of finding was reported that is not there.
    """

    scans: int
    facts: Mapping[str, Mapping[str, float]]
    weights: str
    invented: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all({"mean", "of"} <= set(figure) for figure in self.facts.values()):
            raise ConfigError("each figure on real scans needs `mean` and `of`")

    def sentence(self) -> str:
        """The figures in words."""
        told = [
            words.format(f"{round(figure['mean'] * figure['of'])} of {figure['of']}")
            for name, words in COUNTED
            if (figure := self.facts.get(name))
        ]
        if made_up := self.facts.get(INVENTED):
            told.append(f"{made_up['mean']:.1f} a scan reported that aren't there")
        return f"Measured on {self.scans} real CTs: {', '.join(told)}." if told else ""


def read_real_facts(folder: Path, weights: str) -> RealFacts | None:
    """The figures of a model; None if there are none, or if they are of other weights.

    Raises:
        CheckpointError: the file doesn't match its schema.
    """
    return read_fitted_json(folder / FIGURES, RealFacts, weights=weights)
