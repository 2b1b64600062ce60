"""Splits frames of one geometry into the volumes they hold: time points, echoes, passes, kernels.

    for part in split(frames, limits):
        part.frames, part.words         # "echo 2 of 3 (9.8 ms)"

Images at one position are split by the fact, or pair of facts, that tells them apart; where nothing
does, by the order of their numbers or times. Passes with slices at different positions are split
only if each is complete by itself.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

from med3dvlm.volumes.formats.dicom.copies import are_copies
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.marks import MARKS, seconds_of
from med3dvlm.volumes.formats.dicom.parts import FILE, ORDER, Part, Way, key_of, worded
from med3dvlm.volumes.formats.dicom.passes import passes
from med3dvlm.volumes.formats.dicom.stack import place_groups
from med3dvlm.volumes.limits import Limits

ORDER_NOTE = (
    "Nothing but {what} distinguishes the images at each position: the volumes were formed in "
    "that order."
)


def split(frames: Sequence[Frame], limits: Limits) -> list[Part]:
    """The volumes that the frames hold, in their order; one part if they can't be split."""
    places = place_groups(frames)
    times = max(len(group) for group in places)
    parts = _by_marks(frames, places, times) if times > 1 else []
    parts = parts or _by_passes(frames)
    if times > 1 and not parts:
        parts = _by_order(places, times, limits)
    return parts or [Part(frames=tuple(frames))]


def _by_marks(frames: Sequence[Frame], places: list[list[Frame]], times: int) -> list[Part]:
    """Split by what has as many values as there are images at one position."""
    at = {id(frame): place for place, group in enumerate(places) for frame in group}
    varying = _varying(frames)
    for way in (*((mark,) for mark in varying), FILE, *combinations(varying, 2)):
        parts = _parts(frames, way)
        if len(parts) == times and all(len({at[id(f)] for f in part}) == len(part)
                                       for part in parts):  # fmt: skip
            return worded(parts, way)
    return []


def _by_passes(frames: Sequence[Frame]) -> list[Part]:
    if any(frame.position is None or frame.axes is None for frame in frames):
        return []
    for mark in _varying(frames):
        runs = passes(_parts(frames, (mark,)))
        if runs:
            return worded(runs, (mark,))
    return []


def _by_order(places: list[list[Frame]], times: int, limits: Limits) -> list[Part]:
    """Split by instance number, or time, where every position has equally many images."""
    if any(len(group) != times for group in places):
        return []
    if all(are_copies(group, limits) for group in places):
        return []

    def ranked(place: Callable[[Frame], float]) -> list[list[Frame]]:
        ordered = (sorted(group, key=place) for group in places)
        return [list(part) for part in zip(*ordered, strict=True)]

    def distinct(place: Callable[[Frame], float | None]) -> bool:
        values = [[place(frame) for frame in group] for group in places]
        return all(None not in group and len(set(group)) == times for group in values)

    parts = ranked(lambda frame: frame.number)
    if distinct(lambda frame: frame.number) and _follow(parts, places):
        return worded(parts, ORDER, ORDER_NOTE.format(what="the order of instance numbers"))
    if distinct(lambda frame: seconds_of(frame.marks)):
        parts = ranked(lambda frame: seconds_of(frame.marks) or 0.0)
        return worded(parts, ORDER, ORDER_NOTE.format(what="the time of acquisition"))
    return []


def _follow(parts: list[list[Frame]], places: list[list[Frame]]) -> bool:
    """Whether numbers go through one volume after the other, or one position after the other."""
    return _ordered(parts) or _ordered(places) or _ordered(places[::-1])


def _ordered(groups: Sequence[Sequence[Frame]]) -> bool:
    """Whether each group's numbers lie above those of the one before."""
    ends = [(min(f.number for f in group), max(f.number for f in group)) for group in groups]
    return all(end < start for (_, end), (start, _) in pairwise(ends))


def _varying(frames: Sequence[Frame]) -> list[int]:
    """Marks that are not the same for all frames."""
    return [
        mark
        for mark in range(len(MARKS))
        if len({frame.marks[mark].digest for frame in frames}) > 1
    ]


def _parts(frames: Sequence[Frame], way: Way) -> list[list[Frame]]:
    parts: dict[tuple[str, ...], list[Frame]] = {}
    for frame in frames:
        parts.setdefault(key_of(frame, way), []).append(frame)
    return list(parts.values())
