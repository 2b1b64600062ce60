"""The checked header of an array file: for formats like NRRD and MetaImage.

    check_sizes(path.name, sizes, space)
    data = voxel_file(path, "scan.raw")                       # next to the header, or a refusal
    affine, known, notes = placed(directions, origin, known=True)

A header may name another file for its voxels. Only a plain name next to the header is followed:
anything else could point outside the upload.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.archive import plain_name
from med3dvlm.volumes.formats.packed import Packing
from med3dvlm.volumes.orientation import Affine

COLOURS = (3, 4)
# Nothing in or around a patient is farther away; damaged headers hold such numbers.
FARTHEST_MM = 1e7
NO_VOXEL_SIZE = "The file gives no voxel size. 1 mm was assumed, so measurements are not true mm."
UNKNOWN_SIDES = (
    "The file doesn't store the patient's orientation: the axes are shown as stored, and left and "
    "right may be swapped."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayHeader:
    """The checked contents of a header.

    Attributes:
        kind: name of the format.
        data: file that holds the voxels.
        offset: bytes before them in the file; -1: they are its last bytes.
        skipped: bytes before them once unpacked.
        packing: how they are compressed.
        text: numbers as text, not as bytes.
        dtype: of one number, with its byte order.
        sizes: of all axes as stored, the fastest first.
        space: the two or three spatial axes, the fastest first.
        colour: the axis of red, green, blue (and alpha), or None.
        slope: factor on stored numbers.
        intercept: added after that.
        affine: from `(i, j, k, 1)` to LPS mm.
        orientation_known: False when the header doesn't place the voxels in the body.
        modality: as the header states; else `unknown`.
        notes: assumptions that were made, for the user.
    """

    kind: str
    data: Path
    offset: int
    packing: Packing
    dtype: np.dtype[Any]
    sizes: tuple[int, ...]
    space: tuple[int, ...]
    affine: Affine
    orientation_known: bool
    skipped: int = 0
    text: bool = False
    colour: int | None = None
    slope: float = 1.0
    intercept: float = 0.0
    modality: str = "unknown"
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """`[k, j, i]` of one frame."""
        i, j, k = (*(self.sizes[axis] for axis in self.space), 1)[:3]
        return k, j, i

    @property
    def rest(self) -> tuple[int, ...]:
        """Axes along which the frames lie: neither spatial nor colour."""
        return tuple(n for n in range(len(self.sizes)) if n not in (*self.space, self.colour))

    @property
    def frames(self) -> int:
        """Volumes in the file."""
        return prod(self.sizes[axis] for axis in self.rest)

    @property
    def stored_bytes(self) -> int:
        """Size of all voxels."""
        return prod(self.sizes) * int(self.dtype.itemsize)


def check_sizes(name: str, sizes: tuple[int, ...], space: tuple[int, ...]) -> None:
    """Refuse arrays that are not a volume.

    Raises:
        VolumeError: an axis is empty, or the array has no 2-D slices.
    """
    if not sizes or min(sizes) < 1:
        raise VolumeError(f"{name}: the header gives impossible sizes. Export the scan again.")
    if len(space) not in (2, 3) or sorted(sizes[axis] for axis in space)[-2] == 1:
        raise VolumeError(
            f"{name}: the array is not a 3-D scan ({len(space)} spatial axes). "
            "Save a single volume with three spatial axes."
        )


def voxel_file(path: Path, name: str) -> Path:
    """The file with the voxels that a header names, if it may be followed.

    Raises:
        VolumeError: it is in another folder, or missing.
    """
    name = name.strip().removeprefix("./")
    plain = name == PurePosixPath(name.replace("\\", "/")).name and name not in {"", "..", "."}
    spread = "%" in name or name.upper().split(" ")[0] == "LIST"
    found = [path.with_name(name), path.with_name(plain_name(name))] if plain else []
    if not plain or spread or any(file.is_symlink() for file in found):
        raise VolumeError(
            f"{path.name}: the header refers to its voxel data by a path, a list or a pattern, "
            "which is not supported. Save the scan as a single file."
        )
    neighbour = next((file for file in found if file.is_file()), None) or _in_other_case(path, name)
    if neighbour is None:
        raise VolumeError(
            f"{path.name}: this is only the header. Its voxels are in {plain_name(name)}: put both "
            "files in one zip, or choose them together."
        )
    return neighbour


def _in_other_case(path: Path, name: str) -> Path | None:
    """The only file of that name in other letters: on some systems SCAN.RAW is scan.raw."""
    alike = [file for file in path.parent.iterdir() if file.name.lower() == name.lower()]
    lone = alike[0] if len(alike) == 1 else None
    return lone if lone and lone.is_file() and not lone.is_symlink() else None


def placed(
    directions: NDArray[np.float64], origin: NDArray[np.float64], *, known: bool
) -> tuple[Affine, bool, tuple[str, ...]]:
    """The affine, whether the orientation is known, and notes.

    Args:
        directions: (3, n) steps along the two or three spatial axes, LPS mm.
        origin: (3,) position of the first voxel.
        known: whether the header refers to the body's left, back and head.
    """
    if directions.shape[1] == 2:
        normal = np.cross(directions[:, 0], directions[:, 1])
        length = np.linalg.norm(normal)
        lone = normal / length if length > 0 else np.array([0.0, 0.0, 1.0])
        directions = np.column_stack([directions, lone])
    steps = np.linalg.norm(directions, axis=0)
    notes: tuple[str, ...] = ()
    sane = (steps > 0) & (steps < FARTHEST_MM)
    if not sane.all() or not (np.abs(origin) < FARTHEST_MM).all():
        steps, known = np.where(sane, steps, 1.0), False
        notes += (NO_VOXEL_SIZE,)
    elif known and abs(np.linalg.det(directions / steps)) < 1e-3:
        known = False
    affine = np.eye(4)
    affine[:3, :3] = directions if known else np.diag(steps)
    affine[:3, 3] = origin if known else 0.0
    return affine, known, notes if known else (*notes, UNKNOWN_SIDES)
