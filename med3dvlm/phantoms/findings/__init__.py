"""All kinds of finding, by name and by the region that shows them."""

from med3dvlm.phantoms.acquisition import REGIONS, Region
from med3dvlm.phantoms.findings.aorta import ABDOMINAL_ANEURYSM, THORACIC_ANEURYSM
from med3dvlm.phantoms.findings.base import Finding, Kind, Scene
from med3dvlm.phantoms.findings.bowel import ASCITES, FREE_AIR, OBSTRUCTION
from med3dvlm.phantoms.findings.kidney import (
    ADRENAL_MASS,
    HYDRONEPHROSIS,
    KIDNEY_STONE,
    RENAL_CYST,
)
from med3dvlm.phantoms.findings.liver import GALLSTONE, LIVER_CYST, METASTASES
from med3dvlm.phantoms.findings.lung import CONSOLIDATION, NODULE
from med3dvlm.phantoms.findings.mediastinum import MEDIASTINAL_MASS, PERICARDIAL
from med3dvlm.phantoms.findings.pelvis import PELVIS_KINDS
from med3dvlm.phantoms.findings.pleura import EFFUSION, PNEUMOTHORAX
from med3dvlm.phantoms.findings.spine import FRACTURE
from med3dvlm.phantoms.findings.spleen import SPLENOMEGALY

# The order is part of what a seed means: findings are drawn and reported in it.
CHEST_KINDS = (
    NODULE, CONSOLIDATION, EFFUSION, PNEUMOTHORAX, PERICARDIAL, MEDIASTINAL_MASS,
    THORACIC_ANEURYSM, FRACTURE,
)  # fmt: skip
ABDOMEN_KINDS = (
    METASTASES, LIVER_CYST, GALLSTONE, SPLENOMEGALY, KIDNEY_STONE, HYDRONEPHROSIS, RENAL_CYST,
    ADRENAL_MASS, ABDOMINAL_ANEURYSM, ASCITES, OBSTRUCTION, FREE_AIR,
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*CHEST_KINDS, *ABDOMEN_KINDS, *PELVIS_KINDS)}
KINDS_IN: dict[Region, tuple[Kind, ...]] = {
    region: tuple(kind for kind in KINDS.values() if region in kind.regions) for region in REGIONS
}

# Painted first, because they replace what lies in their way.
SPREADING = ("ascites", "bowel obstruction", "free air", "pneumothorax", "pleural effusion")

__all__ = ["KINDS", "KINDS_IN", "SPREADING", "Finding", "Kind", "Scene"]
