"""What is searched for with the open scan waits until that is open, and the model has read it.

once_open(button.click, status, panel, Waits(notice, say))(find, inputs, outputs)
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

import gradio as gr

from med3dvlm.ui.model.status import ModelStatus
from med3dvlm.ui.page.boundary import Say, Updates, guarded
from med3dvlm.ui.page.choosing import AFTER_CHOICES, AFTER_CHOICES_IF
from med3dvlm.ui.page.events import IN_QUEUE
from med3dvlm.ui.page.notice import busy
from med3dvlm.ui.scan.panel import ScanPanel

HELD = "The search begins when the scan is open."


class Waits(NamedTuple):
    """Where waiting is told, and errors."""

    notice: gr.HTML
    say: Say


def once_open(
    event: Callable[..., Any], status: ModelStatus, panel: ScanPanel, waits: Waits, *,
    only_if: gr.Checkbox | None = None,
) -> Callable[..., Any]:  # fmt: skip
    """The event once the scan that was chosen before is open and the model has read it.

    If a box is given that isn't ticked, that isn't waited for.
    """

    def wait(request: gr.Request) -> Iterator[Updates]:
        for _ in panel.opening.waiting(request):
            yield {waits.notice: busy(HELD)}

    def wait_if(wanted: bool, request: gr.Request) -> Iterator[Updates]:
        if wanted:
            yield from wait(request)

    waited = event(
        guarded(wait_if if only_if else wait, waits.say), [only_if] if only_if else [],
        waits.notice, js=AFTER_CHOICES_IF if only_if else AFTER_CHOICES, **IN_QUEUE,
    )  # fmt: skip
    return cast("Callable[..., Any]", status.read_after(waited.then, only_if=only_if).then)
