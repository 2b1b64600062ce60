"""Labels of real scans, read from words."""

from pathlib import Path

import pytest

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.findings import KINDS
from train.evaluation.real_facts.labels import (
    STATED,
    TOLERATED,
    contrast_of,
    kinds_in,
    read_scans,
    scan_of,
)

REAL = Path(__file__).resolve().parents[5] / "shared" / "real"
ROW = {
    "name": "a", "path": "a.nii.gz", "regions": "chest(base),abdomen(upper),neck(low)",
    "dominant": "abdomen", "plane": "axial (gantry tilt)", "contrast": "portal venous (aorta 136)",
    "findings": "right upper-lobe mass/collapse; moderate right pleural effusion; no ascites",
    "confidence": "high",
}  # fmt: skip


def test_a_line_becomes_a_scan() -> None:
    scan = scan_of(ROW, Path("scans"))
    assert scan.path == Path("scans/a.nii.gz")
    assert (scan.regions, scan.dominant, scan.plane) == ({"chest", "abdomen"}, "abdomen", "axial")
    assert (scan.contrast, scan.phase) == (True, "portal venous")
    assert scan.kinds == {"lung nodule", "pleural effusion"}
    assert scan.tolerated == {"consolidation"}
    assert scan.trunk
    assert not scan.elsewhere


def test_a_head_is_elsewhere() -> None:
    scan = scan_of(ROW | {"regions": "head", "dominant": "other", "findings": "none"}, Path())
    assert scan.elsewhere
    assert not scan.trunk
    assert not scan.kinds


@pytest.mark.parametrize(
    ("text", "contrast", "phase"),
    [
        ("none (aorta 38-44, liver 53)", False, "non-contrast"),
        ("arterial (pulmonary-embolus protocol; aorta 240)", True, "arterial"),
        ("enhanced, phase unsure (header: arterial)", True, ""),
        ("unsure", None, ""),
        ("delayed", True, "delayed"),
    ],
)
def test_contrast_is_read_before_the_brackets(text: str, contrast: bool | None, phase: str) -> None:
    assert contrast_of(text) == (contrast, phase)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("several lung nodules/masses: left lower lobe, right paravertebral", {"lung nodule"}),
        ("pancreatic-head mass with biliary stent; right renal upper-pole cystic lesion",
         {"renal cyst"}),
        ("sternotomy wires; calcified great vessels/trachea; otherwise none obvious", set()),
        ("soft-tissue mass", set()),
        ("liver metastases not obvious at a glance", set()),
        ("liver metastases; left hip prosthesis; two gallstones",
         {"liver metastases", "hip prosthesis", "gallstone"}),
    ],
)  # fmt: skip
def test_findings_are_read_from_words(text: str, kinds: set[str]) -> None:
    assert kinds_in(text, STATED) == kinds


def test_patterns_speak_of_known_kinds_and_each_kind_has_one() -> None:
    assert {kind for _, kind in STATED} == set(KINDS)
    assert {kind for _, kind in TOLERATED} <= set(KINDS)
    for kind in KINDS:
        assert kind in kinds_in(kind, STATED), kind


def test_a_folder_without_labels_is_refused_kindly(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="real scans are not on this machine"):
        read_scans(tmp_path)


def test_a_table_that_lacks_columns_or_files_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "labels.tsv"
    table.write_text("name\tpath\na\ta.nii.gz\n")
    with pytest.raises(TrainingError, match="regions, dominant"):
        read_scans(tmp_path)
    table.write_text("\t".join(ROW) + "\n" + "\t".join(ROW.values()) + "\n")
    with pytest.raises(TrainingError, match="lacks files listed in its table: a"):
        read_scans(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real scans of ../shared/real are not here")
def test_the_real_table_is_understood() -> None:
    scans = {scan.name: scan for scan in read_scans(REAL)}
    assert all(scan.plane for scan in scans.values())
    assert scans["lidc-0314"].kinds == {"lung nodule", "pleural effusion"}
    assert scans["ge-tilt-head"].elsewhere
    assert scans["crlm-1004"].phase == "portal venous"
    assert sum(scan.contrast is not None for scan in scans.values()) == len(scans)
