"""If the requested model can't be loaded, the embedded one answers and the page says so.

    engine = load_or_fall_back(load, wanted, spare, notice=notice, allowed=True)
    notice.text                         # what the page says; empty without a fallback

Only if the operator allows it (a Space does); otherwise a wrong name is an error to fix.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from med3dvlm.errors import CheckpointError

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass
class FallbackNotice:
    """The message above the model's badge; empty for none."""

    text: str = ""


def load_or_fall_back(
    load: Callable[[str], T], wanted: str, spare: str, *, notice: FallbackNotice, allowed: bool
) -> T:
    """Load `wanted`, or `spare` if that fails and a fallback is allowed.

    Raises:
        CheckpointError: the model can't be loaded and no fallback is allowed.
    """
    notice.text = ""
    try:
        return load(wanted)
    except CheckpointError as error:
        if not allowed or wanted == spare:
            raise
        logger.warning("%s could not be loaded; the embedded model answers: %s", wanted, error)
        notice.text = (
            f"The model {wanted} could not be loaded here. The small embedded model answers "
            "instead; it was trained only on phantoms."
        )
        return load(spare)
