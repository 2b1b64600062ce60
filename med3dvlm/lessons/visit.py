"""One learner's way through a lesson: where, what was predicted, and the score so far.

    visit = Visit(lesson=2, seed=20_000_001)
    visit = visit.marked(station, Mark(predicted="9 mm", score=1.0, model=0.5)).moved(1, lesson)
    visit.points("step")           # learner's and model's, and out of how many

A visit is a value that the page holds, and nothing else does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, get_args

from med3dvlm.lessons.content import Lesson

Part = Literal["before", "step", "after", "end"]
PARTS: tuple[Part, ...] = get_args(Part)


class Station(NamedTuple):
    """A stop of a lesson: a quiz question (before or after), a step, or its end."""

    part: Part
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What came of a stop.

    Attributes:
        predicted: what the learner said, in words.
        score: the learner's, 0 to 1.
        model: the model's against the phantom's truth; None where it had nothing to say.
    """

    predicted: str
    score: float
    model: float | None = None


class Points(NamedTuple):
    """Points of a part of a lesson.

    `learner` is out of `of`; `model` is out of `model_of`, the stops at which it had something to
    say.
    """

    learner: float
    of: int
    model: float
    model_of: int


def stations_of(lesson: Lesson) -> tuple[Station, ...]:
    """The stops of a lesson, in order."""
    quiz = range(len(lesson.quiz))
    return (
        *(Station("before", n) for n in quiz),
        *(Station("step", n) for n in range(len(lesson.turns))),
        *(Station("after", n) for n in quiz),
        Station("end", 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One learner in one lesson.

    Attributes:
        lesson: its number.
        seed: of the lesson's first person.
        place: the stop, from 0.
        marks: by stop, what came of it; the first prediction counts.
    """

    lesson: int
    seed: int
    place: int = 0
    marks: Mapping[Station, Mark] = field(default_factory=dict)

    def station(self, lesson: Lesson) -> Station:
        """Where the learner is."""
        return stations_of(lesson)[self.place]

    def moved(self, by: int, lesson: Lesson) -> "Visit":
        """So many stops further, or back, within the lesson."""
        last = len(stations_of(lesson)) - 1
        return replace(self, place=min(max(self.place + by, 0), last))

    def marked(self, station: Station, mark: Mark) -> "Visit":
        """With what came of a stop, unless something did before: a first guess is not mended."""
        if station in self.marks:
            return self
        return replace(self, marks={**self.marks, station: mark})

    def points(self, part: Part) -> Points:
        """The points of a part so far."""
        marks = [mark for station, mark in self.marks.items() if station.part == part]
        models = [mark.model for mark in marks if mark.model is not None]
        return Points(
            round(sum(mark.score for mark in marks), 2), len(marks), round(sum(models), 2),
            len(models),
        )  # fmt: skip

    def learned(self, lesson: Lesson) -> list[tuple[bool | None, bool | None]]:
        """For each quiz question whether it was right before and after; None if unanswered."""
        return [
            (self._right(Station("before", n)), self._right(Station("after", n)))
            for n in range(len(lesson.quiz))
        ]

    def _right(self, station: Station) -> bool | None:
        mark = self.marks.get(station)
        return None if mark is None else mark.score == 1


def visit_at(station: Station, lesson: Lesson, seed: int) -> Visit:
    """A visit that begins at a stop of the lesson."""
    return Visit(lesson=lesson.number, seed=seed, place=stations_of(lesson).index(station))
