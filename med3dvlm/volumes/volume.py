"""The value every scan becomes: canonical voxels, millimetres, units, and the reader's notes.

volume = open_volume(path)
volume.voxels[z, y, x]          # x towards the patient's left, y to the back, z to the head
volume.millimetres((z, y, x))   # LPS millimetres of a voxel centre
"""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError

Unit = Literal["HU", "arbitrary"]
Voxels = NDArray[np.int16] | NDArray[np.float32] | NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Volume:
    """One scan in canonical order.

    Attributes:
        voxels: `[z, y, x]`, int16, uint8 or float32, read-only; HU where `unit` says so.
        affine: 4x4, from the voxel index `(x, y, z, 1)` to LPS millimetres.
        unit: `HU` or `arbitrary`.
        orientation_known: False when the file doesn't say where left, back and head are.
        modality: as the file states or its values suggest, for instance `CT`; else `unknown`.
        notes: what the reader had to do or could not know, one sentence each, for the user.
        details: facts for a metadata panel (no identifiers), name to value.
    """

    voxels: Voxels
    affine: NDArray[np.float64]
    unit: Unit
    orientation_known: bool = True
    modality: str = "unknown"
    notes: tuple[str, ...] = ()
    details: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.voxels.ndim != 3 or 0 in self.voxels.shape:
            raise VolumeError(f"a volume needs three axes, but this has shape {self.voxels.shape}")
        if self.affine.shape != (4, 4) or not np.isfinite(self.affine).all():
            raise VolumeError("the file's geometry (affine) is not a finite 4x4 matrix")
        self.voxels.flags.writeable = False
        self.affine.flags.writeable = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along z, y, x."""
        z, y, x = self.voxels.shape
        return z, y, x

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along z, y, x, in mm."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(z), float(y), float(x)

    @property
    def extent_mm(self) -> tuple[float, float, float]:
        """Edge lengths of the scanned box along z, y, x, in mm."""
        z, y, x = (n * s for n, s in zip(self.shape, self.spacing_mm, strict=True))
        return z, y, x

    @cached_property
    def digest(self) -> str:
        """Hash of voxels and affine: the same scan has the same digest, whatever its file."""
        seal = hashlib.sha256()
        seal.update(repr((self.shape, self.voxels.dtype.str)).encode())
        seal.update(np.ascontiguousarray(self.voxels).data)
        seal.update((np.round(self.affine, 4) + 0.0).tobytes())  # + 0.0: no negative zeros
        return seal.hexdigest()[:32]

    def millimetres(self, index: tuple[float, float, float]) -> tuple[float, float, float]:
        """LPS millimetres `(left, posterior, superior)` of the voxel index `(z, y, x)`."""
        z, y, x = index
        left, posterior, superior, _ = self.affine @ np.array([x, y, z, 1.0])
        return float(left), float(posterior), float(superior)

    def with_values(self, values: NDArray[Any]) -> "Volume":
        """The same scan with other values, rounded and cut to the type of its voxels."""
        kind = self.voxels.dtype
        if kind.kind in "iu":
            limits = np.iinfo(kind.name)
            values = np.clip(np.rint(values), limits.min, limits.max)
        voxels: Any = np.ascontiguousarray(values.astype(kind))
        return replace(self, voxels=voxels)

    def _repr_png_(self) -> bytes:
        """For notebooks: the three planes through the middle."""
        from med3dvlm.volumes.views.planes import plane_picture  # it needs volumes

        return plane_picture(self)

    def noting(self, *notes: str) -> "Volume":
        """The same volume with further notes."""
        return replace(self, notes=self.notes + notes)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.voxels.flags.writeable = False
        self.affine.flags.writeable = False


def canonical_affine(
    spacing_mm: tuple[float, float, float],
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> NDArray[np.float64]:
    """Affine of an unrotated canonical volume: spacing along z, y, x; origin in LPS mm."""
    z, y, x = spacing_mm
    affine = np.diag([x, y, z, 1.0])
    affine[:3, 3] = origin_mm
    return affine
