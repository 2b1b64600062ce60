"""Calls that lack values, without a server."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.missing_values import fill_missing_values


def ask(request: gr.Request, scan: str, question: str, seed: int = 7, top: float = 1.0) -> None:
    """An endpoint."""


@pytest.fixture
def page() -> Any:
    made = SimpleNamespace(seen=[])
    made.validate_inputs = lambda block_fn, inputs: made.seen.append(inputs)
    fill_missing_values(made, ["ask"])
    return made


def called(name: str) -> Any:
    return SimpleNamespace(api_name=name, fn=ask, inputs=[None] * 4)


def test_what_an_endpoint_needs_is_named(page: Any) -> None:
    with pytest.raises(gr.Error, match="needs 2 values") as refused:
        page.validate_inputs(called("ask"), ["a"])
    assert "in this order: scan, question, seed, top. It got 1." in str(refused.value)
    assert not page.seen


def test_what_has_a_default_may_be_left_out(page: Any) -> None:
    """By plain HTTP a search needed all of its five values, and the docs named no such thing."""
    page.validate_inputs(called("ask"), ["a", "b"])
    page.validate_inputs(called("ask"), ["a", "b", 3])
    assert page.seen == [["a", "b", 7, 1.0], ["a", "b", 3, 1.0]]


def test_anything_else_is_left_to_gradio(page: Any) -> None:
    page.validate_inputs(called("ask"), ["a", "b", 1, 2])
    page.validate_inputs(called("of the page"), ["a"])
    assert page.seen == [["a", "b", 1, 2], ["a"]]
