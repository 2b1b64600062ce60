"""Groups DICOM frames into volumes; never mixes series, orientations or time points.

for group in grouped(frames):
    stacked(group.frames)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from med3dvlm.volumes.formats.dicom.header import MARKS, Frame
from med3dvlm.volumes.formats.dicom.stack import place_groups

# Direction cosines and millimetres that differ by less count as the same.
SAME_DIRECTION = 0.002
SAME_SPACING_MM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Frames of one volume; `part` is its place within the series, `copies` counts duplicates."""

    key: str
    frames: tuple[Frame, ...]
    part: str = ""
    copies: int = 0


def grouped(frames: Sequence[Frame]) -> list[Group]:
    """Frames by series, then by geometry, then by what distinguishes images at one position."""
    series: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda f: (f.instance.series, f.number, f.instance.path.name)):
        series.setdefault(frame.instance.series, []).append(frame)
    return [group for key, members in series.items() for group in _split(key, members)]


def _split(key: str, frames: list[Frame]) -> list[Group]:
    unique = _without_copies(frames)
    parts = [(part, members) for alike in _by_geometry(unique) for part, members in _by_mark(alike)]
    copies = len(frames) - len(unique)
    return [
        Group(
            key=key if n == 1 else f"{key}-{n}",
            frames=tuple(members),
            part=part,
            copies=copies if n == 1 else 0,
        )
        for n, (part, members) in enumerate(parts, start=1)
    ]


def _without_copies(frames: list[Frame]) -> list[Frame]:
    """Frames without duplicate copies of a file."""
    unique: dict[tuple[str, int, int, str], Frame] = {}
    for frame in frames:
        key = (frame.instance.copy, frame.index, frame.number, str(frame.position))
        unique.setdefault(key, frame)
    return list(unique.values())


def _by_geometry(frames: list[Frame]) -> list[list[Frame]]:
    """Frames of the same size, spacing, orientation and kind."""
    groups: list[list[Frame]] = []
    for frame in frames:
        home = next((group for group in groups if _alike(group[0], frame)), None)
        if home is None:
            groups.append([frame])
        else:
            home.append(frame)
    return groups


def _alike(one: Frame, other: Frame) -> bool:
    kinds = [
        (f.instance.rows, f.instance.columns, f.instance.photometric, f.instance.localizer,
         f.instance.modality, f.axes is None or f.position is None, f.spacing_mm is None)
        for f in (one, other)
    ]  # fmt: skip
    if kinds[0] != kinds[1]:
        return False
    same = (
        one.spacing_mm is None
        or other.spacing_mm is None
        or bool(np.allclose(one.spacing_mm, other.spacing_mm, rtol=0, atol=SAME_SPACING_MM))
    )
    turned = (
        one.axes is not None
        and other.axes is not None
        and not np.allclose(one.axes, other.axes, rtol=0, atol=SAME_DIRECTION)
    )
    return same and not turned


def _by_mark(frames: list[Frame]) -> list[tuple[str, list[Frame]]]:
    """Split images at the same position by the mark, or pair of marks, that separates them."""
    times = max(len(group) for group in place_groups(frames))
    if times == 1:
        return [("", frames)]
    for name, mark in _marks():
        parts: dict[tuple[str, ...], list[Frame]] = {}
        for frame in frames:
            parts.setdefault(mark(frame), []).append(frame)
        if len(parts) == times and all(_one_each(part) for part in parts.values()):
            return [
                (f"{name} {n} of {len(parts)}", part)
                for n, part in enumerate(parts.values(), start=1)
            ]
    return [("", frames)]


def _one_each(frames: list[Frame]) -> bool:
    return max(len(group) for group in place_groups(frames)) == 1


def _marks() -> list[tuple[str, Callable[[Frame], tuple[str, ...]]]]:
    """What may distinguish frames: one mark, the file of a multi-frame object, two marks."""

    def one(at: int) -> Callable[[Frame], tuple[str, ...]]:
        return lambda frame: (frame.marks[at],)

    def two(first: int, second: int) -> Callable[[Frame], tuple[str, ...]]:
        return lambda frame: (frame.marks[first], frame.marks[second])

    names = [name for name, _ in MARKS.values()]
    ways: list[tuple[str, Callable[[Frame], tuple[str, ...]]]] = [
        (name, one(at)) for at, name in enumerate(names)
    ]
    ways.append(("file", lambda frame: (frame.instance.copy,)))
    ways += [
        (f"{names[a]} and {names[b]}", two(a, b)) for a, b in combinations(range(len(names)), 2)
    ]
    return ways
