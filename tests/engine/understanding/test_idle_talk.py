"""Small talk that is known by its words."""

import pytest

from med3dvlm.engine.understanding.about_us import is_about_us
from med3dvlm.engine.understanding.idle_talk import is_for_fun, is_idle


@pytest.mark.parametrize(
    "text",
    [
        "test test 123", "asdfghjkl", "blah blah blah blah", "sorry, wrong window", "aaaaaaa",
        "will you marry me, robot", "Good morning, and how are we feeling today?", "lol",
        "tell me a joke about radiologists", "you are so stupid", "I love you", "knock knock",
        "oops, my cat typed that", "is this thing on?", "never mind", "hello world", "qwertz uiop",
        "thank you so much, doctor", "good bot", "what's up doc", "\N{THUMBS UP SIGN}",
        "how's she cutting", "What's the craic lads?", "Hola!", "moin moin", "ur mid ngl",
        "skibidi toilet", "gg ez", "12345 12345", "0000", "Happy Birthday!", "congrats",
        "no cap bro", "nothing, just looking", "I'm just browsing",
        "bye, have a quiet shift",
        "f*** off", "wow, cool and thanks. bye!", "sorry, my cat walked over the keyboard",
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
        "12", "2", "right", "is it deadly", "looking for a nodule", "L", "left and right",
        "have a look at the liver", "thanks, and the liver", "ok, bladder", "hi, left kidney",
    ],
)  # fmt: skip
def test_a_question_about_the_scan_is_none(text: str) -> None:
    assert not is_idle(text)


@pytest.mark.parametrize(
    ("text", "fun"),
    [
        ("sing me a song about gallstones", True), ("write a haiku on the spleen", True),
        ("stupid machine, a first year student finds more stones", True),
        ("my toddler could read this better", True), ("my dog knows more than you", True),
        ("tell me about the gallstones", False), ("draw the liver", False), ("bad liver?", False),
        ("my daughter has a kidney stone", False), ("a silly question about the lung", False),
    ],
)  # fmt: skip
def test_fun_may_name_a_finding(text: str, *, fun: bool) -> None:
    assert is_for_fun(text) is fun


@pytest.mark.parametrize(
    "text",
    [
        "Who has developed this system, and on what model is it based?", "what AI are you using",
        "which company owns you?", "what model is this", "how were you trained",
        "how do you work?", "am I talking to a real person or a bot", "is this chatgpt",
        "who made you", "what were you trained on", "what version are u",
        "in which programming language is the app written",
        "who's your creator", "are you open source?", "how accurate is this tool",
    ],
)  # fmt: skip
def test_questions_about_the_page_are_heard(text: str) -> None:
    assert is_about_us(text)


@pytest.mark.parametrize(
    "text",
    [
        "what model of hip prosthesis is this", "how was this scan made", "is this a real cyst",
        "who reported this scan", "what is this", "are you sure", "how large is it",
        "is this free air", "which version of contrast phase is it", "what data does the scan show",
    ],
)  # fmt: skip
def test_those_about_the_scan_are_not(text: str) -> None:
    assert not is_about_us(text)


@pytest.mark.parametrize("text", ["ok " * 24 + "q", "ok " * 3000 + "q", "la ok " * 12 + "liver"])
def test_words_over_and_over_end(text: str) -> None:
    """Twenty times "ok" and something else kept the whole server busy without end."""
    assert not is_idle(text)
