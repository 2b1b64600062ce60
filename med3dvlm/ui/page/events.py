"""How events are sent: what every handler of the page has in common.

button.click(handler, inputs, outputs, **QUICK)
"""

from typing import Any

# No handler is an API of its own, and none covers its outputs with a spinner.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Takes milliseconds, so it needn't wait in Gradio's queue.
QUICK: dict[str, Any] = PRIVATE | {"queue": False}
# Waits in our own queue, which is fair and tells its wait, so Gradio lets everybody get there.
IN_QUEUE: dict[str, Any] = PRIVATE | {
    "concurrency_id": "model", "concurrency_limit": 80, "trigger_mode": "multiple",
}  # fmt: skip
# Several visitors at once; a second event of a visitor is not dropped.
SHARED: dict[str, Any] = PRIVATE | {"concurrency_limit": 4, "trigger_mode": "multiple"}
