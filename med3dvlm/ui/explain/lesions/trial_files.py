"""A trial of the lesion lab from its file, as what the controls of the lab say.

earlier = read_file(path)
chosen, voxel = chosen_by(earlier, scan)
"""

from pathlib import Path
from typing import Any

from med3dvlm.errors import ConfigError, PromptError
from med3dvlm.explain.lab.trials import LONGEST, ScanTrial, TrialResult, read_any_trial
from med3dvlm.ui.explain.lesions.painting import OPEN_SCAN, PHANTOM
from med3dvlm.ui.page.session import Scan

AnyTrial = TrialResult | ScanTrial
NO_TRIAL = "This file is not a trial ({why}). Choose one that was saved here as JSON."
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
        raise PromptError(NO_TRIAL.format(why="it is not a text file")) from None
    except ConfigError as error:
        raise PromptError(NO_TRIAL.format(why=str(error).rstrip("."))) from None
    finally:
        path.unlink(missing_ok=True)


def chosen_by(earlier: AnyTrial, scan: Scan | None) -> tuple[tuple[Any, ...], Voxel | None]:
    """Source, kind, place, size, contrast and person of a trial, and its voxel in the open scan.

    Raises:
        PromptError: it was painted into another scan than the open one.
    """
    if isinstance(earlier, ScanTrial) and (scan is None or scan.volume.digest != earlier.scan):
        raise PromptError(OTHER_SCAN)
    return _chosen(earlier), None if isinstance(earlier, TrialResult) else earlier.voxel


def says_same(earlier: AnyTrial, chosen: tuple[Any, ...], voxel: Voxel | None) -> bool:
    """Whether the controls say an earlier trial; one that was painted into a scan, at its voxel."""
    if isinstance(earlier, ScanTrial) and (voxel is None or tuple(voxel) != tuple(earlier.voxel)):
        return False
    return [one or None for one in chosen] == [one or None for one in _chosen(earlier)]


def said_of(chosen: tuple[Any, ...]) -> str:
    """What the controls say, in a few words."""
    _, kind, _, size, *_ = chosen
    return f"a painted {kind} of {size:g} mm"


def _chosen(earlier: AnyTrial) -> tuple[Any, ...]:
    if isinstance(earlier, TrialResult):
        trial = earlier.trial
        return PHANTOM, trial.kind, trial.place, trial.size_mm, trial.contrast, trial.seed
    return OPEN_SCAN, earlier.kind, None, earlier.size_mm, earlier.contrast, None
