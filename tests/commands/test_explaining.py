"""Maps, changes and painted lesions from the command line, and what they refuse."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.__main__ import main
from med3dvlm.explain.trust.certificate import Certificates, write_certificates
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.scripting.explanation import UNMEASURED
from med3dvlm.volumes import open_volume
from tests.commands.rows import rows_of
from tests.explain.trust.test_certificate import certificate
from tests.scan_files import save_nifti

ASKED = "Is there a kidney stone?"
IN_SCAN = ("--scan", "nowhere.nii.gz", "--voxel", "1", "2", "3")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "scan.nii.gz"
    save_nifti(make_case(5, shape=(16, 32, 32)).volume, path)
    return path


def explain(scan: Path, model: Path, out: Path, *words: str) -> int:
    chosen = ["--model", str(model), "--device", "cpu", "--out", str(out)]
    return main(["explain", str(scan), *words, *chosen])


@pytest.mark.parametrize(
    ("words", "grid"),
    [
        (("--text", "kidney stone"), "1 x 2 x 2"),
        (("--text", "kidney stone", "--method", "occlusion"), "4 x 8 x 8"),
        (("--question", ASKED), "2 x 4 x 4"),
        (("--question", "Which plane? A. axial B. coronal"), "2 x 4 x 4"),
        (("--question", "Which plane?", "--option", "axial", "--option", "coronal"), "2 x 4 x 4"),
        (("--question", ASKED, "--method", "occlusion", "--baseline", "black"), "4 x 8 x 8"),
    ],
)
def test_a_map_lies_on_the_grid_of_the_scan(
    words: tuple[str, ...], grid: str, scan: Path, random_model: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "new" / "map.nii.gz"
    assert explain(scan, random_model, out, *words) == 0
    told = capsys.readouterr().out
    assert f"{grid} cells" in told
    assert "It doesn't mean: " in told
    assert UNMEASURED in told
    shown, before = open_volume(out), open_volume(scan)
    assert shown.shape == before.shape
    np.testing.assert_allclose(shown.affine, before.affine)
    assert shown.voxels.any()


def test_a_map_as_a_table_and_its_certificate(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = tmp_path / "model", tmp_path / "map.csv"
    shutil.copytree(random_model, model)
    folder = model / "dual_encoder"
    measured = Certificates(weights=weights_digest(folder), methods=(certificate(0.0),))
    write_certificates(folder, measured)
    assert explain(scan, model, out, "--text", "kidney stone") == 0
    assert measured.methods[0].verdict in capsys.readouterr().out
    with out.open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    values = [float(row["value"]) for row in rows]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "either a text or a question"),
        (("--text", "a", "--question", "b"), "either a text or a question"),
        (("--text", "a", "--method", "gradient"), "explains an answer"),
        (("--question", "a", "--method", "text split"), "explains a text"),
        (("--text", " "), "look for"),
        (("--question", " "), "empty"),
        (("--text", "a" * 5000), "at most 4000 characters"),
        (("--question", "a", "--option", "Yes"), "two options"),
    ],
)
def test_what_can_not_be_explained_is_said(
    words: tuple[str, ...], told: str, scan: Path, random_model: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert explain(scan, random_model, tmp_path / "map.nii", *words) == 1
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_other_outputs_are_refused(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(scan, random_model, tmp_path / "map.pdf", "--text", "a") == 1
    assert "ends in .nii" in capsys.readouterr().err
    assert explain(scan, random_model, scan, "--text", "a") == 1
    assert "already exists" in capsys.readouterr().err
    assert explain(scan, random_model / "vlm", tmp_path / "a.nii", "--text", "a") == 1
    assert "no dual encoder" in capsys.readouterr().err


def test_changes_are_rows_of_a_table(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "changes.csv"
    words = ["perturb", str(scan), "--model", str(random_model), "--device", "cpu",
             "--out", str(out), "--question", ASKED, "--question", "Which? A. axial B. coronal",
             "--text", "kidney stone", "--text", "gallstone",
             "--change", "blank", "--change", "left and right swapped"]  # fmt: skip
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "blank: probabilities moved by " in told
    assert "% of the answers stayed the same" in told
    rows = rows_of(out)
    changes = ["none", "blank", "left and right swapped", "no image"]
    assert [row["change"] for row in rows if row["question"] == ASKED] == changes
    assert {row["rank"] for row in rows if row["question"] == "gallstone"} <= {"1", "2"}
    assert len(rows) == 4 * 2 + 3 * 2
    for row in rows:
        if row["options"]:
            assert sum(json.loads(row["options"]).values()) == pytest.approx(1, abs=1e-5)
    assert main(words) == 0
    assert len(rows_of(out)) == len(rows), "nothing is written twice"


def test_another_scan_takes_the_place(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page could do it, and no command."""
    other, out = tmp_path / "other.nii.gz", tmp_path / "changes.csv"
    save_nifti(make_case(6, shape=(16, 32, 32)).volume, other)
    words = ["perturb", str(scan), "--model", str(random_model), "--device", "cpu", "--out",
             str(out), "--question", ASKED, "--change", "another scan"]  # fmt: skip
    assert main([*words, "--other", str(other)]) == 0
    assert "another scan: probabilities moved by " in capsys.readouterr().out
    assert [row["change"] for row in rows_of(out)] == ["none", "another scan", "no image"]
    assert main([*words, "--other", str(tmp_path / "nowhere.nii")]) == 1
    assert "nowhere.nii" in capsys.readouterr().err


def test_too_many_questions_are_refused(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [word for n in range(51) for word in ("--question", f"Is there {n}?")]
    assert main(["perturb", str(scan), "--out", str(tmp_path / "a.csv"), *many]) == 1
    assert "at most 50 questions" in capsys.readouterr().err


def detect(model: Path, *words: str) -> int:
    return main(["detect", "--model", str(model), "--device", "cpu", *words])


def test_a_trial_is_saved_and_repeated(
    random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "trial.json"
    assert detect(random_model, "--kind", "renal cyst", "--size", "40", "--out", str(out)) == 0
    told = capsys.readouterr().out
    assert "renal cyst of 40 mm in the" in told
    assert "without an image: " in told
    assert detect(random_model, "--trial", str(out)) == 0
    assert "It is as it was." in capsys.readouterr().out
    stored = json.loads(out.read_text())
    out.write_text(json.dumps(stored | {"with_lesion": 0.123}))
    assert detect(random_model, "--trial", str(out)) == 0
    assert "It was 0.12 before." in capsys.readouterr().out
    out.write_text(json.dumps(stored | {"weights": "other"}))
    assert detect(random_model, "--trial", str(out)) == 0
    assert "other weights" in capsys.readouterr().out


def test_a_curve(random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "curve.json"
    words = ["--kind", "gallstone", "--curve", "--people", "2", "--steps", "3"]
    assert detect(random_model, *words, "--out", str(out)) == 0
    told = capsys.readouterr().out
    assert "Half is " in told
    assert json.loads(out.read_text())["people"] == 2
    faint = tmp_path / "faint.json"
    assert detect(random_model, *words, "--vary", "contrast", "--out", str(faint)) == 0
    assert json.loads(faint.read_text())["steps"] == [0, 0.5, 1]


def test_places_are_compared(
    random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page compared them, and no command."""
    out = tmp_path / "places.json"
    words = ["--curve", "--vary", "place", "--people", "2", "--out", str(out)]
    assert detect(random_model, "--kind", "renal cyst", *words) == 0
    told = capsys.readouterr().out
    found = json.loads(out.read_text())
    assert all(f"{place}\t" in told for place in KINDS["renal cyst"].places)
    assert set(found["intervals"]) == set(KINDS["renal cyst"].places)
    assert 0 <= found["blind"] <= 1
    out.unlink()
    assert detect(random_model, "--kind", "gallstone", *words) == 1
    assert "has one place" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kind", "gallstone", "--curve", "--people", "1"], "2 to 500 people"),
        (["--kind", "gallstone", "--curve", "--steps", "99"], "3 to 20 steps"),
        (["--kind", "gallstone", "--curve", "--seed", "-1"], "0 or more"),
        (["--kind", "gallstone", "--size", "999"], "size of 0 to 300"),
        (["--kind", "gallstone", "--contrast", "nan"], "contrast of 0 to 4"),
        (["--kind", "renal cyst", "--place", "moon"], "has no place"),
        (["--trial", "nowhere.json"], "nowhere.json"),
        (["--kind", "gallstone", "--scan", "scan.nii.gz"], "needs both"),
        (["--kind", "gallstone", "--voxel", "1", "2", "3"], "needs both"),
        (["--kind", "ascites", *IN_SCAN], "choose one of lung nodule"),
        (["--kind", "gallstone", "--size", "151", *IN_SCAN], "size of 0 to 150 mm"),
        (["--kind", "gallstone", "--contrast", "nan", *IN_SCAN], "three numbers"),
        (["--kind", "gallstone", "--place", "liver", *IN_SCAN], "leave --place out"),
        (["--kind", "gallstone", "--curve", *IN_SCAN], "leave --scan and --voxel out"),
        (["--kind", "gallstone", *IN_SCAN], "there is no such file"),
    ],
)
def test_what_can_not_be_painted_is_said(
    words: list[str], told: str, random_model: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert detect(random_model, *words) == 1
    assert told in capsys.readouterr().err


def test_files_that_are_in_the_way_or_no_text(
    random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trial.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert detect(random_model, "--trial", str(path)) == 1
    assert "is no text" in capsys.readouterr().err
    assert detect(random_model, "--kind", "gallstone", "--out", str(path)) == 1
    assert "already exists" in capsys.readouterr().err


def test_the_threshold_in_words() -> None:
    from med3dvlm.explain.lab.curves import threshold_of
    from med3dvlm.explain.lab.detectability import Curve

    made = Curve(
        kind="gallstone", axis="size_mm", steps=(0, 10, 30), means=(0, 0.4, 1), threshold=12.5,
        low=None, high=20.0, people=8,
    )  # fmt: skip
    told = threshold_of(made)
    assert told == "Half is reached at 12.5 mm (95 % interval below to 20, 8 people)."
    never, ever = (
        threshold_of(replace(made, threshold=None, means=means))
        for means in ((0, 0.2, 0.4), (0.8, 0.8, 0.9))
    )
    assert never == "Half is not reached in 8 people."
    assert ever == "Half is passed without any in 8 people.", "it was told as not reached"


def test_a_lesion_is_painted_into_a_scan(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page could do it, and the command line only repeated it."""
    middle = [str(n // 2) for n in open_volume(scan).shape]
    out, where = tmp_path / "trial.json", ["--scan", str(scan), "--voxel", *middle]
    kind = ["--kind", "gallstone", "--size", "40"]
    assert detect(random_model, *kind, *where, "--out", str(out)) == 0
    told = capsys.readouterr().out
    assert "A painted lesion in a real scan: gallstone, 40 mm." in told
    assert "yes with it: " in told
    assert detect(random_model, "--trial", str(out), "--scan", str(scan)) == 0
    assert "It is as it was." in capsys.readouterr().out
    assert detect(random_model, *kind, "--scan", str(scan), "--voxel", "99", "0", "0") == 1
    assert "outside the scan: choose one in the body" in capsys.readouterr().err


def test_a_trial_that_was_painted_into_a_scan_needs_that_scan(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = open_volume(scan)
    middle = tuple((n - 1) / 2 for n in volume.shape)
    trial, out = tmp_path / "trial.json", tmp_path / "again.json"
    trial.write_text(
        json.dumps({
            "scan": volume.digest, "voxel": middle, "kind": "gallstone", "size_mm": 30,
            "contrast": 1.0, "question": ASKED, "weights": "other", "with_lesion": 0.5,
            "without": 0.5, "blind": 0.5,
        })
    )  # fmt: skip
    detect = ["detect", "--trial", str(trial), "--model", str(random_model), "--device", "cpu"]
    assert main(detect) == 1
    assert "--scan" in capsys.readouterr().err
    assert main([*detect, "--scan", str(scan), "--out", str(out)]) == 0
    assert "made with other weights" in capsys.readouterr().out
    trial.write_text(out.read_text())
    assert main([*detect, "--scan", str(scan)]) == 0
    assert "It is as it was." in capsys.readouterr().out
    other = tmp_path / "other.nii.gz"
    save_nifti(make_case(6, shape=(16, 32, 32)).volume, other)
    assert main([*detect, "--scan", str(other)]) == 1
    assert "another scan" in capsys.readouterr().err
