"""DICOM segmentations (SEG): binary, fractional, and label maps.

    layers = list(layers_of(data, place, limits))

Elements and frames are read by pydicom. A segment is a layer, because segments may overlap; of a
label map, whose numbers are its segments, there is one layer.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels import iter_pixels

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.values import Vector, axes, number, vector
from med3dvlm.volumes.labels.label_map import printable
from med3dvlm.volumes.labels.layers import Layer, laid
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.labels.planes import Planes
from med3dvlm.volumes.limits import Limits

MODALITY = "SEG"
SHARED, OWN = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
DIFFERENT = "its frames lie in different directions or have different pixel sizes."
NO_PLACE = "a frame of it doesn't say where it lies."
HALF = "Fractions of a voxel count as the label from one half on."
SAME_PLACE_MM = 1e-3


class Picture(NamedTuple):
    """One frame of the file: its place, and its labelled pixels in a box around them."""

    segment: int
    position: Vector
    first: tuple[int, int]
    values: NDArray[np.uint16]


class Grid(NamedTuple):
    """What all frames have in common: unit vectors along rows and columns, and sizes in mm."""

    axes: Vector
    spacing: Vector
    thickness: float


def layers_of(data: Any, place: Place, limits: Limits) -> Iterator[Layer]:
    """The layers of a data set.

    Raises:
        VolumeError: it doesn't fit the scan, or its frames can't be placed.
    """
    notes = place.check_frame(data.get("FrameOfReferenceUID"))
    kind = str(data.get("SegmentationType", "BINARY"))
    if kind == "FRACTIONAL":
        notes += (HALF,)
    grid = _grid(data)
    names = {
        int(item.SegmentNumber): printable(item.get("SegmentLabel"), f"segment {n}")
        for n, item in enumerate(data.SegmentSequence, start=1)
    }
    pictures = list(_pictures(data, kind, limits))
    if not pictures:
        raise VolumeError("it is empty: nothing is labelled in it.")
    if kind == "LABELMAP":
        present = sorted({int(value) for one in pictures for value in np.unique(one.values)} - {0})
        table = np.zeros(max(present) + 1, np.uint16)
        table[present] = np.arange(1, len(present) + 1)
        pictures = [one._replace(values=table[one.values]) for one in pictures]
        titles = tuple(names.get(value, f"label {value}") for value in present)
        yield laid(_stacked(pictures, grid, limits), titles, place, limits, notes)
        return
    for segment in sorted({one.segment for one in pictures}):
        own = [one for one in pictures if one.segment == segment]
        title = names.get(segment, f"segment {segment}")
        yield laid(_stacked(own, grid, limits), (title,), place, limits, notes)


def _grid(data: Any) -> Grid:
    """The directions and sizes of all frames.

    Raises:
        VolumeError: they differ, or aren't stated.
    """
    rows = len(data[OWN].value)
    directions = [_stated(data, n, "PlaneOrientationSequence") for n in range(rows)]
    measures = [_stated(data, n, "PixelMeasuresSequence") for n in range(rows)]
    along = axes(vector(directions[0].ImageOrientationPatient, 6))
    spacing = vector(measures[0].PixelSpacing, 2)
    if along is None or spacing is None or spacing.min() <= 0:
        raise VolumeError(NO_PLACE)
    for direction, measure in zip(directions, measures, strict=True):
        own = vector(direction.ImageOrientationPatient, 6), vector(measure.PixelSpacing, 2)
        if own[0] is None or own[1] is None:
            raise VolumeError(NO_PLACE)
        same = np.allclose(own[0], along.ravel(), atol=1e-3)
        if not same or not np.allclose(own[1], spacing, rtol=1e-3):
            raise VolumeError(DIFFERENT)
    thickness = number(measures[0].get("SpacingBetweenSlices")) or 0.0
    return Grid(along, spacing, thickness or number(measures[0].get("SliceThickness")) or 0.0)


def _stated(data: Any, frame: int, group: str) -> Any:
    """An item of a frame's own functional groups, or of the shared ones."""
    for groups in (data[OWN].value[frame], *data.get(SHARED, ())):
        if groups.get(group):
            return groups[group].value[0]
    raise VolumeError(NO_PLACE)


def _pictures(data: Any, kind: str, limits: Limits) -> Iterator[Picture]:
    """The frames in which something is labelled."""
    half = int(data.get("MaximumFractionalValue", 1)) / 2 if kind == "FRACTIONAL" else 0
    with closing(iter_pixels(data)) as planes:
        for frame, plane in enumerate(planes):
            limits.check_time()
            values = (plane >= half).astype(np.uint16) if half else plane.astype(np.uint16)
            position = vector(_stated(data, frame, "PlanePositionSequence").ImagePositionPatient, 3)
            if position is None:
                raise VolumeError(NO_PLACE)
            rows, columns = np.flatnonzero(values.any(axis=1)), np.flatnonzero(values.any(axis=0))
            if rows.size:
                box = values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
                segment = 0 if kind == "LABELMAP" else _segment(data, frame)
                yield Picture(segment, position, (int(rows[0]), int(columns[0])), box)


def _segment(data: Any, frame: int) -> int:
    return int(_stated(data, frame, "SegmentIdentificationSequence").ReferencedSegmentNumber)


def _stacked(pictures: Sequence[Picture], grid: Grid, limits: Limits) -> Planes:
    """The pictures in one array, just large enough."""
    low = np.min([one.first for one in pictures], axis=0)
    ends = [np.add(one.first, one.values.shape) for one in pictures]
    rows, columns = np.max(ends, axis=0) - low
    if len(pictures) * rows * columns > limits.voxels:
        raise VolumeError(
            f"one of its labels has {len(pictures) * rows * columns:,} voxels, more than the limit "
            f"of {limits.voxels:,}."
        )
    values = np.zeros((len(pictures), rows, columns), np.uint16)
    for plane, one in zip(values, pictures, strict=True):
        top, left = one.first - low
        plane[top : top + one.values.shape[0], left : left + one.values.shape[1]] = one.values
    across, down = grid.axes[0] * grid.spacing[1], grid.axes[1] * grid.spacing[0]
    corner = low[0] * down + low[1] * across
    origins = np.stack([one.position for one in pictures]) + corner
    return Planes(
        values=values, origins=origins, across=across, down=down,
        thickness_mm=grid.thickness or _distance(origins, np.cross(*grid.axes)),
    )  # fmt: skip


def _distance(origins: Vector, normal: Vector) -> float:
    """The usual distance between neighbouring planes; 1 mm for a lone one."""
    depths = np.unique(np.round(origins @ normal, 3))
    steps = [b - a for a, b in pairwise(depths.tolist()) if b - a > SAME_PLACE_MM]
    return float(np.median(steps)) if steps else 1.0
