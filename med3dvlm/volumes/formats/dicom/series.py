"""Groups DICOM frames into volumes; never mixes series, orientations or time points.

for group in grouped(frames, limits):
    stacked(group.frames)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.volumes.formats.dicom.copies import without_file_copies
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.marks import amount_of
from med3dvlm.volumes.formats.dicom.parts import start_of
from med3dvlm.volumes.formats.dicom.split import split
from med3dvlm.volumes.formats.dicom.stack import natural
from med3dvlm.volumes.limits import Limits

# Direction cosines and millimetres that differ by less count as the same.
SAME_DIRECTION = 0.002
SAME_SPACING_MM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Frames of one volume; `part` is its place within the series, `copies` counts duplicates.

    `note` says what the user should know about how the series was split.
    """

    key: str
    frames: tuple[Frame, ...]
    part: str = ""
    note: str = ""
    copies: int = 0


def grouped(frames: Sequence[Frame], limits: Limits) -> list[Group]:
    """Frames by series, then by geometry, then by what distinguishes images at one position.

    Series come in order of their numbers and times, which is how a workstation lists them.
    """
    series: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda f: (f.number, natural(f.instance.path))):
        series.setdefault(frame.instance.series, []).append(frame)
    in_order = sorted(series.items(), key=lambda item: (_started(item[1]), item[0]))
    return [group for key, members in in_order for group in _split(key, members, limits)]


def _started(frames: Sequence[Frame]) -> tuple[float, float]:
    """Number of a series, and its time; those without one come last."""
    number = amount_of(frames[0].marks, "SeriesNumber")
    start = start_of(frames)
    return np.inf if number is None else number, np.inf if start is None else start


def _split(key: str, frames: list[Frame], limits: Limits) -> list[Group]:
    unique = without_file_copies(frames, limits)
    parts = [part for alike in _by_geometry(unique) for part in split(alike, limits)]
    copies = len(frames) - len(unique)
    return [
        Group(
            key=key if n == 1 else f"{key}-{n}",
            frames=part.frames,
            part=part.words,
            note=part.note,
            copies=copies if n == 1 else 0,
        )
        for n, part in enumerate(parts, start=1)
    ]


def told_apart(groups: Sequence[Group], described: Sequence[str]) -> list[str]:
    """Descriptions of groups; where they read alike, with number, time or place of the series."""
    alike: dict[str, list[int]] = {}
    for place, words in enumerate(described):
        alike.setdefault(words, []).append(place)
    said = list(described)
    for words, places in alike.items():
        starts = [_started(groups[place].frames) for place in places]
        numbers, times = ({start[n] for start in starts} for n in (0, 1))
        for place, (number, time) in zip(places, starts, strict=True):
            more = f", series number {number:g}" if len(numbers) > 1 and number < np.inf else ""
            if len(times) > 1 and max(times) < np.inf:
                more += f", {time - min(times):.3g} s"
            said[place] = words + more
    return _numbered(said)


def _numbered(said: Sequence[str]) -> list[str]:
    """Descriptions that still read alike, with their place among those."""
    return [
        f"{words}, {said[:n].count(words) + 1} of {said.count(words)} alike"
        if said.count(words) > 1
        else words
        for n, words in enumerate(said)
    ]


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
