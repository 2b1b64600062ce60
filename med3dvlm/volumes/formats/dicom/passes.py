"""Passes of the scanner in one series: two phases, two regions, slices between each other's.

    runs = passes([frames])     # frames of each pass; none if they are one volume

Parts that continue one another belong together, as do parts that only together are without gaps
(interleaved stacks). What remains are passes, each complete by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.stack import UNSEEN_SHARE, along, is_regular

# A part goes on where another ends if the distance fits theirs within these bounds.
JOINT = (0.5, 1.5)
LEAST_SLICES = 3


@dataclass(slots=True, kw_only=True, eq=False)
class _Run:
    """Frames in order of position, from the first to the last millimetre along the normal."""

    frames: list[Frame]

    @property
    def places(self) -> list[float]:
        return [along(frame, self.frames[0].normal) for frame in self.frames]

    @property
    def step(self) -> float:
        return float(np.median(np.diff(self.places)))


def passes(parts: Sequence[Sequence[Frame]]) -> list[list[Frame]]:
    """The passes that the parts form, or none if they are one volume, or can't be told apart."""
    if min(len(part) for part in parts) < 2:
        return []
    runs = _joined([_sorted(part) for part in parts])
    crossing = any(
        one.places[0] < other.places[-1] and other.places[0] < one.places[-1]
        for n, one in enumerate(runs)
        for other in runs[:n]
    )
    whole = all(_is_whole(run) and (not crossing or _is_gapless(run)) for run in runs)
    return [run.frames for run in runs] if whole and len(runs) > 1 else []


def _sorted(part: Sequence[Frame]) -> _Run:
    normal = part[0].normal
    return _Run(frames=sorted(part, key=lambda frame: along(frame, normal)))


def _joined(runs: list[_Run]) -> list[_Run]:
    """Runs that continue one another become one; the best fitting one is continued."""
    made: list[_Run] = []
    for run in sorted(runs, key=lambda run: run.places[0]):
        fits = [(_misfit(one, run), one) for one in made]
        best = min(fits, key=lambda fit: fit[0], default=None)
        if best is None or best[0] == np.inf:
            made.append(run)
        else:
            best[1].frames.extend(run.frames)
    return made


def _misfit(run: _Run, later: _Run) -> float:
    """How far the distance at the joint is from the usual one; infinite if it doesn't fit."""
    joint = later.places[0] - run.places[-1]
    least, most = JOINT
    fits = least * min(run.step, later.step) <= joint <= most * max(run.step, later.step)
    return abs(joint - run.step) if fits else np.inf


def _is_whole(run: _Run) -> bool:
    return len(run.frames) >= LEAST_SLICES and is_regular(np.array(run.places))


def _is_gapless(run: _Run) -> bool:
    """Slices as close as they are thick."""
    thickness = run.frames[0].thickness_mm
    return thickness is not None and run.step <= thickness * (1 + UNSEEN_SHARE)
