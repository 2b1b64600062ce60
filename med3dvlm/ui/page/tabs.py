"""Tabs whose contents are made only while they are looked at.

`turned` keeps a state that says whether a tab is in sight, and gives the event after which to draw.
"""

from typing import Any

import gradio as gr

from med3dvlm.ui.page.events import QUICK


def turned(tabs: gr.Tabs, name: str, is_open: gr.State) -> Any:
    """Keep in `is_open` whether the tab of this name is the one in sight; returns the event."""

    def look(event: gr.SelectData) -> bool:
        return bool(event.value == name)

    return tabs.select(look, None, is_open, **QUICK)
