"""What the header of an array file says, checked: for formats like NRRD and MetaImage.

    check_sizes(path.name, sizes, space)
    data = voxel_file(path, "scan.raw")                       # beside the header, or a refusal
    affine, known, notes = placed(directions, origin, known=True)

A header may name another file for its voxels. Only a plain name beside the header is followed:
anything else could reach out of the upload.
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
# Nothing in or around a patient is farther away; damaged headers say such things.
FARTHEST_MM = 1e7
UNKNOWN_SIDES = (
    "The file doesn't say where left, back and head are: the axes are shown as stored, and sides "
    "may be swapped."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayHeader:
    """What a header says, checked.

    Attributes:
        kind: name of the format.
        data: file that holds the voxels.
        offset: bytes before them in the file; -1: they are its last bytes.
        skipped: bytes before them once unpacked.
        packing: how they are packed.
        text: numbers as text, not as bytes.
        dtype: of one number, with its byte order.
        sizes: of all axes as stored, the fastest first.
        space: which of the axes are those of space, two or three, the fastest first.
        colour: the axis of red, green, blue (and alpha), or None.
        slope: factor on stored numbers.
        intercept: added after that.
        affine: from `(i, j, k, 1)` to LPS mm.
        orientation_known: False when the header doesn't place the voxels in the body.
        modality: what the header says; `unknown` else.
        notes: what had to be decided, for the user.
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
        """Axes along which the frames lie: neither space nor colour."""
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
    """Refuse arrays that are no volume.

    Raises:
        VolumeError: an axis is empty, or there is no picture.
    """
    if not sizes or min(sizes) < 1:
        raise VolumeError(f"{name}: the header gives impossible sizes. Export the scan anew.")
    if len(space) not in (2, 3) or sorted(sizes[axis] for axis in space)[-2] == 1:
        raise VolumeError(
            f"{name}: {len(space)} axes of space are no scan that can be shown. "
            "Save one volume with three."
        )


def voxel_file(path: Path, name: str) -> Path:
    """The file with the voxels that a header names, if it may be followed.

    Raises:
        VolumeError: it lies elsewhere, or is not there.
    """
    name = name.strip().removeprefix("./")
    plain = name == PurePosixPath(name.replace("\\", "/")).name and name not in {"", "..", "."}
    spread = "%" in name or name.upper().split(" ")[0] == "LIST"
    found = [path.with_name(name), path.with_name(plain_name(name))] if plain else []
    if not plain or spread or any(file.is_symlink() for file in found):
        raise VolumeError(
            f"{path.name}: the header names its voxels by a path, a list or a pattern, which is "
            "not followed here. Save the scan in one file."
        )
    neighbour = next((file for file in found if file.is_file()), None)
    if neighbour is None:
        raise VolumeError(
            f"{path.name}: this is only the header. Its voxels lie in {plain_name(name)}: put both "
            "into one zip, or choose both files together."
        )
    return neighbour


def placed(
    directions: NDArray[np.float64], origin: NDArray[np.float64], *, known: bool
) -> tuple[Affine, bool, tuple[str, ...]]:
    """The affine, whether it says where left is, and notes.

    Args:
        directions: (3, n) steps along the two or three axes of space, LPS mm.
        origin: (3,) place of the first voxel.
        known: whether the header speaks of the body's left, back and head.
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
        notes += ("The file gives no voxel size: 1 mm was taken, so measures are not in mm.",)
    elif known and abs(np.linalg.det(directions / steps)) < 1e-3:
        known = False
    affine = np.eye(4)
    affine[:3, :3] = directions if known else np.diag(steps)
    affine[:3, 3] = origin if known else 0.0
    return affine, known, notes if known else (*notes, UNKNOWN_SIDES)
