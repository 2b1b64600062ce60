"""Nobody pushes another's open scan out, and a new state costs next to nothing."""

import time
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio import mcp, route_utils
from gradio.state_holder import SessionState

from med3dvlm.ui.page.states import copy_of, keep_open_pages
from tests.hosting.conftest import run_apart


@pytest.fixture
def page() -> Any:
    """What a launched page has of which a state is made."""
    config = SimpleNamespace(blocks={})
    return SimpleNamespace(
        app=SimpleNamespace(), default_config=config, blocks={}, state_session_capacity=5
    )


def test_the_state_of_an_open_page_stays_whatever_names_are_sent(page: Any) -> None:
    """210 names, sent to any address that takes one, closed the scan of everybody else."""
    keep_open_pages(page, {"anna"}.__contains__)
    states = page.app.state_holder
    states["anna"].state_data[0] = "her scan"
    for number in range(12):
        assert not states[f"stranger {number}"].state_data
    assert states["anna"].state_data[0] == "her scan"
    assert len(states.session_data) == 5
    assert len(states.time_last_used) == 5
    assert page.state_holder is states


def test_open_pages_above_the_capacity_are_all_kept(page: Any) -> None:
    keep_open_pages(page, lambda _: True)
    states = page.app.state_holder
    for number in range(8):
        states[f"page {number}"].state_data[0] = number
    assert len(states.session_data) == 8


@pytest.fixture
def blocks() -> gr.Blocks:
    async def laid_out() -> gr.Blocks:
        with gr.Blocks() as made:
            gr.State({"scan": None})
            with gr.Row():
                for number in range(60):
                    gr.Textbox("first", label=f"{number}")
        made.app = SimpleNamespace()
        return made

    return run_apart(laid_out())


def test_a_copied_state_is_what_gradio_makes(blocks: gr.Blocks) -> None:
    keep_open_pages(blocks, lambda _: True)
    made, plain = blocks.app.state_holder["anna"], SessionState(blocks)
    assert vars(made).keys() == vars(plain).keys()
    assert made.blocks_config.blocks == plain.blocks_config.blocks
    assert [made[key] for key in blocks.blocks] == [plain[key] for key in blocks.blocks]
    assert blocks.app.state_holder["anna"] is made


def test_a_call_without_a_session_describes_nothing(
    blocks: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole page was described for each call that named none: a fifth of a second of the loop.

    Anybody could send them, one after the other.
    """
    for module in (route_utils, mcp):
        monkeypatch.setattr(module, "SessionState", SessionState)  # is put back afterwards
    keep_open_pages(blocks, lambda _: True)
    blocks.app.get_blocks = lambda: blocks
    asked: list[Any] = []
    monkeypatch.setattr(gr.Textbox, "get_config", asked.append)
    body = SimpleNamespace(event_id=None, session_hash=None)
    states = [route_utils.restore_session_state(blocks.app, body)[0] for _ in range(2)]
    states.append(mcp.SessionState(blocks))
    assert not asked
    text = next(key for key, block in blocks.blocks.items() if isinstance(block, gr.Textbox))
    states[0][text] = gr.Textbox("his", render=False)
    assert [state[text].value for state in states] == ["his", "first", "first"]
    assert not blocks.app.state_holder.session_data


def test_what_a_visit_changes_is_its_own(blocks: gr.Blocks) -> None:
    first = SessionState(blocks)
    hers, his = copy_of(first), copy_of(first)
    state, text = (
        next(key for key, block in blocks.blocks.items() if isinstance(block, kind))
        for kind in (gr.State, gr.Textbox)
    )
    hers[state]["scan"] = "hers"
    hers[text] = gr.Textbox("hers", render=False)
    for other in (his, copy_of(first)):
        assert other[state] == {"scan": None}
        assert other[text].value == "first"


def test_what_a_visit_changes_is_not_described(
    blocks: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each event the parts that it changed were described anew, in up to half a second."""
    state, plain = copy_of(SessionState(blocks)), SessionState(blocks)
    text = next(key for key, block in blocks.blocks.items() if isinstance(block, gr.Textbox))
    asked = []
    described = gr.Textbox.get_config
    monkeypatch.setattr(
        gr.Textbox, "get_config", lambda block: asked.append(block) or described(block)
    )
    for one in (state, plain):
        asked.clear()
        one[text] = gr.Textbox("hers", render=False)
        one._update_config(text)
        one._update_value_in_config(text, "hers")
        assert one[text].value == "hers"
        assert bool(asked) == (one is plain)
    assert not list(state.components)


def test_a_new_state_is_made_at_once(blocks: gr.Blocks) -> None:
    """Closing 200 pages that had sent nothing made 200 states: 19 s in which nobody was served."""
    first = SessionState(blocks)
    taken = {}
    for make in (lambda: SessionState(blocks), lambda: copy_of(first)):
        started = time.perf_counter()
        for _ in range(5):
            make()
        taken[make] = time.perf_counter() - started
    plain, quick = taken.values()
    assert quick < plain / 10
