"""Inside the answer: every word with what is known of it, and its map over the scan."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.engine.own_answer import NO_QUESTION
from med3dvlm.explain.words.inside import Word
from med3dvlm.hosting.models.insights import Inside
from med3dvlm.ui.explain.answer.part import (
    HIGH,
    LOW,
    OF_ANSWERS,
    InsidePart,
    last_question,
)
from med3dvlm.ui.explain.answer.words import word_table
from med3dvlm.ui.explain.running import HELD
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.explain.saving import csv_of
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Conversations, Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN
from tests.ui.conftest import Parts
from tests.ui.explain.conftest import Fake, certificate

After = Callable[..., dict[Any, Any]]
ASKED = "Where is the kidney stone?"


@pytest.fixture
def inside(parts: Parts, working: Callable[..., Any]) -> InsidePart:
    return working(parts.explain.inside)


def asked(part: InsidePart, visitor: gr.Request, *given: Any) -> Any:
    return guarded(part.ask, part.work.refuse)(*given, visitor)


@pytest.fixture
def answered(inside: InsidePart, scan: Scan, visitor: gr.Request, after: After) -> dict[Any, Any]:
    return after(asked(inside, visitor, ASKED, scan, Conversations()))


def test_every_word_has_a_card_and_can_be_chosen(
    inside: InsidePart, answered: dict[Any, Any]
) -> None:
    found: Inside = answered[inside.found]
    assert found.question == ASKED
    assert answered[inside.table].count("<section>") == len(found.words)
    assert [label for label, _ in answered[inside.word].choices] == [w.text for w in found.words]
    assert "high only" in answered[inside.table]
    assert "What it doesn" in answered[inside.table]
    assert ASKED in answered[inside.work.notice]
    assert answered[inside.export].visible


@pytest.mark.parametrize(("grid", "cells"), [(LOW, "2 x 4 x 4"), (HIGH, "1 x 2 x 2")])
def test_a_word_is_laid_over_the_scan(
    grid: str, cells: str, inside: InsidePart, answered: dict[Any, Any], scan: Scan,
    encoded: Encoded, visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    found = answered[inside.found]
    placing = guarded(inside.place, inside.work.refuse)
    held = after(placing(0, grid, found, scan, encoded, visitor))
    assert cells in held[inside.work.notice]
    overlay = held[inside.overlaid.viewer].overlay
    assert overlay.legend == f"speaks for: {found.words[0].text} (Answer)"
    assert "How far to believe it" in held[inside.overlaid.meaning]
    assert all(held[button].visible for button in inside.overlaid.downloads)


def test_a_map_borrows_no_certificate_of_another_grid(
    inside: InsidePart, answered: dict[Any, Any], working: Callable[..., Any], fake: Fake,
    scan: Scan, encoded: Encoded, visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    """What was measured on the low grid stood beside maps of the high one."""
    part = working(inside, fake(certificates={"gradient": certificate(0.4)}))
    placing, found = guarded(part.place, part.work.refuse), answered[inside.found]
    low, high = (
        after(placing(0, grid, found, scan, encoded, visitor))[part.overlaid.meaning]
        for grid in (LOW, HIGH)
    )
    assert f"{OF_ANSWERS} This map is" in low
    assert NOT_MEASURED in high
    assert OF_ANSWERS not in high


def test_a_word_of_no_answer_changes_nothing(
    inside: InsidePart, scan: Scan, visitor: gr.Request
) -> None:
    empty = Inside(question="", answer="", words=())
    for number, found in ((None, empty), (0, None), (3, empty)):
        assert list(inside.place(number, LOW, found, scan, None, visitor)) == []


def test_the_last_question_of_the_chat_is_taken(scan: Scan) -> None:
    from med3dvlm.engine.dialogue import Exchange

    talks = Conversations()
    assert last_question(talks, scan) == ""
    talks.change(scan, lambda now: now.asking(Exchange(question="Is it a chest?")))
    assert last_question(talks, scan) == "Is it a chest?"


@pytest.mark.parametrize(
    ("typed", "words"), [("", NO_QUESTION), ("?" * 1001, "at most 1000 characters")]
)
def test_no_question_is_said_and_the_scan_stays(
    typed: str, words: str, inside: InsidePart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(asked(inside, visitor, typed, replace(scan), Conversations()))
    assert words in held[inside.work.notice]
    assert inside.overlaid.viewer not in held
    assert held[inside.work.start].visible


def test_without_a_scan_nothing_begins_and_while_one_is_opened_it_waits(
    inside: InsidePart, scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(asked(inside, visitor, ASKED, None, Conversations()))
    assert "Open a scan first" in held[inside.work.notice]
    inside.work.switches.renew(visitor, OPEN)
    held = after(asked(inside, visitor, ASKED, scan, Conversations()))
    assert HELD in held[inside.work.notice]
    assert held[inside.work.held]


def test_another_scan_ends_what_was_shown(inside: InsidePart, visitor: gr.Request) -> None:
    held = inside.turn_to(visitor)
    assert held[inside.found] is None
    assert held[inside.table] == NOTHING
    assert not held[inside.word].visible


def word(text: str, layers: int) -> Word:
    return Word(
        text=text, tokens=(0,), probability=0.5, low_only=0.001, high_only=0.2,
        layers=tuple((f" t{n}", n / layers) for n in range(1, layers + 1)),
        alternatives=((" <b>", 0.2),),
    )  # fmt: skip


def test_of_many_layers_some_are_shown_the_last_included() -> None:
    shown = word_table([word("<script>", 28)])
    assert shown.count("<li style") == 7
    assert "t28" in shown
    assert "&lt;b&gt;" in shown
    assert "<script>" not in shown
    assert "under 1 %" in shown
    assert "from layer 28 of 28 on" in shown
    assert "from the first on" in word_table([word("a", 1)])


def test_a_cell_is_no_formula() -> None:
    assert csv_of([{"a": "=1+1", "b": -2}]) == "a,b\n'=1+1,-2\n"
