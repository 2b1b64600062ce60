"""The page's own script: what concerns the page as a whole and none of its parts.

`script` puts choosing.js, page.js, drop.js and leaving.js into one function, which Gradio calls.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
PARTS = ("choosing", "page", "drop", "leaving")


def script() -> str:
    """A function for Gradio to call once the page is there."""
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    return "\n".join(["() => {", '"use strict";', *parts, "}"])
