"""Files of answers: a perfect one scores 100, a blind one at chance, a damaged one is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from med3dvlm.errors import TrainingError
from med3dvlm.volumes import open_volume
from train.cli import make_parser
from train.evaluation.phantombench.release import (
    Bench,
    Key,
    drawn,
    lines_of,
    question_rows,
    read_release,
)
from train.evaluation.phantombench.scoring import keys_of, score_answers
from train.evaluation.phantombench.submission import read_answers

CASES = 6
MANY = 60  # enough to tell chance from skill
Answers = dict[Key, str]


@pytest.fixture(scope="module")
def bench() -> Bench:
    return drawn(read_release(), count=CASES)


def perfect(bench: Bench) -> Answers:
    """The truth, and of others' words what can be answered with yes or no."""
    said = dict.fromkeys(keys_of(bench), "")
    for row, facts in enumerate(bench.facts):
        said[facts.seed, "report"] = bench.truths.report(row)
        for number, question in enumerate(bench.truths.questions(row), start=1):
            said[facts.seed, f"own-{number}"] = question.answer
        for number, asked in enumerate(bench.visitors[row], start=1):
            if asked.part == "yes/no":
                there = facts.has(asked.wish.kind)
                said[facts.seed, f"others-{number}"] = "Yes" if there else "No"
    return said


def blind(bench: Bench) -> Answers:
    """What a system says that never looks: the same to all."""
    said = dict.fromkeys(keys_of(bench), "Yes")
    for row, facts in enumerate(bench.facts):
        said[facts.seed, "report"] = "No abnormality."
        for number, question in enumerate(bench.truths.questions(row), start=1):
            if question.form == "closed":
                said[facts.seed, f"own-{number}"] = "A"
    return said


def write(path: Path, answers: Answers) -> Path:
    rows = ({"case": case, "question": name, "answer": said} for (case, name), said in
            answers.items())  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(*words: str) -> None:
    arguments = make_parser().parse_args(["phantombench", *words])
    arguments.run(arguments)


def test_the_truth_scores_a_hundred(
    bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = write(tmp_path / "answers.jsonl", perfect(bench))
    run("score", str(path), "--cases", str(CASES), "--out", str(tmp_path / "figures.json"))
    stored: dict[str, Any] = json.loads((tmp_path / "figures.json").read_text())
    own = stored["own"]
    for task in ("closed", "closed by words", "closed lenient", "yes/no"):
        assert {cell["seeing"] for cell in own[task].values()} == {1.0}, task
    assert own["open"]["exact"]["mean"]["seeing"] == 1.0
    assert own["open"]["f1"]["mean"]["seeing"] == 1.0
    assert own["report"]["seeing"]["finding_f1"] == own["report"]["seeing"]["bleu_4"] == 1.0
    for frames in stored["others"]["yes/no"].values():
        assert {cell["share"] for cell in frames.values()} == {1.0}
    assert (
        "| closed question by letter, mean: accuracy | 100.0 | 100.0 to 100.0 | - |" in caplog.text
    )
    assert "| report: findings with place, F1 | 100.0 |" in caplog.text


def test_who_never_looks_scores_at_chance() -> None:
    many = drawn(read_release(), count=MANY)
    said = {key: text for key, text in blind(many).items() if key[1].startswith("own-")}
    found = score_answers(many, said, blind=said).own
    closed, yes_no = found["closed"]["mean"], found["yes/no"]["mean"]
    assert closed["low"] < closed["chance"] < closed["high"]
    assert yes_no["low"] < 0.5 < yes_no["high"]
    for cell in (closed, yes_no):
        assert cell["blind"] == cell["seeing"]


def test_a_report_that_finds_nothing_finds_nothing(bench: Bench) -> None:
    said = {key: text for key, text in blind(bench).items() if key[1] == "report"}
    found = score_answers(bench, said).own["report"]
    assert found["seeing"]["finding_f1"] == 0
    assert set(found["blind"].values()) == {None}


def test_parts_that_are_not_answered_are_left_out(bench: Bench) -> None:
    whole = perfect(bench)
    reports = {key: said for key, said in whole.items() if key[1] == "report"}
    found = score_answers(bench, reports)
    assert "closed" not in found.own
    assert found.own["report"]["seeing"]["finding_f1"] == 1
    assert not found.others
    others = {key: said for key, said in whole.items() if key[1].startswith("others")}
    found = score_answers(bench, others)
    assert not found.own
    assert found.table.startswith("| asked of")


def test_what_is_missing_or_too_much_is_said(bench: Bench) -> None:
    said = perfect(bench)
    first = next(iter(said))
    del said[first]
    with pytest.raises(TrainingError, match=r"answers: 1 of \d+ answers are missing.*report"):
        score_answers(bench, said)
    with pytest.raises(TrainingError, match="without the image: 1 of"):
        score_answers(bench, perfect(bench), blind=said)
    for key in ((1, "own-1"), (first[0], "own-99"), (first[0], "ownership")):
        with pytest.raises(TrainingError, match=f"question {key[1]} of case {key[0]} is not asked"):
            score_answers(bench, perfect(bench) | {key: "A"})


GOOD = '{"case": "20000000", "question": "own-1", "answer": "A"}'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no answer in it"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"case,question,answer\n", "line 1: this is no JSON"),
        (GOOD[:20].encode(), "line 1: this is no JSON"),
        (f"{GOOD}\n\n[1]\n".encode(), "line 3: case, question, answer are needed"),
        (b'{"case": 1, "question": "own-1"}', "are needed"),
        (b'{"case": 1, "question": "own-1", "answer": "A", "why": ""}', "nothing else"),
        (b'{"case": true, "question": "own-1", "answer": "A"}', "the seed of a phantom"),
        (b'{"case": "-1", "question": "own-1", "answer": "A"}', "the seed of a phantom"),
        (b'{"case": 1, "question": 1, "answer": "A"}', "are texts"),
        (b'{"case": 1, "question": "own-1", "answer": null}', "are texts; .* write an empty one"),
        (b'{"case": ' + b"1" * 5000 + b"}", "this is no JSON"),
        (
            b'{"case": 7, "question": "own-1", "answer": "A"}',
            r"line 1: .*cases 20000000 to 20000005",
        ),
        (f"\n{GOOD}".replace("own-1", "own-99").encode(), "line 2: .*jsonl has the names"),
        (b"[" * 100_000, "this is no JSON"),
        (f"{GOOD}\n{GOOD}".encode(), "line 2: question own-1 of case 20000000 was answered"),
    ],
)
def test_a_damaged_file_gets_a_sentence(
    content: bytes, words: str, bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=words):
        read_answers(path, dict.fromkeys(keys_of(bench)))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_text_that_json_can_hold_is_an_answer(end: str, bench: Bench, tmp_path: Path) -> None:
    """U+2028 and U+0085 within an answer were taken for the end of its line: "this is no JSON"."""
    said = {"case": 20000000, "question": "own-1", "answer": "B\u2028axial\x85 \u00e4"}
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps(said, ensure_ascii=False) + end, encoding="utf-8", newline="")
    assert read_answers(path, dict.fromkeys(keys_of(bench))) == {
        (20000000, "own-1"): said["answer"]
    }


def test_an_answer_may_be_added_to_each_line_of_the_questions(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(lines_of(row | {"answer": "B"} for row in question_rows(bench)))
    found = read_answers(path, dict.fromkeys(keys_of(bench)))
    assert list(found) == list(keys_of(bench))


def test_figures_go_into_a_file_that_can_be_written(bench: Bench, tmp_path: Path) -> None:
    """A folder, or one that wasn't there, ended in a traceback after all was scored."""
    path = str(write(tmp_path / "answers.jsonl", perfect(bench)))
    cases = ("--cases", str(CASES), "--out")
    with pytest.raises(TrainingError, match="this is a folder; name the file"):
        run("score", path, *cases, str(tmp_path))
    with pytest.raises(TrainingError, match="the folder can't be made"):
        run("score", path, *cases, f"{path}/figures.json")
    with pytest.raises(TrainingError, match="the folder can't be made"):
        run("questions", *cases, path)
    run("score", path, *cases, str(tmp_path / "new/figures.json"))
    assert (tmp_path / "new/figures.json").exists()


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="No such file"):
        run("score", str(tmp_path / "nowhere.jsonl"))


def test_questions_and_scans_are_written_for_other_systems(tmp_path: Path) -> None:
    for _ in range(2):
        run("questions", "--cases", "1", "--scans", "--out", str(tmp_path / "bench"))
    lines = (tmp_path / "bench/questions.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["form"] for row in rows} > {"report", "closed", "open", "yes/no", "follow-up"}
    assert not [row for row in rows if "answer" in row]
    assert open_volume(tmp_path / "bench/scans/20000000.nii.gz").shape == read_release().shape
