"""Lessons as a class goes through them: on a desktop wrongly, by their links on a phone rightly.

The links are opened on a second server, which shows the same. Lessons from end to end are among
`make apart`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from med3dvlm.lessons.content import Lesson, read_lessons
from tests.ui.browser.conftest import App, Visitor, start
from tests.ui.browser.learner import Learner, Shown, right, score_in, stops, wrong

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Visitor]
PHONE = {"width": 390, "height": 844}


@dataclass
class Seen:
    """What a learner saw at a stop, and what would have been right there."""

    link: str
    shown: Shown
    result: str = ""
    scored: float = 0.0
    right: Any = None
    chosen: int = field(default=0)


@pytest.fixture(scope="module")
def second_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Another process on another port, with the same model."""
    yield from start(tmp_path_factory.mktemp("second"))


def learner_at(visit: Visit, app: App, link: str, *, phone: bool = False) -> Learner:
    page = visit(app, welcomed=False).page
    if phone:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(app.url + link)
    return Learner(page)


def gone_through_wrongly(learner: Learner, lesson: Lesson) -> list[Seen]:
    """Everything wrong but the quiz after the lesson, to its end."""
    seen = []
    for station in stops(lesson):
        here = Seen(learner.link(), learner.shown())
        seen.append(here)
        if station.part == "end":
            break
        if station.part == "step":
            step = lesson.turns[station.number]
            learner.predict(step, wrong(step))
            here.result = learner.reveal()
            here.scored = score_in(here.result)
            here.right = right(learner, step, here.result)
            assert here.scored == 0 or step.kind.prediction == "choice", step.title
            expect(learner.part("result").locator(".learn-lesson")).to_be_in_viewport()
        else:
            question = lesson.quiz[station.number]
            late = station.part == "after"
            here.chosen = (question.answer + (not late)) % len(question.options)
            here.result = learner.answer(here.chosen)
            assert here.result.startswith("Right." if late else "Noted."), here.result
        learner.next()
    return seen


def rightly_again(learner: Learner, lesson: Lesson, place: int, before: Seen) -> None:
    """At a stop on a phone: it shows the same, and now the prediction is right."""
    station = stops(lesson)[place]
    assert learner.shown() == before.shown
    if station.part == "end":
        return
    if station.part != "step":
        result = learner.answer(before.chosen)
        assert result == before.result
        return
    step = lesson.turns[station.number]
    learner.predict(step, before.right)
    result = learner.reveal()
    assert {score_in(result), before.scored} == {0, 1}, f"{step.title}: {before.right}: {result}"
    assert result.split("\n")[0] == before.result.split("\n")[0]


@pytest.mark.apart
def test_a_lesson_from_end_to_end_at_both_widths(default_app: App, visit: Visit) -> None:
    lesson = read_lessons()[4]
    learner = learner_at(visit, default_app, "?lesson=5")
    expect(learner.page.get_by_role("tab", name="Learn")).to_have_count(1)
    seen = gone_through_wrongly(learner, lesson)
    summary = learner.part("result").inner_text()
    assert "Quiz before: 0 of 2 right. After: 2 of 2." in summary
    assert summary.count("learned") == 2
    expect(learner.part("reveal")).to_be_hidden()
    place = len(lesson.quiz)
    learner = learner_at(visit, default_app, seen[place].link, phone=True)
    learner.shown()
    expect(learner.part("stop").locator("h3")).to_be_in_viewport()
    where = learner.page.locator("#viewer").evaluate("(part) => getComputedStyle(part).position")
    assert where == "static", "the open scan lay over the lesson's own"
    for before in seen[place:-3]:
        rightly_again(learner, lesson, place, before)
        place += 1
        learner.next()
    assert learner.part("class").is_visible()


# Twenty stops on each of two servers: on a crowded machine that takes longer than other tests may.
@pytest.mark.apart
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(1, 7))
def test_every_lesson_and_every_link_on_a_second_server(
    default_app: App, second_app: App, visit: Visit, number: int
) -> None:
    lesson = read_lessons()[number - 1]
    assert second_app.url != default_app.url
    seen = gone_through_wrongly(learner_at(visit, default_app, f"?lesson={number}"), lesson)
    learner = learner_at(visit, second_app, seen[0].link, phone=True)
    for place, before in enumerate(seen):
        learner.page.goto(second_app.url + before.link)
        rightly_again(learner, lesson, place, before)


def test_a_failure_and_the_teachers_own_question(
    default_app: App, visit: Visit, tmp_path: Path
) -> None:
    visitor = visit(default_app).tab("Learn")
    page = visitor.page
    page.get_by_role("tab", name="Failures").click()
    page.locator("#failures button[data-case=side]").click()
    expect(page.locator("#failure-result")).to_contain_text("Asked")
    expect(page.locator("#failure-result .learn-lesson")).to_be_in_viewport()
    page.get_by_role("tab", name="Your own scan").click()
    page.locator("#own-question input, #own-question textarea").fill("Is there a pneumothorax?")
    page.locator("#own-put").click()
    page.locator("#own-known label", has_text="Yes").click()
    page.locator("#own-prediction label", has_text="Yes").click()
    page.locator("#own-reveal").click()
    expect(page.locator("#own-result")).to_contain_text("The teacher says: Yes.")
    expect(page.locator("#own-score")).to_contain_text("of 1 predictions")
