"""One of several volumes in a series, and the words that tell it from the others.

parts = worded([frames], FILE)
words = parts[0].words      # "file 1 of 1"
"""

from collections.abc import Sequence
from dataclasses import dataclass

from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.marks import MARKS, seconds_of

# The marks that separate the parts, by their number; the file itself; the order of the images.
Way = tuple[int, ...]
FILE: Way = (-1,)
ORDER: Way = (-2,)
NAMES = {-1: "file", -2: "pass"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Frames of one volume, what it is among its like, and a note for the user."""

    frames: tuple[Frame, ...]
    words: str = ""
    note: str = ""


def key_of(frame: Frame, way: Way) -> tuple[str, ...]:
    """What has to be equal for two frames to belong together."""
    return tuple(frame.marks[mark].digest if mark >= 0 else frame.instance.copy for mark in way)


def worded(parts: Sequence[Sequence[Frame]], way: Way, note: str = "") -> list[Part]:
    """The parts in order, each with its rank among them, its numbers and its time.

    Args:
        parts: frames of each volume.
        way: the marks that separate them.
        note: for the user, the same for all.
    """
    ranks = [_ranks(parts, mark) for mark in way]
    order = sorted(range(len(parts)), key=lambda n: tuple(rank[n] for rank in ranks))
    amounts = _amounts(parts)
    starts = [start_of(part) for part in parts]
    timed = None not in starts and len(set(starts)) > 1
    first = min((start for start in starts if start is not None), default=0.0)
    made = []
    for n in order:
        numbers = {name: shown[n] for name, shown in amounts.items()}
        words = [
            _rank_words(mark, rank[n], len(set(rank)), numbers)
            for mark, rank in zip(way, ranks, strict=True)
        ]
        words += [f"{name} {number}" for name, number in numbers.items()]
        words += [f"{(starts[n] or 0.0) - first:.3g} s"] * timed
        made.append(Part(frames=tuple(parts[n]), words=", ".join(words), note=note))
    return made


def _rank_words(mark: int, rank: int, of: int, numbers: dict[str, str]) -> str:
    """For instance `echo 2 of 3 (9.8 ms)`; takes the number out of those that are left."""
    name = NAMES[mark] if mark < 0 else MARKS[mark].name
    number = numbers.pop(name, "")
    return f"{name} {rank} of {of}" + (f" ({number})" if number else "")


def _ranks(parts: Sequence[Sequence[Frame]], mark: int) -> list[int]:
    """Place of each part among the different values of a mark, from 1."""
    if mark < 0:
        return list(range(1, len(parts) + 1))
    values = [min((frame.marks[mark] for frame in part), key=_by_amount) for part in parts]
    known = all(value.amount is not None for value in values)
    lowest: dict[str, float] = {}
    for value, part in zip(values, parts, strict=True):
        place = (value.amount or 0.0) if known else min(frame.number for frame in part)
        lowest[value.digest] = min(place, lowest.get(value.digest, place))
    order = sorted(lowest, key=lambda digest: lowest[digest])
    return [order.index(value.digest) + 1 for value in values]


def _by_amount(value: tuple[str, float | None]) -> tuple[float, str]:
    digest, amount = value
    return amount or 0.0, digest


def _amounts(parts: Sequence[Sequence[Frame]]) -> dict[str, list[str]]:
    """Numbers with a unit that are the same within each part and differ between them, by name."""
    found: dict[str, list[str]] = {}
    for place, mark in enumerate(MARKS):
        values = [{frame.marks[place].amount for frame in part} for part in parts]
        alone = all(len(value) == 1 and None not in value for value in values)
        if mark.unit and alone and len(set.union(*values)) > 1:
            found[mark.name] = [f"{value.pop():g} {mark.unit}" for value in values]
    return found


def start_of(frames: Sequence[Frame]) -> float | None:
    """Seconds since midnight of the first image; None if no time is stated."""
    times = [seconds_of(frame.marks) for frame in frames]
    return min((time for time in times if time is not None), default=None)
