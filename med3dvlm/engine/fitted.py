"""What was fitted for a model after its training, and lies next to its weights.

fitted = read_fitted(folder, digest)
fitted.calibration, fitted.statistics, fitted.claims        # each None if there is none
"""

from dataclasses import dataclass
from pathlib import Path

from med3dvlm.engine.calibration import Calibration, read_calibration
from med3dvlm.engine.claims import Claims, read_claims
from med3dvlm.engine.familiarity import Statistics, read_statistics
from med3dvlm.engine.search_scores import SearchScores


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Parts that a model may lack.

    Attributes:
        calibration: temperatures of option probabilities.
        statistics: of the encoder's features, to tell unfamiliar scans.
        claims: how sure a report must be to claim a finding.
        search: how similar a hit of a search must be to fit, by the dual encoder.
    """

    calibration: Calibration | None = None
    statistics: Statistics | None = None
    claims: Claims | None = None
    search: SearchScores | None = None


NOTHING_FITTED = Fitted()


def read_fitted(folder: Path, weights: str) -> Fitted:
    """All that was fitted for the VLM in a folder, as far as it fits the weights' digest.

    Raises:
        CheckpointError: a file is damaged or doesn't match its schema.
    """
    return Fitted(
        calibration=read_calibration(folder, weights),
        statistics=read_statistics(folder, weights),
        claims=read_claims(folder, weights),
    )
