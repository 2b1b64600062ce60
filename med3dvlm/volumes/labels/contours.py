"""DICOM structure sets (RTSTRUCT): contours on slices, filled.

for layer in layers_of(data, place, limits): ...

A voxel belongs to a structure if its centre lies within an odd number of its contours: so an inner
contour cuts a hole. A contour stands for the slab around its plane, as thick as the distance to the
next one.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.values import LARGEST
from med3dvlm.volumes.labels.label_map import printable
from med3dvlm.volumes.labels.layers import Layer, laid
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.labels.planes import Planes
from med3dvlm.volumes.limits import Limits

MODALITY = "RTSTRUCT"
FLAT = 0.25  # voxels by which the points of one contour may leave its plane
NOTHING = "it contains no closed contours, so that there is nothing to fill."
OBLIQUE = (
    "its contours don't lie on planes of this scan's grid, and only those are filled. Open the "
    "scan that they were drawn on, or save them as a segmentation (SEG)."
)
POINTS_LEFT_OUT = "Points and open lines were left out: only closed contours can be filled."
Contour = NDArray[np.float64]  # (points, 3), voxel indices x, y, z


def layers_of(data: Any, place: Place, limits: Limits) -> Iterator[Layer]:
    """A layer for each structure with closed contours.

    Raises:
        VolumeError: it doesn't fit the scan, or has no closed contours.
    """
    structures = {int(item.ROINumber): item for item in data.get("StructureSetROISequence", ())}
    found = False
    for item in data.get("ROIContourSequence", ()):
        structure = structures.get(int(item.ReferencedROINumber), {})
        contours, left_out = _contours(item, place)
        if not contours:
            continue
        notes = place.check_frame(_frame(structure, data))
        found = True
        name = printable(structure.get("ROIName"), f"structure {item.ReferencedROINumber}")
        notes += (POINTS_LEFT_OUT,) if left_out else ()
        yield laid(_filled(contours, place, limits), (name,), place, limits, notes)
    if not found:
        raise VolumeError(NOTHING)


def _frame(structure: Any, data: Any) -> Any:
    """The frame of reference of a structure, or else of the file."""
    named = data.get("ReferencedFrameOfReferenceSequence") or [{}]
    return (
        structure.get("ReferencedFrameOfReferenceUID")
        or data.get("FrameOfReferenceUID")
        or named[0].get("FrameOfReferenceUID")
    )


def _contours(item: Any, place: Place) -> tuple[list[Contour], bool]:
    """The closed contours of a structure, and whether there are others."""
    closed: list[Contour] = []
    others = False
    for contour in item.get("ContourSequence", ()):
        kind = str(contour.get("ContourGeometricType", ""))
        if not kind.startswith("CLOSED"):
            others = True
            continue
        points = np.array([float(value) for value in contour.ContourData or ()])
        if points.size < 9 or points.size % 3 or not (np.abs(points) < LARGEST).all():
            raise VolumeError("a contour of it is damaged. Export the structures again.")
        closed.append(place.index_of(points.reshape(-1, 3)))
    return closed, others


def _filled(contours: Sequence[Contour], place: Place, limits: Limits) -> Planes:
    """Contours as planes of pixels, which lie on the rows and columns of the scan's grid."""
    axis = _normal_axis(contours)
    down, across = [one for one in (2, 1, 0) if one != axis]
    by_depth: dict[float, list[Contour]] = {}
    for contour in contours:
        by_depth.setdefault(round(float(contour[:, axis].mean()), 2), []).append(contour)
    depths = sorted(by_depth)
    # A margin tells structures that lie outside the scan where they are.
    low = np.floor(np.min([one.min(axis=0) for one in contours], axis=0)).astype(int)
    high = np.ceil(np.max([one.max(axis=0) for one in contours], axis=0)).astype(int) + 1
    shape = (int(high[down] - low[down]), int(high[across] - low[across]))
    if len(depths) * shape[0] * shape[1] > limits.voxels:
        raise VolumeError(
            f"a structure of it would cover {len(depths) * shape[0] * shape[1]:,} voxels, more "
            f"than the limit of {limits.voxels:,}."
        )
    values = np.zeros((len(depths), *shape), np.uint8)
    for plane, depth in zip(values, depths, strict=True):
        for contour in by_depth[depth]:
            limits.check_time()
            rows, columns = polygon(
                contour[:, down] - low[down], contour[:, across] - low[across], shape
            )
            plane[rows, columns] ^= 1
    steps = place.affine[:3, :3]
    origins = [
        place.affine[:3, 3] + steps[:, axis] * depth + steps[:, down] * low[down]
        + steps[:, across] * low[across]
        for depth in depths
    ]  # fmt: skip
    return Planes(
        values=values, origins=np.array(origins), across=steps[:, across], down=steps[:, down],
        thickness_mm=_thickness(depths) * float(np.linalg.norm(steps[:, axis])),
    )  # fmt: skip


def _normal_axis(contours: Sequence[Contour]) -> int:
    """The axis of the grid (0 x, 1 y, 2 z) along which no contour extends."""
    extents = np.max([np.ptp(one, axis=0) for one in contours], axis=0)
    axis = int(np.argmin(extents))
    if extents[axis] > FLAT:
        raise VolumeError(OBLIQUE)
    return axis


def _thickness(depths: Sequence[float]) -> float:
    """Voxels from a contour's plane to the next; one voxel for a lone contour."""
    steps = [b - a for a, b in pairwise(depths)]
    return float(np.median(steps)) if steps else 1.0
