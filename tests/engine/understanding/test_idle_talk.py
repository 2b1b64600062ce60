"""Small talk that is known by its words."""

import pytest

from med3dvlm.engine.understanding.idle_talk import is_idle


@pytest.mark.parametrize(
    "text",
    [
        "test test 123", "asdfghjkl", "blah blah blah blah", "sorry, wrong window", "aaaaaaa",
        "will you marry me, robot", "Good morning, and how are we feeling today?", "lol",
        "tell me a joke about radiologists", "you are so stupid", "I love you", "knock knock",
        "oops, my cat typed that", "is this thing on?", "never mind", "hello world", "qwertz uiop",
        "thank you so much, doctor", "good bot", "what's up doc", "\N{THUMBS UP SIGN}",
    ],
)  # fmt: skip
def test_small_talk_is_heard(text: str) -> None:
    """Struck keys, thumbs and proposals were told what was not taught."""
    assert is_idle(text)


@pytest.mark.parametrize(
    "text",
    [
        "SBO", "GBS?", "ok, and the liver?", "thanks, is there a stone?", "how is the liver",
        "good morning, any effusion?", "is it bad", "what is this", "is the lung ok", "stupid lung",
        "are you sure", "is the heart good", "spleen", "HCC", "?", "12 mm", "test the liver",
    ],
)  # fmt: skip
def test_a_question_about_the_scan_is_none(text: str) -> None:
    assert not is_idle(text)
