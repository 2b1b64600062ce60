"""The page's own script: what concerns the page as a whole and none of its parts.

`script` puts the parts into one function, which Gradio calls.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
PARTS = ("choosing", "taking", "giving_back", "page", "focus", "drop", "leaving")


def script() -> str:
    """A function for Gradio to call once the page is there."""
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    # Each in a block of its own: none sees the names of another.
    return "\n".join(["() => {", '"use strict";', *(f"{{\n{part}}}" for part in parts), "}"])
