"""Puts DICOM frames in order of position and derives their geometry, or says why it can't.

stack = stacked(frames)     # sorted frames, affine to LPS mm; even positions if they have none
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.evening import BRIDGED_MM, EvenGrid, grid_for
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.values import Vector
from med3dvlm.volumes.orientation import Affine
from med3dvlm.volumes.preflight import EVENED
from med3dvlm.volumes.volume import canonical_affine

# Slices closer than this, in mm, count as being at the same position.
SAME_PLACE_MM = 0.01
# Spacing may differ from the median by this share of it, or by the rounding of positions to
# 0.1 mm; but never by so much that a missing slice would go unnoticed.
UNEVEN_SHARE = 0.1
ROUNDING_MM = 0.1
UNEVEN_MAX_SHARE = 0.4
# Spacing that varies by more than this, in mm, is reported to the user.
NOTED_MM = 0.02
# Slices may deviate sideways from the stack's straight line by this share of a pixel.
SIDEWAYS_SHARE = 0.5
# Slices farther apart than their thickness plus this share leave gaps.
UNSEEN_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """Frames in order of position, and the geometry of the volume that they form.

    Attributes:
        frames: in order.
        affine: from `(i, j, k, 1)` to LPS mm.
        orientation_known: False where the files give no positions.
        notes: for the user.
        depths: millimetres of the frames from the first, along the slices' normal.
        grid: even positions onto which the frames have to be interpolated; None if they lie so.
    """

    frames: tuple[Frame, ...]
    affine: Affine
    orientation_known: bool
    notes: tuple[str, ...]
    depths: Vector
    grid: EvenGrid | None = None

    @property
    def slices(self) -> int:
        """Slices of the volume."""
        return self.grid.slices if self.grid else len(self.frames)


def stacked(frames: Sequence[Frame]) -> Stack:
    """Sort frames of one orientation by position and derive their affine.

    Raises:
        VolumeError: positions are duplicated or shifted sideways.
    """
    if any(frame.position is None or frame.axes is None for frame in frames):
        return _unplaced(frames)
    normal = frames[0].normal
    ordered = sorted(frames, key=lambda frame: (along(frame, normal), frame.number))
    places = np.stack([_position(frame) for frame in ordered])
    depths = (places - places[0]) @ normal
    grid = None
    if len(ordered) == 1:
        thickness, notes = _lone_thickness(ordered[0])
        step = normal * thickness
    else:
        _check_distances(ordered, depths)
        step = (places[-1] - places[0]) / (len(ordered) - 1)
        if is_regular(depths):
            notes = _even_notes(ordered, np.diff(depths))
        else:
            grid = grid_for(depths)
            step = (places[-1] - places[0]) / (grid.slices - 1)
            notes = _uneven_notes(ordered, np.diff(depths), grid)
        _check_sideways(ordered, places, depths)
    (row_mm, column_mm), more = _pixel_spacing(ordered[0])
    affine = np.eye(4)
    axes = ordered[0].axes
    assert axes is not None
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = axes[0] * column_mm, axes[1] * row_mm, step
    affine[:3, 3] = places[0]
    return Stack(
        frames=tuple(ordered),
        affine=affine,
        orientation_known=True,
        notes=notes + more,
        depths=depths,
        grid=grid,
    )


def place_groups(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames by position along their normal; frames without a position get a group each."""
    if any(frame.position is None or frame.axes is None for frame in frames):
        return [[frame] for frame in frames]
    normal = frames[0].normal
    ordered = sorted(frames, key=lambda frame: (along(frame, normal), frame.number))
    groups = [[ordered[0]]]
    for frame in ordered[1:]:
        near = along(frame, normal) - along(groups[-1][0], normal) < SAME_PLACE_MM
        if near:
            groups[-1].append(frame)
        else:
            groups.append([frame])
    return groups


def is_regular(depths: Vector) -> bool:
    """Whether slices lie at the same distances, but for the rounding of positions."""
    distances = np.diff(depths)
    if distances.min() < SAME_PLACE_MM or _uneven(distances).any():
        return False
    drift = np.abs(depths - np.linspace(depths[0], depths[-1], len(depths)))
    return bool(drift.max() <= max(float(np.median(distances)) / 2, ROUNDING_MM))


def _uneven(distances: Vector) -> NDArray[np.bool_]:
    usual = float(np.median(distances))
    allowed = min(max(UNEVEN_SHARE * usual, ROUNDING_MM + 1e-6), UNEVEN_MAX_SHARE * usual)
    return np.asarray(np.abs(distances - usual) > allowed)


def _position(frame: Frame) -> Vector:
    assert frame.position is not None
    return frame.position


def along(frame: Frame, normal: Vector) -> float:
    """Millimetres of a frame along the normal of the slices."""
    return float(_position(frame) @ normal)


def _name(frame: Frame, count: int, total: int) -> str:
    return f"slice {count} of {total} (number {frame.number} in the series)"


def _check_distances(ordered: list[Frame], depths: Vector) -> None:
    distances = np.diff(depths)
    if distances.min() < SAME_PLACE_MM:
        at = int(distances.argmin())
        raise VolumeError(
            f"Several images share one position, from {_name(ordered[at], at + 1, len(ordered))} "
            "on, and nothing in the files distinguishes them. Export a single time point or "
            "reconstruction."
        )


def _even_notes(ordered: list[Frame], distances: Vector) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if np.ptp(distances) > NOTED_MM:
        notes += (
            f"Slice spacing varies from {distances.min():.2f} to {distances.max():.2f} mm; "
            f"the mean, {distances.mean():.3f} mm, was used.",
        )
    return notes + _unseen(ordered[0].thickness_mm, float(np.median(distances)))


def _uneven_notes(ordered: list[Frame], distances: Vector, grid: EvenGrid) -> tuple[str, ...]:
    """What was done to uneven slices, and the largest gap that nobody imaged."""
    done = (
        f"Slices lie {distances.min():.2f} to {distances.max():.2f} mm apart. Each was kept at its "
        f"true position, and the volume was {EVENED}, {grid.step_mm:.2f} mm apart.",
    )
    at = int(distances.argmax())
    gap = float(distances[at])
    thick = max(ordered[at].thickness_mm or 0.0, ordered[at + 1].thickness_mm or 0.0)
    if gap <= max(thick, float(np.median(distances))) * (1 + UNSEEN_SHARE):
        return done
    filled = "is left empty" if gap > BRIDGED_MM else "was bridged by interpolation"
    where = _name(ordered[at], at + 1, len(ordered))
    return (
        *done,
        f"The largest gap, {gap:.2f} mm after {where}, {filled}: what lies in it was not imaged, "
        "or slices are missing.",
    )


def _unseen(thickness: float | None, distance: float) -> tuple[str, ...]:
    if not thickness or distance <= thickness * (1 + UNSEEN_SHARE):
        return ()
    return (
        f"Slices are {thickness:g} mm thick but {distance:g} mm apart: the tissue between them was "
        "not imaged, or slices were removed at regular intervals.",
    )


def _check_sideways(ordered: list[Frame], places: Vector, depths: Vector) -> None:
    """Refuse slices that jump sideways: they come from several scans or table positions."""
    spacing = ordered[0].spacing_mm
    line = places[0] + (depths / depths[-1])[:, None] * (places[-1] - places[0])
    normal = ordered[0].normal
    off = places - line
    off = np.linalg.norm(off - (off @ normal)[:, None] * normal, axis=1)
    if off.max() > max(SIDEWAYS_SHARE * min(spacing or (1.0, 1.0)), ROUNDING_MM):
        at = int(off.argmax())
        raise VolumeError(
            f"Slices are shifted sideways relative to each other, by {off.max():.2f} mm at "
            f"{_name(ordered[at], at + 1, len(ordered))}. Export the series again, from one scan."
        )


def _lone_thickness(frame: Frame) -> tuple[float, tuple[str, ...]]:
    """Extent of a single slice along its normal, in mm."""
    note = "The series contains only one slice."
    thickness = frame.thickness_mm or frame.between_mm
    if thickness and thickness > 0:
        return thickness, (note,)
    return 1.0, (note, "The file gives no slice thickness. 1 mm was assumed.")


def _pixel_spacing(frame: Frame) -> tuple[tuple[float, float], tuple[str, ...]]:
    if frame.spacing_mm is not None:
        return frame.spacing_mm, ()
    return (1.0, 1.0), (
        "The file gives no pixel size. 1 mm was assumed, so measurements are not true mm.",
    )


def _unplaced(frames: Sequence[Frame]) -> Stack:
    """Images without positions, in order of their numbers, or of their files' names."""
    numbered = len({frame.number for frame in frames}) == len(frames)
    by_name = lambda frame: natural(frame.instance.path)  # noqa: E731
    ordered = sorted(frames, key=(lambda frame: frame.number) if numbered else by_name)
    (row_mm, column_mm), notes = _pixel_spacing(ordered[0])
    distance = ordered[0].between_mm or ordered[0].thickness_mm
    if not distance or distance <= 0:
        distance = 1.0
        notes += ("The files give no slice spacing. 1 mm was assumed.",)
    order = "instance number" if numbered else "file name, because they aren't numbered"
    placed = all(frame.position is not None for frame in ordered)
    lacking = "a slice orientation that can be used" if placed else "slice positions"
    notes += (
        f"The files don't store {lacking}: slices are shown in order of {order}, and left and "
        "right may be swapped.",
    )
    if len(ordered) == 1:
        notes += ("The series contains only one slice.",)
    return Stack(
        frames=tuple(ordered),
        affine=canonical_affine((distance, row_mm, column_mm)),
        orientation_known=False,
        notes=notes,
        depths=np.arange(len(ordered), dtype=np.float64) * distance,
    )


def natural(path: Path) -> list[tuple[int, str]]:
    """Sort key under which `10.dcm` comes after `9.dcm`."""
    words = re.split(r"(\d+)", path.as_posix())
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in words]
