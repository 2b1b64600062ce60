"""What a grounding card asks: about phantoms, or about any scans by a file of questions.

    cases = phantom_cases(40)
    cases = read_cases(Path("questions.jsonl"))

A line of such a file is a JSON object: {"scan": "a.nii.gz", "text": "Is there a stone?", "options":
["Yes", "No"], "truth": "Yes", "finding": true}, where `mirrored` names the truth after left and
right are swapped. Scans are named relative to the file.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from med3dvlm.engine.understanding import own_words
from med3dvlm.errors import PromptError, TrainingError
from med3dvlm.explain.trust import questions
from med3dvlm.explain.trust.asking import Case
from med3dvlm.phantoms.splits import TEST
from med3dvlm.volumes import Volume, open_volume


def phantom_cases(count: int, *, first: int = TEST.start) -> list[Case]:
    """Test phantoms with questions about findings, sides and the plane."""
    return questions.phantom_cases(count, words=own_words, first=first)


def read_cases(path: Path) -> list[Case]:
    """The scans of a file of questions, in the order in which it names them first.

    Raises:
        TrainingError: the file can't be read, a line is no question, or there are too many.
    """

    def opener(scan: str) -> Callable[[], Volume]:
        return partial(open_volume, path.parent / scan)

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return questions.read_lines(lines, _scan_of, opener)
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: it can't be read ({error})") from None
    except PromptError as error:
        raise TrainingError(f"{path}, {error}") from None


def _scan_of(stored: dict[str, Any]) -> str:
    scan = stored.pop("scan", "")
    if not isinstance(scan, str) or not scan:
        raise TrainingError("it names no scan")
    return scan
