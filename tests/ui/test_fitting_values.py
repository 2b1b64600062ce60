"""What no page sends, sent to every event: a sentence each time, and never an error of ours."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from math import nan
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.blocks import BlockFunction
from gradio.state_holder import SessionState

from med3dvlm.errors import PromptError
from med3dvlm.ui.fitting_values import fitting
from med3dvlm.ui.page.states import copy_of

ODD: list[Any] = [None, [], {}, "x" * 5, nan, -1]
# What a click sends then: nothing, a text, no place, a place far away.
CLICKS: list[Any] = [None, "x", [nan] * 3, [None], [1e300] * 3, -1]
ENDS = 20  # updates after which a stream is left


def takes_what_is_sent(known: BlockFunction) -> bool:
    """Whether an event has anything that depends on its page."""
    hints = gr.utils.get_type_hints(known.fn) if known.fn else {}
    clicks = any(isinstance(one, type) and issubclass(one, gr.EventData) for one in hints.values())
    return clicks or any(not part.stateful for part in known.inputs)


async def happen(
    page: gr.Blocks, known: BlockFunction, value: Any, event: dict[str, Any], first: SessionState
) -> str:
    """Have an event happen with one value for everything; what its sender was refused with."""
    state, iterator = copy_of(first), None
    visit = gr.Request(session_hash="a visit", query_params={})
    for _ in range(ENDS):
        try:
            sent = await page.process_api(
                known, [value] * len(known.inputs), state=state, iterator=iterator,
                request=visit, event_data=gr.EventData(None, event),
            )  # fmt: skip
        except gr.Error as refused:
            return f"{known.fn.__qualname__}: {refused}" if refused.print_exception else ""
        iterator = sent["iterator"]
        if not sent["is_generating"]:
            break
    return ""


@pytest.mark.parametrize(("value", "click"), list(zip(ODD, CLICKS, strict=True)), ids=str)
def test_nothing_that_is_sent_is_an_error_of_ours(
    whole_page: gr.Blocks, value: Any, click: Any, caplog
) -> None:
    """Twenty handlers failed at nothing, lists and objects, and wrote to the log."""
    event = {"index": click, "value": click, "previous_value": click}
    first = SessionState(whole_page)

    async def all_of_them() -> list[str]:
        known = filter(takes_what_is_sent, whole_page.fns.values())
        return [await happen(whole_page, one, value, event, first) for one in known]

    with ThreadPoolExecutor(1) as thread:
        told = thread.submit(lambda: asyncio.run(all_of_them())).result()
    assert len(told) > 100
    assert not any(told)
    assert not [one.getMessage() for one in caplog.records if one.levelno > logging.WARNING]


CHOICES = [("low", 1), ("high", 2)]


PARTS = SimpleNamespace(
    text=gr.Textbox(label="Question"),
    unnamed=gr.Textbox(),
    short=gr.Textbox(label="Reference", max_length=9),
    slider=gr.Slider(4, 40, 12, label="Phantoms"),
    seed=gr.Number(label="Seed"),
    mark=gr.Checkbox(label="Crop"),
    one=gr.Radio(CHOICES, value=1, label="Grid"),
    maybe=gr.Radio(CHOICES, label="Prediction"),
    listed=gr.Dropdown(CHOICES, value=2, label="Lesson"),
    own=gr.Dropdown(["cyst"], value="cyst", allow_custom_value=True, label="Finding"),
    several=gr.Dropdown(["ct", "pet"], multiselect=True, label="Only"),
    file=gr.UploadButton("Own", file_count="single"),
)


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("text", None, ""), ("text", "a", "a"), ("short", "x" * 9, "x" * 9),
        ("text", "x" * 10**6, "x" * 10**6), ("slider", 4, 4), ("slider", 39.5, 39.5),
        ("seed", None, None), ("seed", -7, -7), ("mark", False, False), ("one", 2, 2),
        ("maybe", None, None), ("listed", 1.0, 1), ("own", "a goitre", "a goitre"),
        ("own", None, None), ("several", None, []), ("several", ["pet"], ["pet"]),
    ],
)  # fmt: skip
def test_what_a_page_sends_is_taken(name: str, value: Any, taken: Any) -> None:
    got = fitting(getattr(PARTS, name), value)
    assert got == taken
    assert type(got) is type(taken)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("text", ["a"], "\u201cQuestion\u201d is not a text"),
        ("unnamed", 1, "a control of this page"),
        ("short", "x" * 10, "\u201cReference\u201d is longer than 9 characters. Shorten it."),
        ("slider", None, "\u201cPhantoms\u201d is not a number from 4 to 40. Type one."),
        ("slider", 41, "from 4 to 40"), ("slider", True, "from 4"), ("slider", "12", "from 4"),
        ("slider", nan, "from 4"), ("slider", 10**400, "from 4"),
        ("seed", {}, "not a number. Type"),
        ("seed", 1e300, "not a number"), ("mark", None, "neither on nor off"),
        ("one", None, "Nothing came for \u201cGrid\u201d"), ("one", [], "not in its list"),
        ("maybe", "low", "not in its list"), ("listed", [1], "not in its list"),
        ("listed", None, "Nothing came"), ("own", ["cyst", 1], "not in its list"),
        ("several", "pet", "not in its list"), ("several", [None], "not in its list"),
        ("file", None, "No file came"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(name: str, value: Any, told: str) -> None:
    with pytest.raises(PromptError, match=told):
        fitting(getattr(PARTS, name), value)
