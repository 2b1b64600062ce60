"""Texts that were cut in the middle of a character."""

from types import SimpleNamespace
from typing import Any

from med3dvlm.ui.chat.question_flow import PendingQuestion
from med3dvlm.ui.whole_inputs import take_whole_texts

HALF, SIGN = "a stone \ud83d", "a stone \ufffd"


def test_no_half_of_a_character_comes_to_a_handler() -> None:
    """A question that ended with one was lost: Gradio could not send it back to the page."""
    page: Any = SimpleNamespace(validate_inputs=lambda block_fn, inputs: None)
    take_whole_texts(page)
    inputs = [HALF, 3, None, ["\U0001fac1", HALF], {"path": HALF}, "plain"]
    page.validate_inputs(None, inputs)
    assert inputs == [SIGN, 3, None, ["\U0001fac1", SIGN], {"path": SIGN}, "plain"]


def test_a_changed_question_is_whole_too() -> None:
    """It comes with the event itself, and not as one of its values."""
    assert PendingQuestion.typed(HALF, 0).text == SIGN
