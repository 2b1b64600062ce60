"""What was measured about a model and lies beside its weights.

measured = read_measured(folder, digest)
measured.calibration, measured.statistics      # None where nothing was measured
"""

from dataclasses import dataclass
from pathlib import Path

from med3dvlm.engine.calibration import Calibration, read_calibration
from med3dvlm.engine.familiarity import Statistics, read_statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How sure its answers are, and what it is used to."""

    calibration: Calibration | None = None
    statistics: Statistics | None = None


NOTHING_MEASURED = Measured()


def read_measured(folder: Path, weights: str) -> Measured:
    """What lies in a VLM's folder and was made for these weights.

    Raises:
        CheckpointError: a file of it is damaged.
    """
    return Measured(
        calibration=read_calibration(folder, weights), statistics=read_statistics(folder, weights)
    )
