"""Slices that lie beside a straight line, each put where it was in a picture that holds them all.

sides = sideways(frames, depths, (row_mm, column_mm))     # None for slices in a straight line
planes = sides.put(planes)      # larger pictures, of equal size, one straight above the other

Works from slice to slice, so that only one of them is held.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.values import Vector
from med3dvlm.volumes.formats.scaling import Values

# Slices may lie beside the straight line by this share of a pixel, or the rounding of positions.
SIDEWAYS_SHARE = 0.5
ROUNDING_MM = 0.1
# A shift that is this close to whole pixels moves them without interpolation.
WHOLE_PIXELS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sideways:
    """Where each slice lies in the larger picture.

    Attributes:
        rows: of the first row of each slice, from 0; may lie between two rows.
        columns: of the first column of each slice, alike.
        shape: rows and columns of the larger picture.
        start: position of its first pixel for the first slice, LPS mm.
        farthest_mm: between a slice and the straight line from the first to the last.
    """

    rows: Vector
    columns: Vector
    shape: tuple[int, int]
    start: Vector
    farthest_mm: float

    @property
    def note(self) -> str:
        """What was done, for the user."""
        return (
            f"Slices are shifted sideways relative to each other, by up to {self.farthest_mm:.2f} "
            "mm. Each was put at its true position; what lies beside a slice was not imaged and "
            "has its lowest value."
        )

    def put(self, planes: Iterable[Values]) -> Iterator[Values]:
        """Each plane in the larger picture; around it is its lowest value."""
        for plane, row, column in zip(planes, self.rows, self.columns, strict=True):
            moved = _along_rows(plane, float(row), self.shape[0])
            moved = _along_rows(moved.T, float(column), self.shape[1]).T
            yield np.rint(moved).astype(plane.dtype) if plane.dtype.kind in "iu" else moved


def sideways(
    frames: Sequence[Frame], depths: Vector, spacing_mm: tuple[float, float]
) -> Sideways | None:
    """The picture that holds all slices, or None if they lie in a straight line.

    Args:
        frames: in order of position.
        depths: their millimetres from the first, along the normal.
        spacing_mm: between rows and between columns.

    Raises:
        VolumeError: a slice shows nothing of what lies above the next.
    """
    places = np.array([frame.position for frame in frames])
    farthest = _beside_mm(places, depths, frames[0].normal)
    if farthest <= max(SIDEWAYS_SHARE * min(spacing_mm), ROUNDING_MM):
        return None
    axes, instance = frames[0].axes, frames[0].instance
    assert axes is not None
    downwards = axes[::-1]  # from row to row, then from column to column
    shifts = (places - places[0]) @ downwards.T / np.array(spacing_mm)
    size = np.array((instance.rows, instance.columns))
    _check_above(shifts, size)
    corner = np.floor(shifts.min(axis=0) + WHOLE_PIXELS)
    rows, columns = size + (np.ceil(shifts.max(axis=0) - WHOLE_PIXELS) - corner).astype(int)
    return Sideways(
        rows=shifts[:, 0] - corner[0],
        columns=shifts[:, 1] - corner[1],
        shape=(int(rows), int(columns)),
        start=places[0] + corner * np.array(spacing_mm) @ downwards,
        farthest_mm=farthest,
    )


def _beside_mm(places: Vector, depths: Vector, normal: Vector) -> float:
    """How far slices lie, within their planes, beside the line from the first to the last."""
    off = places - places[0] - (depths / depths[-1])[:, None] * (places[-1] - places[0])
    return float(np.linalg.norm(off - (off @ normal)[:, None] * normal, axis=1).max())


def _check_above(shifts: Vector, size: Vector) -> None:
    apart = (np.abs(np.diff(shifts, axis=0)) >= size).any(axis=1)
    if apart.any():
        raise VolumeError(
            f"After slice {int(apart.argmax()) + 1} of {len(shifts)}, slices lie beside the ones "
            "before them, not above: they are parts of several scans. Open each part by itself."
        )


def _along_rows(plane: Values, first: float, rows: int) -> Values:
    """The plane's rows from place `first` on, among this many; between rows it is interpolated."""
    whole = round(first)
    moved = np.full((rows, plane.shape[1]), plane.min(), plane.dtype)
    if abs(first - whole) <= WHOLE_PIXELS:
        moved[whole : whole + len(plane)] = plane
        return moved
    below = int(np.floor(first))
    share = first - below
    # Each new row lies between two old ones; those at the edges have only one.
    mixed = plane[1:] * (1.0 - share) + plane[:-1] * share
    moved = moved.astype(np.result_type(plane.dtype, np.float32))
    moved[below + 1 : below + len(plane)] = mixed
    return moved
