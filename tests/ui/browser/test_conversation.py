"""The conversation in the page: stop and ask on, two visitors, and how sure the words are."""

import logging
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Locator, expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[[App], Visitor]

# Clicks the button and notes when words still came after it: milliseconds until the last change.
STOP_AND_WATCH = """() => new Promise((done) => {
  const words = () => document.querySelector('#chat .exchange:last-child .bot')?.textContent ?? '';
  const started = performance.now();
  let text = words(), last = started;
  document.querySelector('#stop').click();
  const look = setInterval(() => {
    const now = words();
    if (now !== text) { text = now; last = performance.now(); }
    if (performance.now() - Math.max(last, started) > 1500) {
      clearInterval(look);
      done(last - started);
    }
  }, 5);
})"""
GROWN = "(least) => document.querySelector('#chat .bot').innerText.length > least"


def answers(visitor: Visitor) -> Locator:
    return visitor.page.locator("#chat .bot")


def stopped(visitor: Visitor, number: int = 1) -> float:
    """Stop an answer midway; milliseconds until the last word that still came."""
    visitor.begun(number)
    late = float(visitor.page.evaluate(STOP_AND_WATCH))
    expect(visitor.page.locator("#ask")).to_be_visible()
    expect(visitor.page.locator("#chat .exchange").last).to_contain_text("Stopped before the end")
    return late


def test_a_stopped_answer_and_the_next_one_both_stay(slow_app: App, visit: Visit) -> None:
    """The random model never ends by itself. A stop takes 130 to 170 ms on two idle cores."""
    visitor = visit(slow_app).open_example("hip prosthesis")
    times, said = [], []
    for number, question in enumerate(("What can be seen?", "And where?", "And how large?")):
        visitor.ask(question)
        times.append(stopped(visitor, number + 1))
        expect(answers(visitor)).to_have_count(number + 1)
        assert answers(visitor).all_inner_texts()[:-1] == said, "earlier answers are as they were"
        said.append(answers(visitor).last.inner_text())
    logging.getLogger(__name__).warning("words came for %s ms after a stop", times)
    assert min(times) <= 1000, times
    questions = visitor.page.locator("#chat .user").all_inner_texts()
    assert questions == ["What can be seen?", "And where?", "And how large?"]


def test_typing_and_asking_while_an_answer_comes(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("bladder stone")
    visitor.ask("What can be seen?")
    visitor.begun(1)
    box = visitor.page.locator("#question textarea")
    box.type("And now?")
    expect(box).to_have_value("And now?")
    box.press("Enter")
    expect(visitor.page.locator("#chat .user")).to_have_count(2)
    expect(visitor.page.locator("#chat .exchange").first).to_contain_text("Stopped before the end")
    first = answers(visitor).first.inner_text()
    stopped(visitor, 2)
    assert answers(visitor).first.inner_text() == first, "the two never mix"
    expect(visitor.page.locator("#chat .user")).to_have_count(2)


@pytest.mark.apart
def test_two_browsers_at_once_each_get_their_own(slow_app: App, visit: Visit) -> None:
    one = visit(slow_app).open_example("pneumothorax")
    two = visit(slow_app).open_example("liver metastases")
    one.ask("Is it one?")
    two.ask("Is it two?")
    two.begun(1)
    stopped(one)
    said = len(answers(two).last.inner_text())
    two.page.wait_for_function(GROWN, arg=said + 12)
    expect(two.page.locator("#chat .exchange").last).not_to_contain_text("Stopped")
    two.page.locator("#stop").click()
    expect(two.page.locator("#chat .exchange").last).to_contain_text("Retry")
    for visitor, question in ((one, "Is it one?"), (two, "Is it two?")):
        assert visitor.page.locator("#chat .user").all_inner_texts() == [question]


def test_words_tell_how_sure_the_model_is(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("kidney stone")
    visitor.ask("What abnormalities are present?")
    visitor.answered()
    page = visitor.page
    page.locator("#chat .word").first.hover()
    bubble = page.locator("#chat .word-bubble")
    expect(bubble).to_contain_text("%")
    expect(bubble.locator("li")).not_to_have_count(0)
    answers(visitor).last.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chat .word.pointed")).to_have_count(1)
    page.locator("#chat .tint-row input").check()
    expect(page.locator("#chat .words-stage")).to_have_class(re.compile("tinted"))


def test_choices_have_bars_and_questions_can_be_changed(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("hip prosthesis")
    visitor.ask("In which plane are the slices? A. axial B. coronal C. sagittal")
    bars = visitor.page.locator("#chat .option-bars li")
    expect(bars).to_have_count(3)
    assert "axial" in visitor.page.locator("#chat .option-bars .best").inner_text()
    exchange = visitor.page.locator("#chat .exchange").last
    exchange.get_by_role("button", name="Edit").click()
    exchange.locator("textarea").fill("Which part of the body is shown?")
    exchange.get_by_role("button", name="Ask again").click()
    expect(visitor.page.locator("#chat .user")).to_have_text(["Which part of the body is shown?"])
    expect(answers(visitor)).to_contain_text(re.compile("pelvis", re.IGNORECASE))
    expect(visitor.page.locator("#ask")).to_be_visible()
    exchange = visitor.page.locator("#chat .exchange").last
    exchange.get_by_role("button", name="Undo").click()
    expect(visitor.page.locator("#chat .exchange")).to_have_count(0)


def test_markup_in_a_question_is_text(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("pleural effusion")
    question = "<img src=x onerror=alert(1)> ![a](http://example.org/a.png) <script>1</script>"
    dialogs: list[str] = []

    def alarmed(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    visitor.page.on("dialog", alarmed)
    visitor.ask(question)
    expect(visitor.page.locator("#chat .user")).to_have_text(question)
    visitor.begun(1)
    visitor.page.locator("#stop").click()
    visitor.answered()
    assert visitor.page.locator("#chat .exchanges :is(img, script, a)").count() == 0
    assert dialogs == []
    visitor.page.remove_listener("dialog", alarmed)
