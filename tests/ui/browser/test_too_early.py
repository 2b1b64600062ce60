"""Buttons that are pressed too early: without a scan, without a question, before the first word."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Route, expect

from tests.ui.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Visitor]
# Milliseconds from the first moment in which an answer can be stopped.
MOMENTS = (
    0, 10, 20, 35, 50, 70, 90, 115, 140, 170, 200, 240, 280, 330, 380, 440, 500, 650, 800, 1000,
)  # fmt: skip
# Presses Ask, and Stop so many milliseconds after it is there to be pressed.
ASK_AND_STOP = """(delay) => new Promise((done) => {
  document.querySelector('#ask').click();
  const look = setInterval(() => {
    const stop = document.querySelector('#stop');
    if (!stop?.offsetParent) return;
    clearInterval(look);
    setTimeout(() => { stop.click(); done(); }, delay);
  }, 2);
})"""


THREE = ["What can be seen?", "And where?", "How large is it?"]


def box(visitor: Visitor) -> Locator:
    return visitor.page.locator("#question textarea")


def ask_row_is_whole(visitor: Visitor) -> None:
    """Both its buttons have their labels, and there is nothing to stop."""
    expect(visitor.page.locator("#ask")).to_have_text("Ask")
    expect(visitor.page.locator("#clear")).to_have_text("Clear")
    expect(visitor.page.locator("#stop")).to_be_hidden()


def test_a_question_before_the_first_scan_is_answered_once_it_is_there(
    slow_app: App, visit: Visit
) -> None:
    """It was swallowed, with what was in the chat; Ask became an empty green pill."""
    visitor = visit(slow_app, welcomed=False)
    box(visitor).fill("What can be seen?")
    box(visitor).press("Enter")
    visitor.begun(1)
    expect(visitor.page.locator("#chat .user")).to_have_text(["What can be seen?"])
    expect(box(visitor)).to_have_value("")


# Milliseconds from the click on an example; the server takes note of it some time after.
AFTER_CLICKS = (0, 15, 120)
CLICK_AND_PRESS = """([card, button, delay]) => {
  document.querySelectorAll('#examples button')[card].click();
  setTimeout(() => document.querySelector(button).click(), delay);
}"""


@pytest.mark.apart
def test_a_question_just_after_an_example_was_clicked_is_put_to_that_example(
    slow_app: App, visit: Visit
) -> None:
    """It was put to the scan before, and vanished with it."""
    visitor = visit(slow_app)
    for card, delay in enumerate(AFTER_CLICKS, start=1):
        title = visitor.page.locator("#viewer .vv-name strong")
        before, question = title.inner_text(), f"What can be seen after {delay} ms?"
        box(visitor).fill(question)
        visitor.page.evaluate(CLICK_AND_PRESS, [card, "#ask", delay])
        expect(title).not_to_have_text(before)
        visitor.begun(1)
        expect(visitor.page.locator("#chat .user")).to_have_text([question])
        expect(box(visitor)).to_have_value("")
        visitor.page.locator("#stop").click()
        expect(visitor.page.locator("#ask")).to_be_visible()


def test_scans_like_the_open_one_are_like_the_example_that_was_just_clicked(
    default_app: App, visit: Visit
) -> None:
    visitor = visit(default_app)
    expect(visitor.page.locator("#examples [aria-current=true]")).to_have_count(1)
    visitor.tab("Search")
    visitor.page.evaluate(CLICK_AND_PRESS, [5, "#alike", 0])
    expect(visitor.page.locator("#search-notice")).to_contain_text("similar to the open scan")
    expect(visitor.page.locator("#hits")).to_contain_text("pelvis", ignore_case=True)
    expect(visitor.page.locator("#hits")).not_to_contain_text("pneumothorax", ignore_case=True)


def test_questions_while_a_scan_is_sent_wait_for_it_in_sight(
    default_app: App, visit: Visit, volumes_folder: Path
) -> None:
    """They were put to the scan before, and then one was kept; a large upload takes minutes."""
    visitor = visit(default_app)
    scan, held = volumes_folder / "nibabel-basic" / "standard.nii.gz", list[Route]()
    visitor.page.route("**/upload?*", lambda route: held.append(route))
    visitor.upload(scan)
    for _ in range(100):
        if held:
            break
        visitor.page.wait_for_timeout(100)
    for question in THREE:
        box(visitor).fill(question)
        box(visitor).press("Enter")
    expect(visitor.page.locator("#on-hold li")).to_have_text(THREE)
    expect(visitor.page.locator("#chat .user")).to_have_count(0)
    held[0].continue_()
    visitor.wait_for_scan(scan.name)
    visitor.begun(len(THREE))
    expect(visitor.page.locator("#chat .user")).to_have_text(THREE)
    expect(visitor.page.locator("#on-hold .busy")).to_be_hidden()
    expect(visitor.page.locator("#held .notice")).to_have_count(0)


def test_a_change_of_a_question_is_kept_while_the_conversation_goes_on(
    default_app: App, visit: Visit
) -> None:
    """It was gone as soon as the exchange was drawn anew; of another scan it goes into the box."""
    visitor = visit(default_app).open_example("kidney stone")
    visitor.ask("Which part of the body is shown?")
    visitor.answered()
    visitor.page.locator("#chat .actions button", has_text="Edit").click()
    changing = visitor.page.locator("#chat .edit-question textarea")
    changing.fill("Which plane")
    visitor.ask("Is there a pneumothorax?")
    visitor.answered()
    expect(changing).to_have_value("Which plane")
    visitor.open_example("bladder stone")
    expect(box(visitor)).to_have_value("Which plane")
    expect(visitor.page.locator("#on-hold .back")).to_contain_text("in the box below")


def test_a_second_question_at_once_takes_nothing_from_the_first(
    default_app: App, visit: Visit
) -> None:
    visitor = visit(default_app)
    for question in ("Which part of the body is shown?", "In which plane are the slices?"):
        box(visitor).fill(question)
        visitor.page.locator("#ask, #stop").first.focus()
        box(visitor).press("Enter")
    expect(visitor.page.locator("#chat .user")).to_have_text(
        ["Which part of the body is shown?", "In which plane are the slices?"], timeout=30_000
    )
    expect(visitor.page.locator("#chat .bot").last).to_contain_text("axial", ignore_case=True)
    expect(visitor.page.locator("#chat .bot").first).to_contain_text("chest", ignore_case=True)
    ask_row_is_whole(visitor)


SENT_IN_ONE_MOMENT = """(box, questions) => {
  for (const question of questions) {
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true }));
  }
}"""


def test_questions_that_a_busy_page_takes_late_keep_their_own_words(
    default_app: App, visit: Visit
) -> None:
    """Gradio's events of all three come after the last was typed, and found its words alone."""
    visitor = visit(default_app)
    questions = ["Which part of the body is shown?", "In which plane are the slices?", "Any cyst?"]
    box(visitor).evaluate(SENT_IN_ONE_MOMENT, questions)
    expect(visitor.page.locator("#chat .user")).to_have_text(questions, timeout=30_000)
    expect(visitor.page.locator("#chat .bot").nth(1)).to_contain_text("axial", ignore_case=True)
    expect(box(visitor)).to_have_value("")


def test_a_reload_asks_before_a_conversation_is_lost(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    visitor.page.on("dialog", stay)
    visitor.ask("Which part of the body is shown?")
    visitor.answered()
    visitor.page.evaluate("() => { setTimeout(() => location.reload(), 0); }")
    visitor.settled()
    assert asked == ["beforeunload"]
    expect(visitor.page.locator("#chat .user")).to_have_count(1)
    visitor.page.remove_listener("dialog", stay)


def test_asking_nothing_leaves_the_conversation_in_view(default_app: App, visit: Visit) -> None:
    visitor = visit(default_app).open_example("kidney stone")
    visitor.ask("Which part of the body is shown?")
    answer = visitor.answered()
    visitor.page.locator("#ask").click()
    expect(visitor.page.locator("#chat-notice")).to_contain_text("Type a question first")
    visitor.settled()
    expect(visitor.page.locator("#chat .user")).to_have_text(["Which part of the body is shown?"])
    assert visitor.answered() == answer
    ask_row_is_whole(visitor)


def test_asking_nothing_while_an_answer_comes_leaves_it_alone(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("bladder stone")
    visitor.ask("What can be seen?")
    visitor.begun(1)
    before = visitor.page.locator("#chat .bot").inner_text()
    box(visitor).press("Enter")
    expect(visitor.page.locator("#chat-notice")).to_contain_text("Type a question first")
    grown = "least => document.querySelector('#chat .bot').innerText.length > least"
    visitor.page.wait_for_function(grown, arg=len(before) + 12)
    expect(visitor.page.locator("#chat .user")).to_have_text(["What can be seen?"])
    visitor.page.locator("#stop").click()
    expect(visitor.page.locator("#chat .exchange")).to_contain_text("Stopped before the end")


@pytest.mark.apart
def test_no_early_stop_loses_the_question_or_its_notice(slow_app: App, visit: Visit) -> None:
    visitor = visit(slow_app).open_example("hip prosthesis")
    page, asked = visitor.page, []
    for moment in MOMENTS:
        asked.append(f"What can be seen after {moment} ms?")
        box(visitor).fill(asked[-1])
        page.evaluate(ASK_AND_STOP, moment)
        expect(page.locator("#ask")).to_be_visible()
        expect(page.locator("#chat .exchange")).to_have_count(len(asked))
        expect(page.locator("#chat .exchange").last).to_contain_text("Stopped before")
        visitor.settled()
        expect(page.locator("#chat-notice")).to_contain_text("Stopped")
        assert page.locator("#chat .user").all_inner_texts() == asked
        ask_row_is_whole(visitor)
