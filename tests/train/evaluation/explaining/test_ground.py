"""What the card asks about phantoms is true, files of questions are read, the command writes it."""

import json
import logging
import shutil
from collections import Counter
from pathlib import Path

import pytest

from med3dvlm.choices import YES_NO
from med3dvlm.errors import TrainingError
from med3dvlm.explain.trust.asking import Question
from med3dvlm.explain.trust.grounding import GroundingCard
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.splits import TEST
from med3dvlm.values import from_dict
from med3dvlm.volumes import open_volume
from tests.scan_files import save_nifti
from train.cli import make_parser
from train.evaluation.explaining.questions import phantom_cases, read_cases

ASKED = {"scan": "a.nii.gz", "text": "Is there a stone?", "options": ["Yes", "No"],
         "truth": "Yes", "finding": True}  # fmt: skip


def all_questions(count: int) -> list[tuple[int, Question]]:
    cases = phantom_cases(count)
    return [
        (TEST.start + number, question)
        for number, case in enumerate(cases)
        for question in case.questions
    ]


def test_the_questions_are_true_and_balanced() -> None:
    asked = all_questions(200)
    findings = [question for _, question in asked if question.finding]
    yes = sum(question.truth == "Yes" for question in findings)
    assert 0.4 < yes / len(findings) < 0.6
    sides = [(seed, question) for seed, question in asked if question.has_side]
    assert len(sides) > 40
    for seed, question in sides:
        place = question.truth.split(". ")[1]
        assert place in {finding.place for finding in draw_facts(seed).findings}
        assert {word for word in ("left", "right") if word in question.when_flipped} != {
            word for word in ("left", "right") if word in question.truth
        }
    letters = Counter(question.truth[0] for _, question in sides)
    assert min(letters.values()) > 0.3 * len(sides), "the place of the right answer says nothing"


def test_what_is_suggested_is_right_in_one_of_three() -> None:
    asked = [question for _, question in all_questions(200) if question.suggested]
    right = sum(question.suggested == question.truth for question in asked)
    assert len(asked) > 100
    assert right / len(asked) == pytest.approx(1 / 3, abs=0.1)


def test_a_file_of_questions_is_read(tmp_path: Path) -> None:
    save_nifti(make_case(5, shape=(8, 16, 16)).volume, tmp_path / "a.nii.gz")
    lines = [ASKED, ASKED | {"scan": "b.nii.gz"}, ASKED | {"text": "Is there a cyst?"}]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join([*map(json.dumps, lines), ""]))
    first, second = read_cases(path)
    assert [question.text for question in first.questions] == [ASKED["text"], "Is there a cyst?"]
    assert first.questions[0].options == YES_NO
    assert len(second.questions) == 1
    assert first.open().details == open_volume(tmp_path / "a.nii.gz").details


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "line 1"),
        ("[1]", "line 1"),
        (json.dumps({"text": "Is there a stone?"}), "names no scan"),
        (json.dumps(ASKED | {"truth": "Perhaps"}), "none of the options"),
        (json.dumps(ASKED | {"who": "me"}), "unknown key"),
        (json.dumps(ASKED | {"text": 7}), "line 1"),
        (json.dumps(ASKED | {"options": 7}), "line 1"),
    ],
)
def test_a_line_that_is_no_question_is_named(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(line)
    with pytest.raises(TrainingError, match=words):
        read_cases(path)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="can't be read"):
        read_cases(tmp_path / "none.jsonl")


def test_the_command(random_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    model = tmp_path / "model"
    shutil.copytree(random_model, model)
    words = ["ground", "--model", str(model), "--cases", "2", "--record", "--out", str(tmp_path)]
    arguments = make_parser().parse_args(words)
    arguments.run(arguments)
    figures = json.loads((tmp_path / "grounding.json").read_text())
    assert json.loads((model / "grounding.json").read_text()) == figures
    card = from_dict(GroundingCard, figures["card"])
    assert card.scans == 2
    assert "| right with the scan |" in caplog.text
    assert figures["verdict"] in caplog.text


def test_the_command_takes_questions(random_model: Path, tmp_path: Path) -> None:
    lines = []
    for name, seed in (("a.nii.gz", 5), ("b.nii.gz", 6)):
        save_nifti(make_case(seed, shape=(16, 32, 32)).volume, tmp_path / name)
        lines.append(json.dumps(ASKED | {"scan": name}))
    (tmp_path / "q.jsonl").write_text("\n".join(lines))
    words = ["ground", "--model", str(random_model), "--questions", str(tmp_path / "q.jsonl"),
             "--out", str(tmp_path)]  # fmt: skip
    arguments = make_parser().parse_args(words)
    arguments.run(arguments)
    figures = json.loads((tmp_path / "grounding.json").read_text())
    assert figures["card"]["questions"] == 2
    assert "too few" in figures["verdict"]
