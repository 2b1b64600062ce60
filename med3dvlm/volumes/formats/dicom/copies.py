"""Copies of images: equal pixels and scaling at the same place, whatever their UIDs say.

    kept, dropped = without_copies(frames, limits)

Careless anonymisers give all slices one UID, and careless exports give copies new ones.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.pixels import pictures
from med3dvlm.volumes.formats.dicom.stack import place_groups
from med3dvlm.volumes.limits import Limits


def without_copies(frames: Sequence[Frame], limits: Limits) -> tuple[tuple[Frame, ...], int]:
    """Frames without those equal to another at the same position, and how many were dropped."""
    kept = [frame for group in place_groups(frames) for frame in _different(group, limits)]
    return tuple(kept), len(frames) - len(kept)


def without_file_copies(frames: Sequence[Frame], limits: Limits) -> list[Frame]:
    """Frames without those that equal another of the same UID, number and position.

    An image that can't be decoded counts as different: reading the series will say why. So does one
    without number and position: slices of air are equal, too.
    """
    alike: dict[tuple[str, int, int, str], list[Frame]] = {}
    for at, frame in enumerate(frames):
        known = frame.position is not None or frame.number
        place = str(frame.position) if known else f"unknown {at}"
        alike.setdefault((frame.instance.copy, frame.index, frame.number, place), []).append(frame)
    kept: list[Frame] = []
    for group in alike.values():
        try:
            kept += _different(group, limits)
        except VolumeError:
            limits.check_time()
            kept += group
    return kept


def are_copies(frames: Sequence[Frame], limits: Limits) -> bool:
    """Whether some of the frames hold equal pixels."""
    try:
        return len(_different(frames, limits)) < len(frames)
    except VolumeError:
        limits.check_time()
        return False


def _different(frames: Sequence[Frame], limits: Limits) -> list[Frame]:
    """Frames with different pixels or scaling; a lone one isn't decoded."""
    if len(frames) == 1:
        return list(frames)
    kept: list[Frame] = []
    seen: list[tuple[tuple[float | None, float | None], NDArray[Any]]] = []
    for frame, plane in pictures(frames):
        limits.check_time()
        scale = (frame.slope, frame.intercept)
        if not any(scale == same and np.array_equal(plane, other) for same, other in seen):
            kept.append(frame)
            seen.append((scale, plane))
    return kept
