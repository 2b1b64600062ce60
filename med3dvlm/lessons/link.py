"""A lesson as a link: its number, the place in it, and the seed of its phantoms.

    link_of(Place(lesson=2, step=3, seed=20_000_001))      # "?lesson=2&step=3&seed=20000001"
    place_in({"lesson": "2", "step": "3"}, lessons)

That is all there is to a lesson, so the same link shows the same on another server. Nothing of a
visitor's own scan can be in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import Lesson
from med3dvlm.lessons.visit import stations_of

MOST_SEED = 2**31 - 1 - 1000  # steps add to it
LONGEST = 12
NO_LESSON = "This link names no lesson that there is: choose one of 1 to {most}."
NO_STEP = "This link names no step of lesson {lesson}: it has {most}."
NO_SEED = "This link names no phantom: a seed is a whole number from 0 to {most}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which lesson, and with which phantoms."""

    lesson: int
    step: int
    seed: int


def link_of(place: Place) -> str:
    """The end of the page's address that opens a place."""
    return "?" + urlencode({"lesson": place.lesson, "step": place.step, "seed": place.seed})


def place_in(query: Mapping[str, str], lessons: Sequence[Lesson]) -> Place | None:
    """The place that an address names; None if it names no lesson.

    Raises:
        PromptError: it names a lesson, a step or a seed that can't be.
    """
    if "lesson" not in query:
        return None
    number = _whole(query["lesson"], NO_LESSON.format(most=len(lessons)))
    if not 1 <= number <= len(lessons):
        raise PromptError(NO_LESSON.format(most=len(lessons)))
    lesson = lessons[number - 1]
    most = len(stations_of(lesson))
    no_step = NO_STEP.format(lesson=number, most=most)
    step = _whole(query.get("step", "1"), no_step)
    if not 1 <= step <= most:
        raise PromptError(no_step)
    return Place(lesson=number, step=step, seed=checked_seed(query.get("seed", lesson.seed)))


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
