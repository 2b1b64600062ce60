"""giving_back.js on a page with nothing but its places, and a clock that the test turns."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from med3dvlm.ui.chat.layout import ON_HOLD, returned_list
from med3dvlm.ui.chat.line import Line
from med3dvlm.ui.page.script import FOLDER

pytestmark = pytest.mark.browser
BOX = "#question textarea"
SHOW = "(html) => { document.querySelector('#given-back').innerHTML = html; }"


@pytest.fixture
def page(window: Page) -> Page:
    window.clock.install(time=0)
    window.clock.pause_at(60_000)
    window.set_content(
        f'<div id="on-hold">{ON_HOLD}</div><div id="given-back"></div>'
        '<div id="question"><textarea></textarea></div>'
    )
    script = Path(FOLDER / "giving_back.js").read_text(encoding="utf-8")
    window.evaluate(f"() => {{ {script} }}")
    return window


def give_back(page: Page, line: Line, *texts: str) -> None:
    """As the server sends texts back: with those that it sent before."""
    page.evaluate(SHOW, returned_list(line.give_back(texts)))


def test_what_comes_back_while_somebody_types_waits_in_sight_for_a_pause(page: Page) -> None:
    """It was sent with the next question, or overwritten by it: thirty quick ones lost many."""
    line, waiting = Line(), page.locator("#on-hold .back li")
    for number in range(30):
        page.locator(BOX).fill(f"question {number}")
        give_back(page, line, f"question {number}")
        expect(page.locator(BOX)).to_have_value(f"question {number}")
    page.locator(BOX).fill("half a quest")
    expect(waiting).to_have_text([f"question {number}" for number in range(30)])
    expect(page.locator("#on-hold .back")).to_contain_text("As soon as you pause")
    page.clock.run_for(5000)
    everything = ["half a quest", *(f"question {number}" for number in range(30))]
    expect(page.locator(BOX)).to_have_value("\n".join(everything))
    expect(page.locator("#on-hold .back")).to_be_hidden()


def test_what_comes_back_while_nobody_types_is_in_the_box_at_once(page: Page) -> None:
    line = Line()
    give_back(page, line, "Any cyst?")
    give_back(page, line, "Any stone?")
    expect(page.locator(BOX)).to_have_value("Any cyst?\nAny stone?")


def test_why_something_is_back_is_said_until_a_key_is_pressed(page: Page) -> None:
    page.evaluate("() => window.giveBack(['Any cyst?'], 'The server did not take it.')")
    expect(page.locator("#on-hold .back")).to_have_text("The server did not take it.")
    page.locator(BOX).press("x")
    expect(page.locator("#on-hold .back")).to_be_hidden()
