"""The score of a class: lines that a teacher types, or that the page adds from its own session.

    scores = read_scores("Anna: 7 of 10")
    scores.mean                  # 0.7
    with_score("Anna: 7 of 10", "Bo", 4, 10)

The lines are the whole record: they stand in a box of the page, and go when it is closed.
"""

import re
from dataclasses import dataclass

from med3dvlm.errors import PromptError

LINE = re.compile(
    r"(?P<name>.*?)[\s:,;]*\b(?P<points>\d+(?:\.\d+)?)\s*(?:/|of|out of)\s*(?P<of>\d+)\s*$",
    re.IGNORECASE,
)
NAMELESS = "Learner {n}"
LONGEST, MOST_LINES = 8000, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One line: a name, points, and how many there were."""

    name: str
    points: float
    of: int

    @property
    def share(self) -> float:
        """Points out of all there were."""
        return self.points / self.of


@dataclass(frozen=True, slots=True)
class ClassScores:
    """All lines of a class."""

    scores: tuple[Score, ...]

    @property
    def mean(self) -> float | None:
        """Mean share of the points, every learner alike; None for an empty class."""
        if not self.scores:
            return None
        return sum(score.share for score in self.scores) / len(self.scores)


def read_scores(text: str) -> ClassScores:
    """The lines as scores; empty ones are left out.

    Raises:
        PromptError: a line is none; the message says which, and what one looks like.
    """
    lines = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    return ClassScores(tuple(_score(line, n) for n, line in enumerate(lines[:MOST_LINES], 1)))


def with_score(text: str, name: str, points: float, of: int) -> str:
    """The lines with one more; a learner without a name gets a number."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    called = " ".join(name.split())[:40] or NAMELESS.format(n=len(lines) + 1)
    return "\n".join([*lines, f"{called}: {points:g} of {of}"])


def _score(line: str, number: int) -> Score:
    found = LINE.fullmatch(line)
    if found and 0 < int(found["of"]) <= 10_000 and float(found["points"]) <= int(found["of"]):
        name = found["name"].strip(" :,;") or NAMELESS.format(n=number)
        return Score(name=name[:60], points=float(found["points"]), of=int(found["of"]))
    raise PromptError(f"Line {number}, {line[:40]!r}: write a name and points, as Anna: 7 of 10.")
