"""A trial of the lesion lab from its file, as what the controls of the lab say.

earlier = read_file(path)
chosen, voxel = chosen_by(earlier, scan)
"""

from pathlib import Path
from typing import Any

from med3dvlm.errors import ConfigError, PromptError
from med3dvlm.explain.lab.trials import LONGEST, ScanTrial, TrialResult, read_any_trial
from med3dvlm.ui.explain.painting import OPEN_SCAN, PHANTOM
from med3dvlm.ui.page.session import Scan

AnyTrial = TrialResult | ScanTrial
NO_TRIAL = "This file is no trial ({why}). Choose one that was saved here as JSON."
OTHER_SCAN = "This trial was painted into another scan. Open that one, then repeat it."
Voxel = tuple[float, float, float]


def read_file(path: Path) -> AnyTrial:
    """The trial of an uploaded file, which is then removed.

    Raises:
        PromptError: it is none.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(4 * LONGEST).decode("utf-8")
        return read_any_trial(text)
    except UnicodeDecodeError:
        raise PromptError(NO_TRIAL.format(why="it is no text")) from None
    except ConfigError as error:
        raise PromptError(NO_TRIAL.format(why=str(error).rstrip("."))) from None
    finally:
        path.unlink(missing_ok=True)


def chosen_by(earlier: AnyTrial, scan: Scan | None) -> tuple[tuple[Any, ...], Voxel | None]:
    """Source, kind, place, size, contrast and person of a trial, and its voxel in the open scan.

    Raises:
        PromptError: it was painted into another scan than the open one.
    """
    if isinstance(earlier, TrialResult):
        trial = earlier.trial
        contrast = trial.contrast
        return (PHANTOM, trial.kind, trial.place, trial.size_mm, contrast, trial.seed), None
    if scan is None or scan.volume.digest != earlier.scan:
        raise PromptError(OTHER_SCAN)
    size, contrast = earlier.size_mm, earlier.contrast
    return (OPEN_SCAN, earlier.kind, None, size, contrast, None), earlier.voxel
