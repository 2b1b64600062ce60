"""A file of answers from any system: JSON lines with case, question and answer.

answers = read_answers(folder / "answers.jsonl", asked)
check_complete(answers, wanted, of="answers.jsonl")
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from med3dvlm.errors import TrainingError
from train.evaluation.phantombench.release import Key

FIELDS = ("case", "question", "answer")
# What the lines of questions have besides: who adds an answer to each may leave them in.
ASKED = ("form", "turns")
EXAMPLE = '{"case": 20000000, "question": "own-1", "answer": "B"}'
LOOKS = f"A line looks like {EXAMPLE}"


def read_answers(path: Path, asked: Collection[Key]) -> dict[Key, str]:
    """The answers by case and question.

    Args:
        path: the file.
        asked: all questions about the cases that are scored.

    Raises:
        TrainingError: the file can't be read, or a line is no answer to any of the questions; it
            names the line.
    """
    try:
        # Not splitlines: texts of JSON may hold U+2028 and other ends of lines as they are.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise TrainingError(f"{path}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise TrainingError(f"{path}: this is no text in UTF-8. {LOOKS}") from None
    answers: dict[Key, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        key, answer = _answer(line, where)
        if key in answers:
            raise TrainingError(f"{where}: {_named(key)} was answered in an earlier line")
        if key not in asked:
            raise TrainingError(f"{where}: {_named(key)} is not asked; {_instead(key, asked)}")
        answers[key] = answer
    if not answers:
        raise TrainingError(f"{path.name}: there is no answer in it. {LOOKS}")
    return answers


def check_complete(answers: Mapping[Key, str], wanted: Collection[Key], *, of: str) -> None:
    """See that all questions are answered, and no others.

    Raises:
        TrainingError: an answer is missing, or is to none of them.
    """
    for key in answers:
        if key not in wanted:
            raise TrainingError(
                f"{of}: {_named(key)} is not asked, or belongs to a part that is not scored"
            )
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
    except (ValueError, RecursionError):
        raise TrainingError(
            f"{where}: this is no JSON. Write each answer as JSON on a line of its own. {LOOKS}"
        ) from None
    if not isinstance(row, dict) or not set(FIELDS) <= set(row) <= {*FIELDS, *ASKED}:
        raise TrainingError(f"{where}: {', '.join(FIELDS)} are needed, and nothing else. {LOOKS}")
    case, question, answer = (row[name] for name in FIELDS)
    seed = str(case)
    if isinstance(case, bool) or not (seed.isascii() and seed.isdigit() and len(seed) < 20):
        raise TrainingError(f"{where}: the case is the seed of a phantom, such as 20000000")
    if not isinstance(question, str) or not isinstance(answer, str):
        raise TrainingError(
            f"{where}: question and answer are texts; where a system says nothing, "
            "write an empty one"
        )
    return (int(seed), question), answer


def _instead(key: Key, asked: Collection[Key]) -> str:
    """Why a question isn't asked."""
    seeds = {seed for seed, _ in asked}
    if key[0] in seeds:
        return "questions.jsonl has the names of those that are"
    return f"scored are cases {min(seeds)} to {max(seeds)} (--cases N takes the first N)"


def _named(key: Key) -> str:
    return f"question {key[1]} of case {key[0]}"
