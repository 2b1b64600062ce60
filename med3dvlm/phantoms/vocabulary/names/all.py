"""Every name, by what it names; a kind's own names are those that its reports use."""

from dataclasses import replace

from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import UNCOUNTED
from med3dvlm.phantoms.vocabulary.lexicon import Names
from med3dvlm.phantoms.vocabulary.names.abdomen import ABDOMEN_NAMES
from med3dvlm.phantoms.vocabulary.names.chest import CHEST_NAMES
from med3dvlm.phantoms.vocabulary.names.kidneys import KIDNEY_NAMES
from med3dvlm.phantoms.vocabulary.names.organs import ORGAN_NAMES
from med3dvlm.phantoms.vocabulary.names.pelvis import PELVIS_NAMES
from med3dvlm.phantoms.vocabulary.names.settings import PHASE_NAMES, PLANE_NAMES, REGION_NAMES
from med3dvlm.phantoms.vocabulary.names.untaught import UNTAUGHT_NAMES

PLURAL_ENDINGS = ("metastases", "lesions")


def _own(name: str) -> str:
    """A name from a report, with its article as terms are written."""
    if name.endswith(PLURAL_ENDINGS):
        return f"many {name}"
    return name if UNCOUNTED.search(name) else f"a {name}"


KIND_NAMES: dict[str, Names] = {
    kind: replace(names, own=tuple(_own(name) for name in KINDS[kind].names))
    for kind, names in (CHEST_NAMES | ABDOMEN_NAMES | KIDNEY_NAMES | PELVIS_NAMES).items()
}
# Planes, phases and regions.
VALUE_NAMES: dict[str, Names] = PLANE_NAMES | PHASE_NAMES | REGION_NAMES

__all__ = [
    "KIND_NAMES", "ORGAN_NAMES", "PHASE_NAMES", "PLANE_NAMES", "REGION_NAMES", "UNTAUGHT_NAMES",
    "VALUE_NAMES",
]  # fmt: skip
