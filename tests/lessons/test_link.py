"""A lesson's link says all there is to a place, and nothing that can't be."""

from urllib.parse import parse_qsl

import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import Lesson, read_lessons
from med3dvlm.lessons.link import Place, checked_seed, link_of, place_in
from med3dvlm.lessons.visit import Station, stations_of


@pytest.mark.parametrize("lesson", read_lessons(), ids=lambda lesson: str(lesson.number))
def test_a_link_leads_where_it_was_made(lesson: Lesson) -> None:
    for station in stations_of(lesson):
        place = Place(lesson=lesson.number, station=station, seed=41)
        query = dict(parse_qsl(link_of(place)[1:]))
        assert place_in(query, read_lessons()) == place


def test_a_link_counts_as_the_headings_do() -> None:
    """Step 1 of 4 was `step=3`: the two questions before it were counted."""
    place = Place(lesson=2, station=Station("step", 0), seed=41)
    assert link_of(place) == "?lesson=2&step=1&seed=41"
    place = Place(lesson=2, station=Station("after", 1), seed=41)
    assert link_of(place) == "?lesson=2&after=2&seed=41"


def test_what_is_left_out_is_the_lessons_own() -> None:
    lessons = read_lessons()
    first = Place(lesson=2, station=Station("before", 0), seed=lessons[1].seed)
    assert place_in({"lesson": "2"}, lessons) == first
    game = Place(lesson=7, station=Station("step", 0), seed=lessons[6].seed)
    assert place_in({"lesson": "7"}, lessons) == game
    assert place_in({"__theme": "dark"}, lessons) is None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"lesson": "8"}, "choose one of 1 to 7"),
        ({"lesson": "0"}, "choose one of 1 to 7"),
        ({"lesson": "two"}, "choose one of 1 to 7"),
        ({"lesson": "\u0662"}, "choose one of 1 to 7"),
        ({"lesson": "2", "step": "99"}, "no stop of lesson 2: it has 5 steps, and 2 questions"),
        ({"lesson": "2", "step": "0"}, "no stop of lesson 2"),
        ({"lesson": "2", "step": "-1"}, "no stop of lesson 2"),
        ({"lesson": "2", "after": "3"}, "no stop of lesson 2"),
        ({"lesson": "2", "before": "1", "step": "1"}, "no stop of lesson 2"),
        ({"lesson": "7", "before": "1"}, "no stop of lesson 7"),
        ({"lesson": "2", "seed": "1e9"}, "a whole number from 0"),
        ({"lesson": "2", "seed": "9" * 12}, "a whole number from 0"),
        ({"lesson": "2", "seed": "9" * 5000}, "a whole number from 0"),
    ],
)
def test_a_link_to_nowhere_is_refused(query: dict[str, str], told: str) -> None:
    with pytest.raises(PromptError, match=told):
        place_in(query, read_lessons())


def test_a_seed_is_a_whole_number() -> None:
    assert checked_seed(7) == 7
    with pytest.raises(PromptError):
        checked_seed(-7)
