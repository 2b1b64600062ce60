"""One image of a DICOM file and what it has in common with the others: the facts a volume needs.

    frames[0].instance.rows, frames[0].normal

Neither holds an identifier: UIDs are digests, and free text never gets here.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from med3dvlm.volumes.formats.dicom.marks import Value
from med3dvlm.volumes.formats.dicom.values import Vector

GREY = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """What the frames of one file have in common; `series`, `copy` and `frame` are digests of UIDs.

    Attributes:
        rows: of one image.
        columns: of one image.
        tiles: images in a row of the stored picture, which holds more than one in a mosaic.
        frame: of the frame of reference; empty where none is stated.
        whole: images can't be read one at a time from the file as it is.
        packed: images are compressed.
        remarks: what was wrong in the file and how it was read, for the user.
    """

    path: Path
    series: str
    copy: str
    frame: str
    modality: str
    rows: int
    columns: int
    tiles: int
    voxel_bytes: int
    bits: int
    photometric: str
    localizer: bool
    secondary: bool
    frames: int
    padding: tuple[float, float] | None
    lookup: bool
    lossy: bool
    whole: bool
    packed: bool
    details: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One image and its position; `position` and `axes` (along rows, down columns) in LPS.

    `flips` says whether its stored rows, and columns, have to be counted from the other end.
    """

    instance: Instance
    index: int
    number: int
    position: Vector | None
    axes: Vector | None
    spacing_mm: tuple[float, float] | None
    thickness_mm: float | None
    between_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    marks: tuple[Value, ...]
    flips: tuple[bool, bool] = (False, False)

    @property
    def normal(self) -> Vector:
        """Direction in which the slices of this orientation are counted."""
        assert self.axes is not None
        return np.cross(self.axes[0], self.axes[1])
