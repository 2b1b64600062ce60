"""Slices at uneven distances to slices at even ones, each by its true position.

Between two slices values are interpolated; a wide gap stays empty, since nothing is known of it.
Works from slice to slice, so that only two of them are held.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from med3dvlm.volumes.formats.dicom.values import Vector
from med3dvlm.volumes.formats.scaling import Values

# Wider gaps are not bridged by interpolation.
BRIDGED_MM = 30.0
# Positions closer than this, in mm, count as equal.
SAME_MM = 1e-3
# The new distance is one that this share of the distances doesn't exceed: the finer of two parts.
FINE_PERCENT = 20
# But not finer than this share of the usual distance.
FINEST_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenGrid:
    """Positions from the first slice on: how many, and how many mm apart."""

    slices: int
    step_mm: float


def grid_for(depths: Vector) -> EvenGrid:
    """Even positions from the first to the last slice, about as fine as the finer slices.

    Args:
        depths: millimetres of the slices from the first, rising.
    """
    distances = np.diff(depths)
    finest = FINEST_SHARE * float(np.median(distances))
    fine = max(float(np.percentile(distances, FINE_PERCENT)), finest)
    steps = max(1, round(float(depths[-1]) / fine))
    return EvenGrid(slices=steps + 1, step_mm=float(depths[-1]) / steps)


def evened(
    planes: Iterable[Values], depths: Vector, grid: EvenGrid
) -> Iterator[tuple[int, Values]]:
    """Slices of the grid with their numbers.

    Args:
        planes: values of the stored slices, in order of position.
        depths: their millimetres from the first, rising.
        grid: even positions between the first and the last.
    """
    at = 0
    before: tuple[float, Values] | None = None
    for depth, plane in zip(depths, planes, strict=True):
        here = (float(depth), plane)
        while at < grid.slices and at * grid.step_mm <= depth + SAME_MM:
            yield at, _between(before or here, here, at * grid.step_mm, grid.step_mm / 2)
            at += 1
        before = here


def _between(
    before: tuple[float, Values], after: tuple[float, Values], depth: float, near: float
) -> Values:
    """Values at a depth between two slices."""
    (start, low), (end, high) = before, after
    if end - depth <= SAME_MM:
        return high
    if end - start <= BRIDGED_MM:
        share = (depth - start) / (end - start)
        mixed = low * (1.0 - share) + high * share
        return np.rint(mixed).astype(low.dtype) if low.dtype.kind in "iu" else mixed
    if depth - start <= near:
        return low
    return high if end - depth <= near else np.full_like(low, min(low.min(), high.min()))
