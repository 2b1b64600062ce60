"""A lesson's link says all there is to a place, and nothing that can't be."""

import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import read_lessons
from med3dvlm.lessons.link import Place, checked_seed, link_of, place_in


def test_a_link_leads_where_it_was_made() -> None:
    place = Place(lesson=2, step=3, seed=41)
    assert link_of(place) == "?lesson=2&step=3&seed=41"
    assert place_in({"lesson": "2", "step": "3", "seed": "41"}, read_lessons()) == place


def test_what_is_left_out_is_the_lessons_own() -> None:
    lessons = read_lessons()
    assert place_in({"lesson": "2"}, lessons) == Place(lesson=2, step=1, seed=lessons[1].seed)
    assert place_in({"__theme": "dark"}, lessons) is None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"lesson": "8"}, "choose one of 1 to 7"),
        ({"lesson": "0"}, "choose one of 1 to 7"),
        ({"lesson": "two"}, "choose one of 1 to 7"),
        ({"lesson": "\u0662"}, "choose one of 1 to 7"),
        ({"lesson": "2", "step": "99"}, "no step of lesson 2: it has 10"),
        ({"lesson": "2", "step": "-1"}, "no step of lesson 2"),
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
