"""A page that was closed leaves nothing of its scan in memory, whatever Gradio still refers to."""

import weakref
from typing import Any

import gradio as gr

from med3dvlm.ui.app import forget_session


class Scan:
    """Stands for a large object in a visitor's state; a copy is the scan itself."""

    def __deepcopy__(self, memo: object) -> "Scan":
        return self


def test_a_scan_is_gone_though_a_traceback_keeps_the_state(parts: Any) -> None:
    page = parts.page
    key = next(number for number, block in page.blocks.items() if isinstance(block, gr.State))
    state = page.state_holder["a visit"]
    scan = Scan()
    state[key] = scan
    assert page.state_holder["a visit"][key] is scan
    gone = weakref.ref(scan)
    del scan
    forget_session(page, "a visit")
    assert state is not None, "kept as a frame of Gradio's would keep it"
    assert gone() is None
    assert "a visit" not in page.state_holder.session_data
    forget_session(page, "a visit")
