"""What was fitted for a model after its training, and lies next to its weights.

fitted = read_fitted(folder, digest)
fitted.calibration, fitted.statistics, fitted.claims        # each None if there is none
fitted.claim_check(features, presence)       # what tells which findings a report may claim
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.calibration import Calibration, read_calibration
from med3dvlm.engine.claims import ClaimCheck, Claims, read_claims
from med3dvlm.engine.familiarity import Familiarity, Statistics, read_statistics
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.readout import Readout, read_readout
from med3dvlm.engine.real_scans import RealFacts, read_real_facts
from med3dvlm.engine.search_scores import SearchScores
from med3dvlm.phantoms.findings import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Parts that a model may lack.

    Attributes:
        calibration: temperatures of option probabilities.
        statistics: of the encoder's features, to tell unfamiliar scans.
        claims: how sure a report must be to claim a finding.
        readout: what the features tell of findings, for scans unlike the training data.
        search: how similar a hit of a search must be to fit, by the dual encoder.
        real_scans: what was measured on real scans.
    """

    calibration: Calibration | None = None
    statistics: Statistics | None = None
    claims: Claims | None = None
    readout: Readout | None = None
    search: SearchScores | None = None
    real_scans: RealFacts | None = None

    def familiarity(self, features: VolumeFeatures) -> Familiarity | None:
        """How close a volume is to the training data; None if that is unknown."""
        if self.statistics is None:
            return None
        return self.statistics.familiarity(features.low, features.high)

    def claim_check(
        self, features: VolumeFeatures, presence: Callable[[str], float]
    ) -> ClaimCheck | None:
        """What tells whether a report of a volume may claim a finding; None if that is unknown.

        `presence` asks the model how probable a kind of finding is. Of a scan unlike the training
        data the readout decides instead, if there is one.
        """
        if self.claims is None:
            return None
        unfamiliar = self._is_outside(features)
        if unfamiliar and self.readout is not None:
            told = self.readout.probabilities(features.low, features.high)
            return ClaimCheck(told.__getitem__, self.readout.claims(), unfamiliar=True)
        return ClaimCheck(presence, self.claims, unfamiliar=unfamiliar)

    def estimates(
        self, features: VolumeFeatures, presence: Callable[[str], float], shown: Collection[str]
    ) -> dict[str, float]:
        """The probability of each kind of finding, asked for or, as in reports, read out.

        Of kinds that are not among those `shown`, it is 0: asked about an organ out of view, a
        model may say yes.
        """
        told = presence
        if self.readout is not None and self._is_outside(features):
            told = self.readout.probabilities(features.low, features.high).__getitem__
        return {kind: told(kind) if kind in shown else 0.0 for kind in KINDS}

    def _is_outside(self, features: VolumeFeatures) -> bool:
        """Whether a volume is known to be unlike the training data."""
        found = self.familiarity(features)
        return found is not None and found.outside


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
        readout=read_readout(folder, weights),
        real_scans=read_real_facts(folder.parent, weights) if folder.name == VLM_FOLDER else None,
    )
