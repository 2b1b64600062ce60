"""A lesson as a learner goes through it, without a browser."""

from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import read_lessons
from med3dvlm.lessons.visit import Station, Visit, stations_of
from med3dvlm.ui.learn.player import Player

After = Callable[[Any], dict[Any, Any]]


def at(lesson: int, part: str, number: int = 0) -> Visit:
    stations = stations_of(read_lessons()[lesson - 1])
    place = stations.index(Station(part, number))  # type: ignore[arg-type]
    return Visit(lesson=lesson, seed=7, place=place)


def reveal(player: Player, visit: Visit, request: gr.Request, **said: Any) -> Any:
    given = {"point": None, "option": None, "typed": "", "lines": ""} | said
    return player.reveal(visit, *given.values(), request)


def test_the_tab_begins_with_the_first_lesson(
    player: Player, visitor: gr.Request, after: After
) -> None:
    shown = after(player.begin(1, None, False, visitor))
    assert shown[player.visit] == Visit(lesson=1, seed=read_lessons()[0].seed)
    assert "question 1 of 2" in shown[player.stop_text]
    assert shown[player.options].visible
    assert "?lesson=1&amp;before=1&amp;seed=" in shown[player.link]
    assert not shown[player.score], "there is nothing to count yet"
    assert list(player.begin(1, None, True, visitor)) == []


def test_a_link_opens_its_step(player: Player, visitor: gr.Request, after: After) -> None:
    visitor.query_params = {"lesson": "3", "step": "2", "seed": "9"}
    arrived = player.arrive(visitor)
    assert arrived[player.lesson] == 3
    shown = after(player.begin(1, arrived[player.visit], False, visitor))
    assert "Step 2 of 4" in shown[player.stop_text]
    assert "?lesson=3&amp;step=2&amp;seed=9" in shown[player.link]
    assert "data:image/webp" in shown[player.picture]
    visitor.query_params = {}
    assert player.arrive(visitor) == {}


def test_the_quiz_tells_nothing_before_and_why_after(
    player: Player, visitor: gr.Request, after: After
) -> None:
    before = after(reveal(player, at(1, "before"), visitor, option=0))
    assert "Noted" in before[player.result]
    assert before[player.visit].points("before") == (0, 1, 0, 0)
    wrong = after(reveal(player, at(1, "after"), visitor, option=0))
    assert "Not quite" in wrong[player.result]
    right = after(reveal(player, at(1, "after"), visitor, option=1))
    assert "Right." in right[player.result]
    with pytest.raises(PromptError, match="Choose an answer"):
        list(reveal(player, at(1, "after"), visitor))


def test_a_quiz_is_answered_and_a_step_revealed(
    player: Player, visitor: gr.Request, after: After
) -> None:
    """Before a lesson the button was called Reveal, and revealed nothing."""
    for part, label in (("before", "Answer"), ("step", "Reveal"), ("after", "Answer")):
        assert after(player.show(at(1, part), "", visitor))[player.work.start].value == label


def test_a_prediction_comes_first(player: Player, visitor: gr.Request, after: After) -> None:
    with pytest.raises(PromptError, match="one number"):
        list(reveal(player, at(1, "step"), visitor, typed="wide"))
    shown = after(reveal(player, at(1, "step"), visitor, typed="4"))
    mark = shown[player.visit].marks[Station("step", 0)]
    assert mark.predicted == "4 mm"
    assert "You said: 4 mm" in shown[player.result]
    assert "You: 1 of 1 points. The model: nothing to score here." in shown[player.score]
    again = after(reveal(player, shown[player.visit], visitor, typed="900"))
    assert again[player.visit].marks[Station("step", 0)] is mark
    assert "the first prediction counts" in again[player.result]


def test_a_click_is_scored_and_drawn(player: Player, visitor: gr.Request, after: After) -> None:
    shown = after(reveal(player, at(7, "step"), visitor, point=(0.5, 0.5)))
    assert "Ring: you" in shown[player.result]
    assert shown[player.visit].points("step").of == 1


@pytest.mark.parametrize(
    ("index", "place"),
    [
        ([1.4, -0.2], (1, 0)), ([0.25, 1], (0.25, 1)),
        ([1, 2, 3], None), ([0.5, float("nan")], None), (["a", "b"], None), (7, None),
    ],
)  # fmt: skip
def test_a_click_is_a_point_in_the_picture_or_none(
    player: Player, index: object, place: tuple[float, float] | None
) -> None:
    assert player.pointed(gr.SelectData(None, {"index": index, "value": "place"})) == place


def test_a_class_draws_a_curve(player: Player, visitor: gr.Request, after: After) -> None:
    lines = "0 10 50 90\n0 30 70 100"
    shown = after(reveal(player, at(4, "step", 1), visitor, typed=lines))
    assert shown[player.result].count("class='learner'") == 2


def test_the_end_sums_up(player: Player, visitor: gr.Request, after: After) -> None:
    visit = after(reveal(player, at(1, "before"), visitor, option=0))[player.visit]
    visit = Visit(lesson=1, seed=7, place=6, marks=visit.marks)
    visit = after(reveal(player, visit, visitor, option=1))[player.visit]
    end = Visit(lesson=1, seed=7, place=8, marks=visit.marks)
    shown = after(player.show(end, "Anna: 1 of 2\nBo", visitor))
    assert "Quiz before: 0 of 2 right. After: 1 of 2." in shown[player.result]
    assert "<td>learned</td>" in shown[player.result]
    assert "choose another lesson" in shown[player.result]
    assert not shown[player.work.start].visible
    assert not shown[player.forth].visible, "it would lead nowhere"
    assert not shown[player.score], "a line that is not finished counts for nothing"
    assert "50 %" in after(player.show(end, "Anna: 1 of 2", visitor))[player.score]


def test_buttons_move_within_the_lesson(player: Player, visitor: gr.Request, after: After) -> None:
    visit = after(player.choose(2, "", visitor))[player.visit]
    assert after(player.go_back(visit, "", visitor))[player.visit].place == 0
    forth = after(player.go_on(visit, "", visitor))[player.visit]
    assert forth.place == 1
    other = after(player.other_people(forth, "", visitor))[player.visit]
    assert (other.place, other.seed) == (0, visit.seed + 5)


def test_each_step_asks_for_its_own_kind_of_prediction(player: Player) -> None:
    for lesson in read_lessons():
        for n, step in enumerate(lesson.turns):
            asked = player._asked(lesson, Station("step", n))
            click = step.kind.prediction == "click"
            assert asked[player.options].visible == (step.kind.prediction == "choice")
            assert asked[player.typed].visible == (not click and not step.options)


def test_what_is_refused_leaves_the_lesson_as_it_is(player: Player) -> None:
    refused = player.refuse("No.")
    assert player.visit not in refused
    assert "No." in refused[player.work.notice]


@pytest.mark.parametrize("lines", [None, "", "Anna: 7 of"])
def test_a_class_without_scores_stops_nobody(
    player: Player, visitor: gr.Request, after: After, lines: str
) -> None:
    """A fold that was never opened sends None: no answer was revealed, and no button led on."""
    visit = at(1, "step")
    assert player.visit in after(player.go_on(visit, lines, visitor))
