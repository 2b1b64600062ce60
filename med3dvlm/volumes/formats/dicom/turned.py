"""Slices that are stored turned by 180 degrees, or mirrored, beside the others of their volume.

groups = rejoined(groups)         # frames by orientation; those that fit are turned and join
plane = upright(plane, frame)     # the stored picture, as the others lie

Their positions say how they lie, so nothing is guessed. Turned slices that form a scan of their
own (prone beside supine) stay one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.passes import passes
from med3dvlm.volumes.formats.dicom.stack import place_groups
from med3dvlm.volumes.formats.scaling import Values

# Direction cosines that differ by less count as the same.
SAME_DIRECTION = 0.002


def rejoined(groups: Sequence[list[Frame]]) -> list[list[Frame]]:
    """Groups of one kind by orientation; a group whose slices lie between another's joins it."""
    made: list[list[Frame]] = []
    for group in sorted(groups, key=len, reverse=True):
        for at, home in enumerate(made):
            turned = _turned_to(home[0], group)
            if turned and _are_one(home, turned):
                made[at] = home + turned
                break
        else:
            made.append(group)
    in_order = {id(group[0]): n for n, group in enumerate(groups)}
    return sorted(made, key=lambda group: in_order[id(group[0])])


def upright(plane: Values, frame: Frame) -> Values:
    """The picture of a frame, turned as its position and axes say."""
    rows, columns = frame.flips
    return plane[:: -1 if rows else 1, :: -1 if columns else 1]


def turned_notes(frames: Sequence[Frame]) -> tuple[str, ...]:
    """What was done to slices that were stored otherwise, for the user."""
    count = sum(any(frame.flips) for frame in frames)
    if not count:
        return ()
    return (f"Slices stored turned by 180 degrees or mirrored, and turned back: {count}.",)


def _turned_to(first: Frame, group: Sequence[Frame]) -> list[Frame]:
    """The group along the axes of a frame, or nothing if it lies otherwise."""
    other = group[0]
    if first.axes is None or other.axes is None or other.position is None:
        return []
    if not other.spacing_mm or not _fits(first, other):
        return []
    signs = np.sign((first.axes * other.axes).sum(axis=1))
    if not np.allclose(first.axes, other.axes * signs[:, None], rtol=0, atol=SAME_DIRECTION):
        return []
    return [_flipped(frame, columns=signs[0] < 0, rows=signs[1] < 0) for frame in group]


def _fits(one: Frame, other: Frame) -> bool:
    same = [
        (f.instance.rows, f.instance.columns, f.instance.photometric, f.instance.localizer,
         f.instance.modality)
        for f in (one, other)
    ]  # fmt: skip
    return same[0] == same[1] and one.spacing_mm == other.spacing_mm


def _flipped(frame: Frame, *, columns: bool, rows: bool) -> Frame:
    """The same picture, counted from another corner."""
    assert frame.axes is not None
    assert frame.position is not None
    assert frame.spacing_mm is not None
    row_mm, column_mm = frame.spacing_mm
    lengths = (
        columns * column_mm * (frame.instance.columns - 1),
        rows * row_mm * (frame.instance.rows - 1),
    )
    signs = np.where((columns, rows), -1.0, 1.0)
    return replace(
        frame,
        position=frame.position + np.array(lengths) @ frame.axes,
        axes=frame.axes * signs[:, None],
        flips=(rows, columns),
    )


def _are_one(home: list[Frame], turned: list[Frame]) -> bool:
    """Whether no place is taken twice, and neither part is a scan of its own among the other."""
    together = home + turned
    alone = all(len(place) == 1 for place in place_groups(together))
    return alone and not passes([home, turned])
