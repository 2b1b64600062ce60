"""How events are sent: what every handler of the page has in common.

button.click(handler, inputs, outputs, **QUICK)
"""

from typing import Any

# No handler is an API of its own, and none covers its outputs with a spinner.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Takes milliseconds, so it needn't stand in line.
QUICK: dict[str, Any] = PRIVATE | {"queue": False}
# Waits in our own line, which is fair, so Gradio lets everybody get there.
IN_LINE: dict[str, Any] = PRIVATE | {"concurrency_limit": 80, "trigger_mode": "multiple"}
# Several visitors at once; a second event of a visitor is not dropped.
SHARED: dict[str, Any] = PRIVATE | {"concurrency_limit": 4, "trigger_mode": "multiple"}
