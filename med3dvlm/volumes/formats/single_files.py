"""Formats with one series per file: each file is read by itself, with a note on those left out.

found = find_in_each("NRRD", paths, limits, series_of)      # series_of(path, number): a Series
found.series, found.notes
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import Found, Series

# End of a refusal's first words: details from a header come in brackets or a later sentence.
REASON_ENDS = re.compile(r"[.:;(]")


def find_in_each(
    kind: str, paths: Sequence[Path], limits: Limits, series_of: Callable[[Path, int], Series]
) -> Found:
    """The series of all files, numbered from 1 in order.

    Args:
        kind: name of the format.
        paths: its files.
        limits: how much may be read.
        series_of: takes a file and its number; returns its series or raises `VolumeError`.

    Raises:
        VolumeError: the time limit has passed.
    """
    series: list[Series] = []
    refusals: list[VolumeError] = []
    reasons: Counter[str] = Counter()
    for number, path in enumerate(paths, start=1):
        limits.check_time()
        try:
            series.append(series_of(path, number))
        except VolumeError as error:
            refusals.append(error)
            reasons[reason_of(error, path.name)] += 1
    return Found(
        series=tuple(series),
        notes=_left_out(kind, reasons),
        refusal=refusals[0] if not series else None,
    )


def reason_of(refusal: VolumeError, name: str) -> str:
    """Why a file was refused, in a few words that quote neither its name nor its header."""
    said = str(refusal).removeprefix(f"{name}: ")
    return REASON_ENDS.split(said, maxsplit=1)[0].strip()


def _left_out(kind: str, reasons: Counter[str]) -> tuple[str, ...]:
    if not reasons:
        return ()
    said = ", ".join(f"{count} because {reason}" for reason, count in sorted(reasons.items()))
    return (f"{kind} files left out: {said}.",)
