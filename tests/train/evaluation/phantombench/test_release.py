"""The release stays what it is: another release is another number."""

from dataclasses import replace
from pathlib import Path

import pytest

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.splits import TEST
from train.cli import make_parser
from train.evaluation.phantombench.release import (
    HELD_OUT,
    Release,
    broken,
    drawn,
    question_rows,
    read_release,
    seals_of,
    truth_rows,
    words_seal,
)

RELEASE = read_release()


def test_this_code_draws_the_release() -> None:
    """A change of phantoms, questions, reports or held-out words needs a new release."""
    assert RELEASE.first == TEST.start
    bench = drawn(RELEASE, count=RELEASE.others)
    assert {f"first {name}": seal for name, seal in seals_of(bench).items()} == {
        name: seal for name, seal in RELEASE.seals.items() if name.startswith("first ")
    }
    assert {split: words_seal(split) for split in HELD_OUT} == RELEASE.words
    assert words_seal("training") not in RELEASE.words.values()


def test_each_question_has_a_name_and_a_truth() -> None:
    bench = drawn(RELEASE, count=3)
    asked, truths = list(question_rows(bench)), list(truth_rows(bench))
    assert len({(row["case"], row["question"]) for row in asked}) == len(asked)
    for truth in truths:
        names = [row["question"] for row in asked if row["case"] == truth["case"]]
        assert names[0] == "report"
        own = [name for name in names if name.startswith("own-")]
        assert len(own) == len(truth["answers"])
        assert len(names) == 1 + len(own) + len(truth["wishes"])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release of few cases, as this code draws it."""
    from train.evaluation.phantombench import release

    cut = replace(RELEASE, cases=4, others=2, mean_hu={"20000000": RELEASE.mean_hu["20000000"]})
    made = release.made(cut)
    monkeypatch.setattr(release, "read_release", lambda: made)
    return made


def test_what_is_drawn_otherwise_is_named(
    small: Release, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert not broken(small)
    run("phantombench", "check")
    assert "This code draws PhantomBench 1.0." in caplog.text
    other = replace(
        small,
        shape=(1, 1, 1),
        seals=small.seals | {"all truths": "0"},
        words=small.words | {"test": "0"},
        mean_hu={"20000000": 0.0},
    )
    found = "; ".join(broken(other))
    for name in ("shape", "questions or truths: all truths", "words: test", "volume 20000000"):
        assert name in found
    monkeypatch.setattr("train.evaluation.phantombench.release.read_release", lambda: other)
    with pytest.raises(TrainingError, match=r"Use version 0\.1\.0"):
        run("phantombench", "check")


def test_nothing_is_asked_or_scored_with_other_questions(
    small: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Code or packages that drew other questions gave figures that were called PhantomBench 1.0."""
    run("phantombench", "questions", "--cases", "1", "--out", str(tmp_path))
    other = replace(small, seals=small.seals | {"first questions": "0"})
    monkeypatch.setattr("train.evaluation.phantombench.release.read_release", lambda: other)
    with pytest.raises(TrainingError, match=r"draw PhantomBench 1\.0: first questions"):
        run("phantombench", "questions", "--cases", "1", "--out", str(tmp_path))
    with pytest.raises(TrainingError, match=r"draw PhantomBench 1\.0: first questions"):
        run("phantombench", "score", str(tmp_path / "questions.jsonl"), "--cases", "1")


@pytest.mark.parametrize("count", [0, -1, 2001])
def test_there_are_not_more_cases_than_there_are(count: int) -> None:
    with pytest.raises(TrainingError, match="1 to 2000 cases"):
        drawn(RELEASE, count=count)


def run(*words: str) -> None:
    arguments = make_parser().parse_args(words)
    arguments.run(arguments)
