"""A file of answers from any system: JSON lines with case, question and answer.

answers = read_answers(folder / "answers.jsonl")
check_complete(answers, wanted, of="answers.jsonl")
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from med3dvlm.errors import TrainingError
from train.evaluation.phantombench.release import Key

FIELDS = ("case", "question", "answer")
EXAMPLE = '{"case": 20000000, "question": "own-1", "answer": "B"}'


def read_answers(path: Path) -> dict[Key, str]:
    """The answers by case and question.

    Raises:
        TrainingError: the file can't be read, or a line is not an answer; it names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise TrainingError(f"{path}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise TrainingError(f"{path}: this is no text in UTF-8") from None
    answers: dict[Key, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        key, answer = _answer(line, where)
        if key in answers:
            raise TrainingError(f"{where}: {_named(key)} was answered in an earlier line")
        answers[key] = answer
    if not answers:
        raise TrainingError(f"{path.name}: there is no answer in it. A line looks like {EXAMPLE}")
    return answers


def check_complete(answers: Mapping[Key, str], wanted: Collection[Key], *, of: str) -> None:
    """See that all questions are answered, and no others.

    Raises:
        TrainingError: an answer is missing, or is to no question.
    """
    for key in answers:
        if key not in wanted:
            raise TrainingError(f"{of}: {_named(key)} is not asked among these cases")
    missing = [key for key in wanted if key not in answers]
    if missing:
        raise TrainingError(
            f"{of}: {len(missing)} of {len(wanted)} answers are missing, first that to "
            f"{_named(missing[0])}. Where a system says nothing, write an empty answer; "
            "--cases N scores the first N cases alone."
        )


def _answer(line: str, where: str) -> tuple[Key, str]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise TrainingError(f"{where}: this is no JSON. A line looks like {EXAMPLE}") from None
    if not isinstance(row, dict) or set(row) != set(FIELDS):
        raise TrainingError(
            f"{where}: {', '.join(FIELDS)} are needed, and nothing else. A line looks like "
            f"{EXAMPLE}"
        )
    case, question, answer = (row[name] for name in FIELDS)
    seed = str(case)
    if isinstance(case, bool) or not (seed.isascii() and seed.isdigit() and len(seed) < 20):
        raise TrainingError(f"{where}: the case is the seed of a phantom, such as 20000000")
    if not isinstance(question, str) or not isinstance(answer, str):
        raise TrainingError(f"{where}: question and answer are texts")
    return (int(seed), question), answer


def _named(key: Key) -> str:
    return f"question {key[1]} of case {key[0]}"
