"""All kinds of finding, by name and by the region that shows them."""

from med3dvlm.phantoms.acquisition import REGIONS, Region
from med3dvlm.phantoms.findings.abdomen import ABDOMEN_KINDS
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene
from med3dvlm.phantoms.findings.chest import CHEST_KINDS
from med3dvlm.phantoms.findings.pelvis import PELVIS_KINDS

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*CHEST_KINDS, *ABDOMEN_KINDS, *PELVIS_KINDS)}
KINDS_IN: dict[Region, tuple[Kind, ...]] = {
    region: tuple(kind for kind in KINDS.values() if region in kind.regions) for region in REGIONS
}

__all__ = ["KINDS", "KINDS_IN", "Finding", "Kind", "Scene"]
