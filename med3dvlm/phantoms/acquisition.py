"""How a phantom was scanned: region, plane, contrast phase, and each tissue's HU in it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from med3dvlm.errors import ConfigError

Region = Literal["chest", "abdomen", "pelvis", "other"]
Plane = Literal["axial", "coronal", "sagittal", "none"]
Phase = Literal["non-contrast", "arterial", "portal venous", "delayed"]

# Those that findings are taught of; `other` is what shows none of them.
REGIONS: tuple[Region, ...] = ("chest", "abdomen", "pelvis")
# Those that slices can be seen to stack in; `none` is a scan as fine along every axis.
PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
PHASES: tuple[Phase, ...] = get_args(Phase)

# Scanned length along the body axis, mm; 0 is the height of the iliac crest.
COVERAGE_MM: dict[Region, tuple[float, float]] = {
    "chest": (142.0, 442.0),
    "abdomen": (-22.0, 278.0),
    "pelvis": (-190.0, 92.0),
}
IN_PLANE_MM = 410.0
DEPTH_MM = 300.0

# HU of each tissue in the four phases, in the order of PHASES.
ENHANCEMENT: dict[str, tuple[float, float, float, float]] = {
    "artery": (42, 330, 165, 108),
    "vein": (42, 75, 170, 112),
    "right heart": (42, 230, 160, 108),
    "myocardium": (44, 110, 118, 92),
    "liver": (58, 70, 114, 92),
    "spleen": (48, 135, 124, 96),
    "kidney cortex": (34, 190, 178, 140),
    "kidney medulla": (32, 75, 155, 142),
    "urine in kidney": (4, 5, 12, 330),
    "urine in bladder": (4, 4, 7, 240),
    "pancreas": (40, 108, 92, 70),
    "muscle": (54, 60, 66, 62),
    "bowel wall": (36, 80, 78, 60),
    "gland": (40, 75, 82, 66),
    "soft mass": (42, 74, 84, 72),
    "cortex": (620, 620, 620, 620),
    "marrow": (190, 190, 190, 190),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Scan settings of one phantom."""

    region: Region
    plane: Plane
    phase: Phase

    def hu(self, tissue: str) -> float:
        """HU of a tissue in this phase."""
        return ENHANCEMENT[tissue][PHASES.index(self.phase)]

    def sampling(
        self, shape: tuple[int, int, int], start_mm: float, length_mm: float
    ) -> tuple[tuple[int, int, int], tuple[float, float, float], tuple[float, float, float]]:
        """Voxels, spacing and first centre along z, y, x of a scan of (slices, rows, columns).

        Slices are stacked along the normal of the plane, so a coronal scan has its coarse axis
        from front to back.
        """
        slices, rows, columns = shape
        if min(shape) < 8:
            raise ConfigError(f"a phantom needs at least 8 voxels along each axis, got {shape}")
        counts = {
            "axial": (slices, rows, columns),
            "coronal": (rows, slices, columns),
            "sagittal": (rows, columns, slices),
        }[self.plane]
        lengths = (length_mm, IN_PLANE_MM if self.plane == "axial" else DEPTH_MM, IN_PLANE_MM)
        z, y, x = (length / n for length, n in zip(lengths, counts, strict=True))
        first = (start_mm + z / 2, -lengths[1] / 2 + y / 2, -lengths[2] / 2 + x / 2)
        return counts, (z, y, x), first

    @property
    def slice_axis(self) -> int:
        """Axis of the canonical volume (0 z, 1 y, 2 x) along which slices were stacked."""
        return PLANES.index(self.plane)


def draw_acquisition(rng: np.random.Generator) -> Acquisition:
    """Each region, plane and phase is equally likely."""
    return Acquisition(
        region=REGIONS[rng.integers(len(REGIONS))],
        plane=PLANES[rng.integers(len(PLANES))],
        phase=PHASES[rng.integers(len(PHASES))],
    )
