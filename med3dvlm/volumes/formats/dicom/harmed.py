"""Series that damaged files take with them: those that they are part of, and no others.

found = sound(found, damaged)

A slice that is missing would go unseen, or leave a gap that looks like one of the scanner's.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from med3dvlm.volumes.formats.dicom.header import DAMAGED, Skipped, read_frames
from med3dvlm.volumes.series import Found

ANY = "any"


def sound(found: Found, damaged: Sequence[Path]) -> Found:
    """Only the series that no damaged file is part of, with a note on the others."""
    harmed = {_series_of(path) for path in damaged}
    kept = tuple(
        one
        for one in found.series
        if ANY not in harmed and one.info.key.partition("-")[0] not in harmed
    )
    lost = len(found.series) - len(kept)
    if not lost:
        return found
    note = f"Series left out because some of their files are damaged in the archive: {lost}."
    return replace(found, series=kept, notes=(*found.notes, note))


def _series_of(path: Path) -> str:
    """Key of the series that a damaged file is part of, as far as its header can be read."""
    frames = read_frames(path)
    if not isinstance(frames, Skipped):
        return frames[0].instance.series
    return "" if frames.beside and frames.reason != DAMAGED else ANY
