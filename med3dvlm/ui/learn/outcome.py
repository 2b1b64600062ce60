"""Where the parts of the Learn tab show what came out; it is brought into sight.

result = build_outcome("learn-result")
"""

from pathlib import Path

import gradio as gr

SCRIPT = Path(__file__).with_suffix(".js")


def build_outcome(elem_id: str) -> gr.HTML:
    """An empty place, which comes into sight once something stands in it."""
    return gr.HTML(elem_id=elem_id, js_on_load=SCRIPT.read_text(encoding="utf-8"))
