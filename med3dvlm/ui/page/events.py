"""Event options that the handlers of the page share.

button.click(handler, inputs, outputs, **QUICK)
"""

from typing import Any

# No handler is an API of its own, and none covers its outputs with a spinner. Nor are these told of
# the progress of events: Gradio's page looks each up among all parts, at each step of each event.
PRIVATE: dict[str, Any] = {
    "api_visibility": "private", "show_progress": "hidden", "show_progress_on": [],
}  # fmt: skip
# Takes milliseconds, so it needn't wait in Gradio's queue.
QUICK: dict[str, Any] = PRIVATE | {"queue": False}
# A second press while the first is on its way is a second one, not to be dropped.
EACH: dict[str, Any] = QUICK | {"trigger_mode": "multiple"}
# Waits in our own queue, which is fair and shows the wait, so Gradio must let every event through.
IN_QUEUE: dict[str, Any] = PRIVATE | {
    "concurrency_id": "model", "concurrency_limit": 80, "trigger_mode": "multiple",
}  # fmt: skip
# Several visitors at once; a second event of a visitor is not dropped.
SHARED: dict[str, Any] = PRIVATE | {"concurrency_limit": 4, "trigger_mode": "multiple"}
