"""Several questions about many scans: what is asked, what is not asked twice, what stops."""

from collections import Counter
from pathlib import Path

import pytest

from med3dvlm.__main__ import main
from med3dvlm.commands import scans
from med3dvlm.engine.engine import Engine
from med3dvlm.phantoms.case import make_case
from tests.commands.rows import rows_of
from tests.scan_files import save_nifti

FIRST, SECOND = "Is there a stone?", "Describe the findings."
BAD = "notes.nii"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two phantoms, and between them a file that is no scan."""
    place = tmp_path_factory.mktemp("scans")
    for seed, name in ((5, "a.nii.gz"), (6, "z.nii.gz")):
        save_nifti(make_case(seed, shape=(16, 32, 32)).volume, place / name)
    (place / BAD).write_text("no scan")
    return place


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often scans are read and encoded, and each question is asked."""
    counts: Counter[str] = Counter()
    read, encode, answer = scans.open_volume, Engine.encode, Engine.answer

    def counted_read(*args, **kwargs):
        counts["read"] += 1
        return read(*args, **kwargs)

    def counted_encode(*args, **kwargs):
        counts["encode"] += 1
        return encode(*args, **kwargs)

    def counted_answer(self, features, conversation, question, **kwargs):
        counts[question] += 1
        return answer(self, features, conversation, question, **kwargs)

    monkeypatch.setattr(scans, "open_volume", counted_read)
    monkeypatch.setattr(Engine, "encode", counted_encode)
    monkeypatch.setattr(Engine, "answer", counted_answer)
    return counts


def asking(folder: Path, model: Path, out: Path, *questions: str) -> list[str]:
    asked = [word for question in questions for word in ("--question", question)]
    chosen = ["--model", str(model), "--device", "cpu", "--max-new-tokens", "3"]
    return ["ask", str(folder), *asked, "--out", str(out), *chosen]


def test_an_unreadable_file_stops_no_question(
    folder: Path, random_model: Path, tmp_path: Path, done: Counter[str], capsys
) -> None:
    """One bad file ended the run after the first question; the others were never asked."""
    out = tmp_path / "answers.csv"
    assert main(asking(folder, random_model, out, FIRST, SECOND)) == 1
    assert "1 of 3 scans failed" in capsys.readouterr().err
    rows = rows_of(out)
    assert {(row["file"], row["question"]) for row in rows} == {
        (name, question) for name in ("a.nii.gz", BAD, "z.nii.gz") for question in (FIRST, SECOND)
    }
    assert len(rows) == 6
    for row in rows:
        assert bool(row["error"]) == (row["file"] == BAD)
        assert bool(row["answer"]) != bool(row["error"])
    assert done == {"read": 2, "encode": 2, FIRST: 2, SECOND: 2}, "each scan is encoded once"


def test_a_rerun_asks_exactly_what_is_missing(
    folder: Path, random_model: Path, tmp_path: Path, done: Counter[str]
) -> None:
    out = tmp_path / "answers.csv"
    assert main(asking(folder, random_model, out, FIRST)) == 1
    assert done == {"read": 2, "encode": 2, FIRST: 2}
    done.clear()
    assert main(asking(folder, random_model, out, FIRST, SECOND)) == 1
    assert done == {"read": 2, "encode": 2, SECOND: 2}
    kept = [
        line
        for line in out.read_text().splitlines(keepends=True)
        if not (line.startswith("z.nii.gz") and FIRST in line)
    ]
    out.write_text("".join(kept))
    done.clear()
    assert main(asking(folder, random_model, out, FIRST, SECOND)) == 1
    assert done == {"read": 1, "encode": 1, FIRST: 1}
    assert len(rows_of(out)) == 6
    done.clear()
    assert main(asking(folder, random_model, out, FIRST, SECOND)) == 1
    assert not done


def test_a_question_that_cannot_be_asked_stops_no_other(
    folder: Path, random_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "answers.csv"
    assert main(asking(folder / "a.nii.gz", random_model, out, " ", FIRST)) == 1
    assert [(row["question"], bool(row["answer"])) for row in rows_of(out)] == [
        (" ", False), (FIRST, True),
    ]  # fmt: skip


def test_a_question_given_twice_is_one(folder: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    assert main(asking(folder / "a.nii.gz", random_model, out, FIRST, FIRST)) == 0
    assert len(rows_of(out)) == 1
