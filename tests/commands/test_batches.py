"""The commands over folders: rows, resuming, one bad file, exit codes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.__main__ import main
from med3dvlm.commands.table import Table
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.estimates import estimates_of
from med3dvlm.engine.open_model import open_engine
from med3dvlm.engine.search_scores import SearchScores, write_search_scores
from med3dvlm.errors import Med3DVLMError
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.retrieval import Library
from med3dvlm.volumes import open_volume
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from tests.commands.rows import rows_of
from tests.scan_files import save_nifti

CLOSED = "Which plane is it? A. axial B. coronal"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same phantom as NIfTI and DICOM, and a file that is no scan."""
    place = tmp_path_factory.mktemp("scans")
    volume = make_case(5, shape=(16, 32, 32)).volume
    save_nifti(volume, place / "a.nii.gz")
    (place / "series").mkdir()
    save_dicom_series(volume, place / "series")
    (place / "notes.nii").write_text("no scan")
    return place


def test_a_folder_is_asked_and_one_bad_file_is_told(
    folder: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "answers.csv"
    command = [
        "ask", str(folder), "--question", CLOSED, "--out", str(out), "--model", str(random_model),
        "--device", "cpu", "--max-new-tokens", "4",
    ]  # fmt: skip
    assert main(command) == 1
    assert "1 of 3 scans failed" in capsys.readouterr().err
    rows = rows_of(out)
    assert {row["file"] for row in rows} == {"a.nii.gz", "series", "notes.nii"}
    bad = next(row for row in rows if row["file"] == "notes.nii")
    assert "not a scan" in bad["error"]
    good = [row for row in rows if not row["error"]]
    assert len(good) == 2
    assert len({row["answer"] for row in good}) == 1, "NIfTI and DICOM of one phantom agree"
    for row in good:
        assert sum(json.loads(row["options"]).values()) == pytest.approx(1, abs=1e-4)
        assert 0 < float(row["probability"]) <= 1

    text = out.read_text()
    cut = text[: text.rindex("notes.nii")]
    out.write_text(cut.rstrip("\n") + "\nseries,half a li")  # as if killed while writing
    stamp = {row["file"]: row["digest"] for row in good}
    assert main(command) == 1
    again = [row for row in rows_of(out) if not row["error"]]
    assert {row["file"]: row["digest"] for row in again} == stamp
    assert len(rows_of(out)) == 3


def test_what_is_done_is_not_done_again(
    folder: Path, random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "reports.jsonl"
    command = ["report", str(folder / "a.nii.gz"), "--out", str(out)]
    command += ["--model", str(random_model), "--device", "cpu"]
    assert main(command) == 0
    row = json.loads(out.read_text())
    assert row["report"]
    monkeypatch.setattr("med3dvlm.commands.report.report_on", None)
    assert main(command) == 0
    assert json.loads(out.read_text()) == row


def test_scans_become_a_library_that_is_searched(
    folder: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, model = tmp_path / "library", ["--model", str(random_model), "--device", "cpu"]
    assert main(["embed", str(folder / "a.nii.gz"), "--out", str(out), *model]) == 0
    vectors = np.load(out / "vectors.npy")
    assert len(vectors) == len(rows_of(out / "index.csv")) == 1
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    capsys.readouterr()
    like = ["--like", str(folder / "series"), "--library", str(out)]
    assert main(["search", *like, *model]) == 0
    rank, score, digest, _, source = capsys.readouterr().out.split("\t")
    assert source.split()[0].endswith("a.nii.gz"), "a digest alone names no scan"
    assert rank == "1"
    assert float(score) == pytest.approx(1, abs=1e-3)
    assert digest == rows_of(out / "index.csv")[0]["digest"]
    assert main(["search", "--library", str(out), *model]) == 1
    assert "Give a text, --like SCAN or both" in capsys.readouterr().err


def test_what_the_model_makes_of_findings_is_kept_where_it_is_asked_for(
    folder: Path, random_model: Path, tmp_path: Path
) -> None:
    model, what = shutil.copytree(random_model, tmp_path / "model"), str(folder / "a.nii.gz")
    place = model / "dual_encoder"
    scores = SearchScores(weights=weights_digest(place), text=0.4, volume=0.5, share=0.1)
    write_search_scores(place, scores)
    how = ["--model", str(model), "--device", "cpu"]
    assert main(["embed", what, "--out", str(tmp_path / "plain"), *how]) == 0
    assert main(["embed", what, "--out", str(tmp_path / "asked"), "--estimates", *how]) == 0
    plain, asked = (Library.open_any(tmp_path / name) for name in ("plain", "asked"))
    with plain, asked:
        assert [estimates_of(entry) for entry in plain] == [{}]
        [told] = [estimates_of(entry) for entry in asked]
        assert set(told) == set(KINDS)
        assert np.allclose(plain.vectors()[1], asked.vectors()[1], atol=1e-6)


@pytest.mark.parametrize(("least", "fit"), [(-1.0, "fits"), (1.0, "poor fit")])
def test_a_hit_says_whether_it_fits_where_that_is_known(
    folder: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    least: float, fit: str,
) -> None:  # fmt: skip
    model, out = shutil.copytree(random_model, tmp_path / "model"), tmp_path / "library"
    place = model / "dual_encoder"
    made = SearchScores(weights=weights_digest(place), text=least, volume=least)
    write_search_scores(place, made)
    how = ["--model", str(model), "--device", "cpu"]
    assert main(["embed", str(folder / "a.nii.gz"), "--out", str(out), *how]) == 0
    capsys.readouterr()
    assert main(["search", "kidney stone", "--library", str(out), *how]) == 0
    told = capsys.readouterr()
    assert told.out.strip().split("\t")[-1] == fit
    assert "Searched for" not in told.err


def test_what_is_searched_for_instead_of_the_typed_words_is_told_beside_the_hits(
    folder: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The page told it, the command did not."""
    out, how = tmp_path / "library", ["--model", str(random_model), "--device", "cpu"]
    assert main(["embed", str(folder / "a.nii.gz"), "--out", str(out), *how]) == 0
    monkeypatch.setattr(Engine, "searched_for", lambda _, text: f"own {text}")
    capsys.readouterr()
    how += ["--library", str(out)]
    assert main(["search", "pebble", "--without", "ascites", *how]) == 0
    told = capsys.readouterr()
    assert "Searched for: own pebble, no own ascites" in told.err
    assert len(told.out.strip().splitlines()) == 1


def test_what_the_model_sees_is_written(folder: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "tensors"
    command = ["prepare", str(folder / "series"), "--out", str(out), "--device", "cpu"]
    assert main([*command, "--model", str(random_model)]) == 0
    row = rows_of(out / "scans.csv")[0]
    told = json.loads((out / row["preflight"]).read_text())
    tensor = np.load(out / row["tensor"])
    volume = make_case(5, shape=(16, 32, 32)).volume
    assert told["shape"] == list(volume.shape)
    assert told["notes"] == list(open_volume(folder / "series").notes)
    assert list(tensor.shape[2:]) == told["model_input"]["grid"]
    seen = open_engine(str(random_model)).prepare(volume).tensor.numpy()
    assert tensor == pytest.approx(seen, abs=1e-2)


def test_what_is_not_there_ends_with_one_sentence(
    random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = ["report", str(tmp_path / "nowhere"), "--out", str(tmp_path / "r.csv")]
    assert main([*missing, "--model", str(random_model), "--device", "cpu"]) == 1
    assert "no such file" in capsys.readouterr().err


def test_a_usage_error_ends_with_two() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "somewhere"])
    assert ended.value.code == 2


def test_another_table_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("name,age\nAda,36\n")
    with pytest.raises(Med3DVLMError, match="different table"):
        Table(path=mine, columns=("file", "error"), keys=("file",))
    assert mine.read_text() == "name,age\nAda,36\n"
    with pytest.raises(Med3DVLMError, match="jsonl"):
        Table(path=tmp_path / "x.txt", columns=("file",), keys=("file",))


def test_a_cell_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    """A file named =HYPERLINK(...) ran when the table was opened in a spreadsheet."""
    table = Table(path=tmp_path / "table.csv", columns=("file", "score"), keys=("file",))
    row = {"file": '=HYPERLINK("http://evil")', "score": -1.5}
    table.add(row)
    assert table.path.read_text(encoding="utf-8").splitlines()[1].startswith("\"'=")
    again = Table(path=table.path, columns=("file", "score"), keys=("file",))
    assert not again.lacks(row)
