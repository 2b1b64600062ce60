"""Where the voxels of a scan lie: what a label map has to fit.

place = Place.of(volume)
place.check_frame("3f2a90b1")          # the label map's frame of reference
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.series import short_key
from med3dvlm.volumes.volume import Volume

UNPLACED = (
    "the scan's own file doesn't say where left, back and head are, so that nothing can be placed "
    "on it. Open the scan from a file that says so."
)
OTHER_FRAME = (
    "it was drawn in another frame of reference (another examination, or before the patient was "
    "moved): its places don't belong to this scan. Open the scan that it was drawn on."
)
NO_FRAME = (
    "Only one of the two files names its frame of reference: that they belong together is known by "
    "their places alone."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """The grid of a scan.

    Attributes:
        shape: voxels along z, y, x.
        affine: from `(x, y, z, 1)` to LPS mm.
        orientation_known: whether these are places in the body.
        frame: digest of the scan's frame of reference; empty where its file names none.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    orientation_known: bool = True
    frame: str = ""

    @classmethod
    def of(cls, volume: Volume) -> "Place":
        """The grid of a volume."""
        return cls(
            shape=volume.shape, affine=volume.affine,
            orientation_known=volume.orientation_known, frame=volume.frame,
        )  # fmt: skip

    @classmethod
    def told(cls, said: dict[str, Any]) -> "Place":
        """The grid of a message made by `tell`."""
        z, y, x = said["shape"]
        return cls(
            shape=(z, y, x), affine=np.array(said["affine"], np.float64),
            orientation_known=said["orientation_known"], frame=said["frame"],
        )  # fmt: skip

    def tell(self) -> dict[str, Any]:
        """Everything in it, as JSON holds it."""
        return {
            "shape": list(self.shape), "affine": self.affine.tolist(),
            "orientation_known": self.orientation_known, "frame": self.frame,
        }  # fmt: skip

    def check_frame(self, uid: Any) -> tuple[str, ...]:
        """Compare frames of reference; returns notes.

        Args:
            uid: as the label map's file has it; empty or None where it names none.

        Raises:
            VolumeError: it is another one, or the scan has no place in the body.
        """
        if not self.orientation_known:
            raise VolumeError(UNPLACED)
        stated = short_key(str(uid)) if uid else ""
        if stated and self.frame and stated != self.frame:
            raise VolumeError(OTHER_FRAME)
        return () if stated and self.frame else (NO_FRAME,)

    def index_of(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Voxel indices `(n, 3)` as x, y, z of LPS points `(n, 3)`."""
        steps, origin = self.affine[:3, :3], self.affine[:3, 3]
        return np.asarray(np.linalg.solve(steps, (points - origin).T).T, np.float64)
