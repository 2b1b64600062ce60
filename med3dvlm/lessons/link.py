"""A lesson as a link: its number, the stop in it, and the seed of its phantoms.

    link_of(Place(lesson=2, station=Station("step", 0), seed=41))      # "?lesson=2&step=1&seed=41"
    place_in({"lesson": "2", "step": "1"}, lessons)

A link counts as the heading of its stop does: "Step 1 of 4" is `step=1`, the first question before
the lesson is `before=1`. That is all there is to a lesson, so the same link shows the same on
another server. Nothing of a visitor's own scan can be in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import Lesson
from med3dvlm.lessons.visit import PARTS, Station, stations_of

MOST_SEED = 2**31 - 1 - 1000  # steps add to it
LONGEST = 12
NO_LESSON = "This link names no lesson that there is: choose one of 1 to {most}."
NO_STOP = (
    "This link names no stop of lesson {lesson}: it has {steps} steps, and {quiz} questions before "
    "and after them."
)
NO_SEED = "This link names no phantom: a seed is a whole number from 0 to {most}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which lesson, and with which phantoms."""

    lesson: int
    station: Station
    seed: int


def link_of(place: Place) -> str:
    """The end of the page's address that opens a place."""
    part, number = place.station
    return "?" + urlencode({"lesson": place.lesson, part: number + 1, "seed": place.seed})


def place_in(query: Mapping[str, str], lessons: Sequence[Lesson]) -> Place | None:
    """The place that an address names; None if it names no lesson.

    Raises:
        PromptError: it names a lesson, a stop or a seed that can't be.
    """
    if "lesson" not in query:
        return None
    number = _whole(query["lesson"], NO_LESSON.format(most=len(lessons)))
    if not 1 <= number <= len(lessons):
        raise PromptError(NO_LESSON.format(most=len(lessons)))
    lesson = lessons[number - 1]
    seed = checked_seed(query.get("seed", lesson.seed))
    return Place(lesson=number, station=_station_in(query, lesson), seed=seed)


def _station_in(query: Mapping[str, str], lesson: Lesson) -> Station:
    """The stop that an address names; the first one if it names none."""
    stations = stations_of(lesson)
    no_stop = NO_STOP.format(lesson=lesson.number, steps=len(lesson.turns), quiz=len(lesson.quiz))
    named = [Station(part, _whole(query[part], no_stop) - 1) for part in PARTS if part in query]
    if not named:
        return stations[0]
    if len(named) > 1 or named[0] not in stations:
        raise PromptError(no_stop)
    return named[0]


def checked_seed(given: object) -> int:
    """The seed that was given, as a number.

    Raises:
        PromptError: it is none.
    """
    message = NO_SEED.format(most=MOST_SEED)
    seed = _whole(str(given), message)
    if seed > MOST_SEED:
        raise PromptError(message)
    return seed


def _whole(text: str, message: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise PromptError(message)
    return int(text)
