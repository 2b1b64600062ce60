"""Events that nobody's page has sent."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.ui.page.visitor import NO_PAGE, session_of


def test_an_event_without_a_page_is_told_so() -> None:
    """The stop button, pressed by a program, was an error of the server and in its log."""
    request: Any = SimpleNamespace(session_hash=None)
    with pytest.raises(gr.Error, match=NO_PAGE[:20]) as told:
        session_of(request)
    assert not told.value.print_exception
    request.session_hash = "page"
    assert session_of(request) == "page"
