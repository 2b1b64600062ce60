"""Doubt, worry and the like are told from questions about the scan."""

import pytest

from med3dvlm.engine.understanding.about_us import is_about_us
from med3dvlm.engine.understanding.set_phrases import (
    is_all_well,
    is_another_part,
    is_doubt,
    is_gist,
    is_more,
    is_other_side,
    is_problem,
    is_read_out,
    is_repeat,
    is_viewpoint,
    is_what_is_this,
    is_worry,
    side_alone,
)

DOUBTS = (
    "are you sure?", "r u sure", "how sure are you", "sure?", "really??", "is that true",
    "no there isn't", "I don't believe you", "You're wrong!", "that can't be right", "no way",
    "are you 100% sure, what's your confidence", "sure? how certain are you?",
)  # fmt: skip
WORRIES = (
    "Should I be worried?", "should we be worried about this", "do I need to worry, doctor?",
    "is it serious", "Is that bad?", "how bad is it", "how dangerous is this?", "is it a problem",
    "am i gonna die", "Will she be ok?", "But is it really life-threatening?", "serious?",
)  # fmt: skip
REPEATS = (
    "again", "say that again please", "can you repeat that", "shorter please", "make it shorter",
    "too long", "in plain English", "pardon?",
)  # fmt: skip
GISTS = ("tldr", "Bottom line?", "so the verdict", "summary please", "just the key findings")
QUESTIONS = (
    "is that a stone?", "Is there anything to worry about?", "anything serious?", "is it a cyst?",
    "Should I be worried about the liver?", "Is there bad news?", "is it normal", "sure thing",
    "are you sure it is a cyst?", "is there cause for concern?", "how big is it",
    "is it right sided?", "look again, is there a stone", "is it shorter on the left?",
    "what is the diagnosis of the liver",
)  # fmt: skip
ABOUT_US = (
    "Who programmed this?", "who's behind this", "Which things do you know?", "what can I ask",
    "How do I use this page?", "how does the site work", "Are you a real nurse", "r u human or ai",
)  # fmt: skip
NOT_ABOUT_US = (
    "What can you see?", "Which findings can you identify?", "who is the patient",
    "are you sure", "how does the liver work", "what is this", "Are you sure it is a stone?",
)  # fmt: skip


def test_the_page_is_told_from_the_scan() -> None:
    """ "Who programmed this?" was refused, and the second one listed findings."""
    assert [text for text in ABOUT_US if not is_about_us(text)] == []
    assert [text for text in NOT_ABOUT_US if is_about_us(text)] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("where is the problem", True), ("What's that white blob?", True),
        ("what are those little dark spots on the left", True), ("Where's the issue, doc?", True),
        ("what is that", False), ("where is the stone", False), ("what is the white blood", False),
        ("where is the problem in the liver", False), ("what is the liver", False),
    ],
)  # fmt: skip
def test_what_is_seen_and_has_no_name(text: str, *, problem: bool) -> None:
    assert is_problem(text) is problem


@pytest.mark.parametrize(
    ("text", "viewpoint"),
    [
        ("Are we looking from the front or from the feet?", True), ("seen from above?", True),
        ("is it cut along the side", True), ("am I looking at the patient from the head?", True),
        ("is the stone seen from the front", False), ("are we looking at a stone", False),
    ],
)  # fmt: skip
def test_from_where_it_is_seen(text: str, *, viewpoint: bool) -> None:
    assert is_viewpoint(text) is viewpoint


@pytest.mark.parametrize("text", DOUBTS)
def test_doubt_is_heard(text: str) -> None:
    assert is_doubt(text)
    assert not is_worry(text)


@pytest.mark.parametrize("text", WORRIES)
def test_worry_is_heard(text: str) -> None:
    assert is_worry(text)
    assert not is_doubt(text)


@pytest.mark.parametrize("text", REPEATS)
def test_once_more_and_shorter_are_heard(text: str) -> None:
    assert is_repeat(text)


@pytest.mark.parametrize("text", GISTS)
def test_a_gist_is_no_report(text: str) -> None:
    assert is_gist(text)


@pytest.mark.parametrize("text", QUESTIONS)
def test_questions_about_the_scan_are_none_of_them(text: str) -> None:
    assert not any(told(text) for told in (is_doubt, is_worry, is_repeat, is_gist))


def test_a_side_alone_is_a_question_and_right_alone_is_none() -> None:
    """ "What about the right", after an effusion, was small talk."""
    for text in ("what about the right", "and on the right?", "right side?", "is it on the right"):
        assert side_alone(text) == "right"
    for text in ("right", "ok right.", "right?", "the right lung", "is that right"):
        assert side_alone(text) == ""
    assert is_other_side("in the other one too?")
    assert is_other_side("on both sides?")
    assert not is_other_side("what is in the other kidney")


def test_another_part_is_asked_for_by_its_name() -> None:
    assert is_another_part("is this a head")
    assert is_another_part("Is that an x-ray of the knee?")
    assert not is_another_part("is the knee ok")


def test_more_about_the_same_names_nothing() -> None:
    for text in ("tell me more", "more?", "can you elaborate", "more details please", "go on"):
        assert is_more(text), text
    for text in ("more than one?", "tell me more about the liver", "details of the left kidney"):
        assert not is_more(text), text


def test_what_is_this_asks_about_nothing_in_particular() -> None:
    assert is_what_is_this("what is this?")
    assert is_what_is_this("so what is that now")
    assert not is_what_is_this("what is this page")
    assert not is_what_is_this("what is this lump in the lung")


def test_all_well_and_read_it_to_us_name_no_part() -> None:
    assert is_all_well("Is all normal in the tac?")
    assert is_all_well("everything ok?")
    assert not is_all_well("Is all normal in the liver?")
    assert is_read_out("Read us the scan like a radiologist would")
    assert is_read_out("walk me through this case")
    assert not is_read_out("read me the letter")
