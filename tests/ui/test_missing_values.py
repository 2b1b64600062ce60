"""Calls that lack values, without a server."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.missing_values import name_missing_values


def ask(request: gr.Request, scan: str, question: str) -> None:
    """An endpoint."""


@pytest.fixture
def page() -> Any:
    made = SimpleNamespace(seen=[])
    made.validate_inputs = lambda block_fn, inputs: made.seen.append(inputs)
    name_missing_values(made, ["ask"])
    return made


def called(name: str) -> Any:
    return SimpleNamespace(api_name=name, fn=ask, inputs=[None, None])


def test_what_an_endpoint_needs_is_named(page: Any) -> None:
    with pytest.raises(gr.Error, match=r'needs 2 values in "data".*: scan, question\. It got 1\.'):
        page.validate_inputs(called("ask"), ["a"])
    assert not page.seen


def test_anything_else_is_left_to_gradio(page: Any) -> None:
    page.validate_inputs(called("ask"), ["a", "b"])
    page.validate_inputs(called("of the page"), ["a"])
    assert page.seen == [["a", "b"], ["a"]]
