"""Figures about real scans, from answers that are written down here."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.questions.wording import NO_PLANE
from med3dvlm.volumes.formats.nifti import save_nifti
from train.cli import make_parser
from train.evaluation.real_facts import asking, command
from train.evaluation.real_facts.asking import Told
from train.evaluation.real_facts.figures import real_figures, real_table
from train.evaluation.real_facts.labels import RealScan

CHEST = RealScan(
    name="a", path=Path("a"), regions=frozenset({"chest"}), dominant="chest", plane="axial",
    contrast=True, phase="arterial", kinds=frozenset({"pleural effusion", "lung nodule"}),
    tolerated=frozenset({"consolidation"}), confidence="high",
)  # fmt: skip
HEAD = replace(
    CHEST, regions=frozenset(), dominant="other", contrast=False, phase="non-contrast",
    kinds=frozenset(), tolerated=frozenset(),
)  # fmt: skip
GOOD = Told(
    scan=CHEST, region="Chest", plane="Axial", phase="Arterial", isotropic=False,
    report="Pleural effusion on the right side. Pneumonia of the left lower lobe. No ascites.",
)  # fmt: skip
BAD = replace(
    GOOD, region="Pelvis", plane="Coronal", phase="Non-contrast",
    report="There is ascites. There is a gallstone. Impression: ascites.",
)  # fmt: skip


def test_what_is_invented_and_missed() -> None:
    assert GOOD.claimed == {"pleural effusion", "consolidation"}
    assert GOOD.invented == frozenset()
    assert GOOD.missed == {"lung nodule"}
    assert BAD.invented == {"ascites", "gallstone"}


def test_figures_worked_by_hand() -> None:
    head = replace(BAD, scan=HEAD, region="None of the regions that I was taught")
    found = real_figures([GOOD, BAD, head])
    means = {name: cell["mean"] for name, cell in found["facts"].items()}
    assert means == {
        "region in view": 0.5, "region mostly shown": 0.5, "plane": pytest.approx(1 / 3),
        "contrast or none": 0.5, "arterial or portal venous": 0.5,
        "said to be none of its regions": 1, "invented findings a trunk scan": 1,
        "invented findings a scan of elsewhere": 2, "recall of what is plain to see": 0.25,
    }  # fmt: skip
    assert found["facts"]["recall of what is plain to see"]["of"] == 4
    assert found["invented"] == {"ascites": 1, "gallstone": 1}
    assert "| region in view | 50 % | 0 % to 100 % | 2 |" in real_table(found)


@pytest.mark.parametrize(
    ("said", "none"),
    [
        ("Chest", False),
        ("Abdomen", False),
        ("None of these regions", True),
        ("This is neither chest, abdomen nor pelvis.", True),
        ("Not a chest, abdomen or pelvis", True),
        ("I was not taught that part of the body.", True),
    ],
)
def test_a_head_must_be_said_to_be_none_of_the_regions(said: str, none: bool) -> None:
    told = replace(GOOD, scan=HEAD, region=said)
    assert told.says_no_region is none
    assert told.named_region == (None if none else said.lower())


@pytest.mark.parametrize("said", ["No plane can be told: the voxels are isotropic.", NO_PLANE])
def test_no_plane_is_right_of_cubic_voxels_alone(said: str) -> None:
    unsure = replace(GOOD, plane=said)
    assert not unsure.plane_right
    assert replace(unsure, isotropic=True).plane_right


@pytest.mark.slow
def test_the_command_asks_every_scan_and_keeps_what_was_said(
    random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LONGEST", 4)
    monkeypatch.setattr("med3dvlm.engine.report.LONGEST", 8)
    scans = tmp_path / "scans"
    scans.mkdir()
    volume = make_case(1, shape=(16, 32, 32)).volume
    save_nifti(volume, scans / "a.nii.gz")
    columns = ["name", "path", "regions", "dominant", "plane", "contrast", "findings", "confidence"]
    row = ["a", "a.nii.gz", "chest", "chest", "axial", "none", "pleural effusion", "high"]
    (scans / "labels.tsv").write_text("\t".join(columns) + "\n" + "\t".join(row) + "\n")
    out = tmp_path / "out"
    arguments = [
        "real_facts",
        "--model",
        str(random_model),
        "--scans",
        str(scans),
        "--out",
        str(out),
    ]
    command.run(make_parser().parse_args(arguments))
    assert json.loads((out / command.FIGURES).read_text())["scans"] == 1
    [line] = (out / command.ANSWERS).read_text().splitlines()
    assert json.loads(line)["scan"] == "a"
