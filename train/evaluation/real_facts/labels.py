"""Real scans with their labels: a table next to the files, one line per scan.

for scan in read_scans(Path("../shared/real")):
    scan.regions, scan.contrast, scan.kinds

These columns are read: name, path, regions, dominant, plane, contrast, findings, confidence.
Findings are free text; the patterns below map them to kinds of finding.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS

LABELS = "labels.tsv"
COLUMNS = ("name", "path", "regions", "dominant", "plane", "contrast", "findings", "confidence")
NOT_SEEN = re.compile(r"\b(?:none|no|not|without)\b", re.IGNORECASE)
# The wording of a label, and the kind of finding that it means.
STATED: tuple[tuple[str, str], ...] = (
    (r"(?:lung|lobe|pulmonary).*(?:nodule|mass)|(?:nodule|mass).*(?:lung|lobe)", "lung nodule"),
    (r"consolidation|pneumonia|airspace|infiltrate", "consolidation"),
    (r"pleural effusion|hydrothorax", "pleural effusion"),
    (r"pneumothorax", "pneumothorax"),
    (r"pericardial effusion", "pericardial effusion"),
    (r"mediastinal (?:mass|tumou?r)|thymoma", "mediastinal mass"),
    (r"(?:thoracic|ascending|descending).*aneurysm", "thoracic aortic aneurysm"),
    (r"(?:abdominal|infrarenal).*aneurysm", "abdominal aortic aneurysm"),
    (r"(?:vertebra|compression|wedge|spin).*fracture|fracture.*vertebra", "vertebral fracture"),
    (r"(?:liver|hepatic) (?:metastas|masses|tumou?rs)", "liver metastases"),
    (r"(?:liver|hepatic) cyst", "liver cyst"),
    (r"gallstone|cholelith|gallbladder stone", "gallstone"),
    (r"splenomegaly|(?:large|enlarged|big) spleen", "splenomegaly"),
    (r"(?:kidney|renal).*(?:stone|calcul)|nephrolith", "kidney stone"),
    (r"hydroneph", "hydronephrosis"),
    (r"(?:kidney|renal).*cyst|cyst.*kidney", "renal cyst"),
    (r"adrenal.*(?:mass|nodule|tumou?r|adenoma)", "adrenal mass"),
    (r"ascites|free (?:abdominal |peritoneal )?fluid", "ascites"),
    (r"bowel obstruction|ileus|dilated (?:small )?bowel", "bowel obstruction"),
    (r"free (?:air|gas)|pneumoperitoneum", "free air"),
    (r"bladder (?:stone|calcul)", "bladder stone"),
    (r"bladder (?:mass|tumou?r)", "bladder mass"),
    (r"(?:adnexal|ovarian) cyst", "adnexal cyst"),
    (r"lytic|(?:bone|osseous).*metastas|bone lesion", "lytic bone lesion"),
    (r"hip (?:prosthes|replacement|arthroplast|implant)", "hip prosthesis"),
)
# What a careful reader may call by this name: neither expected nor counted as invented.
TOLERATED: tuple[tuple[str, str], ...] = (
    (r"collapse|atelectas", "consolidation"),
    (r"lymph|adenopathy", "mediastinal mass"),
    (r"(?:liver|hepatic).*lesion", "liver metastases"),
    (r"(?:liver|hepatic).*lesion", "liver cyst"),
    (r"(?:kidney|renal).*(?:mass|lesion)", "renal cyst"),
    (r"effusion", "pleural effusion"),
    (r"aneurysm", "thoracic aortic aneurysm"),
    (r"aneurysm", "abdominal aortic aneurysm"),
    (r"(?:lung|lobe).*(?:collapse|consolidation)", "lung nodule"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealScan:
    """A scan and what is known about it.

    Attributes:
        name: of the scan.
        path: of its file.
        regions: those of chest, abdomen and pelvis in the field of view.
        dominant: the region that it mostly shows; `other` if it is none of them.
        plane: axial, coronal or sagittal.
        contrast: whether it is contrast-enhanced; None if unknown.
        phase: one of `PHASES`; empty if unknown.
        kinds: of obvious findings.
        tolerated: kinds that may also be named.
        confidence: of the labels.
    """

    name: str
    path: Path
    regions: frozenset[str]
    dominant: str
    plane: str
    contrast: bool | None
    phase: str
    kinds: frozenset[str]
    tolerated: frozenset[str]
    confidence: str

    @property
    def trunk(self) -> bool:
        """Whether it mostly shows chest, abdomen or pelvis."""
        return self.dominant in REGIONS

    @property
    def elsewhere(self) -> bool:
        """Whether it shows no part of chest, abdomen or pelvis: heads, limbs."""
        return not self.regions


def read_scans(folder: Path) -> list[RealScan]:
    """All scans of a folder, in the order of its table.

    Raises:
        TrainingError: the folder, the table, a column or a file is missing.
    """
    table = folder / LABELS
    if not table.is_file():
        raise TrainingError(
            f"{folder} contains no {LABELS}: the real scans are not on this machine. They belong "
            "next to the repository, in ../shared/real; or name another folder with --scans."
        )
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    missing = [name for name in COLUMNS if rows and name not in rows[0]]
    if missing or not rows:
        raise TrainingError(f"{table} lacks {', '.join(missing) or 'rows'}")
    scans = [scan_of(row, folder) for row in rows]
    lost = [scan.path.name for scan in scans if not scan.path.exists()]
    if lost:
        raise TrainingError(f"{folder} lacks files listed in its table: {', '.join(lost)}")
    return scans


def scan_of(row: dict[str, str], folder: Path) -> RealScan:
    """A scan from a line of the table."""
    contrast, phase = contrast_of(row["contrast"])
    kinds = kinds_in(row["findings"], STATED)
    planes = [plane for plane in PLANES if row["plane"].lower().startswith(plane)]
    return RealScan(
        name=row["name"],
        path=folder / row["path"],
        regions=frozenset(_words_before_brackets(row["regions"])) & frozenset(REGIONS),
        dominant=row["dominant"].strip().lower(),
        plane=planes[0] if planes else "",
        contrast=contrast,
        phase=phase,
        kinds=kinds,
        tolerated=kinds_in(row["findings"], TOLERATED) - kinds,
        confidence=row["confidence"],
    )


def contrast_of(text: str) -> tuple[bool | None, str]:
    """Whether it is contrast-enhanced, and the phase, from `portal venous (aorta 134, ..)`."""
    stated = text.partition("(")[0].strip().lower()
    if stated.startswith("none"):
        return False, "non-contrast"
    if "unsure" in stated and not stated.startswith("enhanced"):
        return None, ""
    phase = next((phase for phase in PHASES[1:] if stated.startswith(phase)), "")
    return True, phase


def kinds_in(text: str, patterns: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Kinds that the clauses of a label state; a negated clause states none."""
    clauses = [clause for clause in text.lower().split(";") if not NOT_SEEN.search(clause)]
    return frozenset(
        kind for words, kind in patterns if any(re.search(words, clause) for clause in clauses)
    )


def _words_before_brackets(text: str) -> Iterator[str]:
    for part in re.sub(r"\([^)]*\)", "", text).split(","):
        yield part.strip().lower()
