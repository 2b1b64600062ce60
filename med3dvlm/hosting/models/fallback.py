"""Where the wanted model can't be had, the embedded one answers, and the page says so.

    engine = load_or_fall_back(load, wanted, spare, notice=notice, allowed=True)
    notice.text                         # what the page tells, empty where nothing was replaced

Only where the operator allows it (a Space does): elsewhere a wrong name is an error to be mended.
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
    """What the page says above the model's badge; empty for nothing."""

    text: str = ""


def load_or_fall_back(
    load: Callable[[str], T], wanted: str, spare: str, *, notice: FallbackNotice, allowed: bool
) -> T:
    """Load `wanted`; where that fails and it is allowed, `spare`.

    Raises:
        CheckpointError: the model can't be had, nor may another take its place.
    """
    notice.text = ""
    try:
        return load(wanted)
    except CheckpointError as error:
        if not allowed or wanted == spare:
            raise
        logger.warning("%s can't be had, the embedded model takes its place: %s", wanted, error)
        notice.text = (
            f"The model {wanted} could not be had here. The small embedded model answers in its "
            "place; it has only ever seen phantoms."
        )
        return load(spare)
