"""Puts DICOM frames in order of position and derives their geometry, or says why it can't.

stack = stacked(frames)     # sorted frames, affine to LPS mm; VolumeError on gaps
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.header import Frame
from med3dvlm.volumes.formats.dicom.values import Vector
from med3dvlm.volumes.orientation import Affine
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
    """Frames in order of position, the affine from `(i, j, k, 1)` to LPS mm, and notes."""

    frames: tuple[Frame, ...]
    affine: Affine
    orientation_known: bool
    notes: tuple[str, ...]


def stacked(frames: Sequence[Frame]) -> Stack:
    """Sort frames of one orientation by position and derive their affine.

    Raises:
        VolumeError: positions are missing, duplicated, uneven or shifted sideways.
    """
    if any(frame.position is None or frame.axes is None for frame in frames):
        return _unplaced(frames)
    normal = frames[0].normal
    ordered = sorted(frames, key=lambda frame: (_along(frame, normal), frame.number))
    places = np.stack([_position(frame) for frame in ordered])
    if len(ordered) == 1:
        thickness, notes = _lone_thickness(ordered[0])
        step = normal * thickness
    else:
        notes = _check_distances(ordered, places @ normal)
        step = (places[-1] - places[0]) / (len(ordered) - 1)
        _check_sideways(ordered, places, step)
    (row_mm, column_mm), more = _pixel_spacing(ordered[0])
    affine = np.eye(4)
    axes = ordered[0].axes
    assert axes is not None
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = axes[0] * column_mm, axes[1] * row_mm, step
    affine[:3, 3] = places[0]
    return Stack(frames=tuple(ordered), affine=affine, orientation_known=True, notes=notes + more)


def place_groups(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames by position along their normal; frames without a position get a group each."""
    if any(frame.position is None or frame.axes is None for frame in frames):
        return [[frame] for frame in frames]
    normal = frames[0].normal
    ordered = sorted(frames, key=lambda frame: (_along(frame, normal), frame.number))
    groups = [[ordered[0]]]
    for frame in ordered[1:]:
        near = _along(frame, normal) - _along(groups[-1][0], normal) < SAME_PLACE_MM
        if near:
            groups[-1].append(frame)
        else:
            groups.append([frame])
    return groups


def _position(frame: Frame) -> Vector:
    assert frame.position is not None
    return frame.position


def _along(frame: Frame, normal: Vector) -> float:
    return float(_position(frame) @ normal)


def _name(frame: Frame, count: int, total: int) -> str:
    return f"slice {count} of {total} (number {frame.number} in the series)"


def _check_distances(ordered: list[Frame], along: Vector) -> tuple[str, ...]:
    """Refuse duplicate, missing and uneven slices; return a note if spacing varies a little."""
    distances = np.diff(along)
    total = len(ordered)
    if distances.min() < SAME_PLACE_MM:
        at = int(distances.argmin())
        raise VolumeError(
            f"Several images share one position, from {_name(ordered[at], at + 1, total)} on, and "
            "nothing in the files distinguishes them. Export a single time point or "
            "reconstruction."
        )
    usual = float(np.median(distances))
    allowed = min(max(UNEVEN_SHARE * usual, ROUNDING_MM + 1e-6), UNEVEN_MAX_SHARE * usual)
    wrong = np.abs(distances - usual) > allowed
    if wrong.any():
        at = int(wrong.argmax())
        missing = "Slices are missing" if distances[at] > usual else "Slices are too close"
        raise VolumeError(
            f"{missing}: a gap of {distances[at]:.2f} mm after "
            f"{_name(ordered[at], at + 1, total)}, expected {usual:.2f} mm "
            f"(irregular gaps: {int(wrong.sum())}). "
            "Export the whole series, or an evenly spaced part of it."
        )
    drift = np.abs(along - np.linspace(along[0], along[-1], total))
    if drift.max() > max(usual / 2, ROUNDING_MM):
        at = int(drift.argmax())
        raise VolumeError(
            f"Slice spacing changes near {_name(ordered[at], at + 1, total)}, between "
            f"{distances.min():.2f} and {distances.max():.2f} mm. Export evenly spaced slices."
        )
    notes: tuple[str, ...] = ()
    if np.ptp(distances) > NOTED_MM:
        notes += (
            f"Slice spacing varies from {distances.min():.2f} to {distances.max():.2f} mm; "
            f"the mean, {distances.mean():.3f} mm, was used.",
        )
    return notes + _unseen(ordered[0].thickness_mm, usual)


def _unseen(thickness: float | None, distance: float) -> tuple[str, ...]:
    if not thickness or distance <= thickness * (1 + UNSEEN_SHARE):
        return ()
    return (
        f"Slices are {thickness:g} mm thick but {distance:g} mm apart: the tissue between them was "
        "not imaged, or slices were removed at regular intervals.",
    )


def _check_sideways(ordered: list[Frame], places: Vector, step: Vector) -> None:
    """Refuse slices that jump sideways: they come from several scans or table positions."""
    spacing = ordered[0].spacing_mm
    line = places[0] + np.arange(len(ordered))[:, None] * step
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
    """Images without positions, in order of their numbers."""
    ordered = sorted(frames, key=lambda frame: frame.number)
    (row_mm, column_mm), notes = _pixel_spacing(ordered[0])
    distance = ordered[0].between_mm or ordered[0].thickness_mm
    if not distance or distance <= 0:
        distance = 1.0
        notes += ("The files give no slice spacing. 1 mm was assumed.",)
    notes += (
        "The files don't store slice positions: slices are shown in order of instance number, and "
        "left and right may be swapped.",
    )
    if len(ordered) == 1:
        notes += ("The series contains only one slice.",)
    return Stack(
        frames=tuple(ordered),
        affine=canonical_affine((distance, row_mm, column_mm)),
        orientation_known=False,
        notes=notes,
    )
