"""How similar a hit of a search must be to fit: fitted on validation phantoms.

scores = read_search_scores(folder / "dual_encoder", digest)
scores.text, scores.volume        # least cosine of a hit that fits a text, or fits another scan
scores.share                      # what estimates of findings are worth in the order of hits

A search always finds the nearest volumes, also where none is near: of a text about nothing that
the library holds, or a scan of another part of the body. The file lies next to the weights of the
dual encoder, whose cosines it is about; without it a search says nothing of how well hits fit.
"""

from dataclasses import dataclass
from pathlib import Path

from med3dvlm.errors import ConfigError
from med3dvlm.model.beside_weights import read_fitted_json
from med3dvlm.values import to_json

SEARCH_SCORES = "search.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchScores:
    """The least similarity of a hit that fits, and what estimates of its findings are worth.

    Attributes:
        weights: digest of the dual encoder that they were fitted for.
        text: for a search by text.
        volume: for a search by a scan.
        share: how much cosine a log-odds of 1 of an estimate is worth; 0 if there are none.
        cases: number of validation phantoms that they were fitted on.
    """

    weights: str
    text: float
    volume: float
    share: float = 0.0
    cases: int = 0
    format: int = FORMAT

    def __post_init__(self) -> None:
        for name, value in (("text", self.text), ("volume", self.volume)):
            if not isinstance(value, int | float) or not -1 <= value <= 1:
                raise ConfigError(f"the least score of {name} must be in [-1, 1], got {value!r}")
        if not isinstance(self.share, int | float) or not 0 <= self.share <= 1:
            raise ConfigError(f"the share of estimates must be in [0, 1], got {self.share!r}")
        if self.format != FORMAT:
            raise ConfigError(
                f"the search scores have format {self.format}, but this version reads {FORMAT}"
            )


def write_search_scores(folder: Path, scores: SearchScores) -> None:
    """Write the scores next to a dual encoder's weights."""
    (folder / SEARCH_SCORES).write_text(to_json(scores) + "\n")


def read_search_scores(folder: Path, weights: str) -> SearchScores | None:
    """The scores of a dual encoder; None if there are none, or if they are for other weights.

    Raises:
        CheckpointError: the file doesn't match its schema.
    """
    return read_fitted_json(folder / SEARCH_SCORES, SearchScores, weights=weights)
