"""How what was chosen becomes the open scan, unless something else is chosen meanwhile.

opening = Opening(switches=switches, outputs=panel.outputs, said=[panel.notice], say=panel.say)
opening.on_choice(cards.select, key_of_card, panel.open_example, [], how)
opening.on(box.upload, panel.open_files, [box], how)
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.ui.page.boundary import Say, Updates, guarded
from med3dvlm.ui.page.choosing import CHOICE_MADE, CHOICE_NOTED
from med3dvlm.ui.page.events import EACH, QUICK
from med3dvlm.ui.page.stopping import OPEN, Switches

LOOK_SECONDS = 0.1  # between two looks whether the scan is open

# Opens a scan: a method of the panel.
Handler = Callable[..., Iterator[Updates]]
Event = Callable[..., Any]


def key_of_card(event: gr.SelectData) -> str:
    """The key of the card that was clicked."""
    return str(event.index)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The events between a choice and the open scan.

    Attributes:
        switches: of the page's visitors.
        outputs: everything that opening a scan changes.
        said: what `say` changes.
        say: tells why a scan could not be opened.
    """

    switches: Switches
    outputs: list[Any]
    said: list[Any]
    say: Say

    def begin(self, request: gr.Request, handler: Handler | None = None) -> None:
        """A handler is about to open a scan; one that still is being opened is given up."""
        self.switches.renew(request, OPEN, handler and handler.__name__)

    def waiting(self, request: gr.Request) -> Iterator[None]:
        """Values as long as a scan is being opened."""
        while self.switches.current(request, OPEN):
            yield
            time.sleep(LOOK_SECONDS)

    def on(
        self, event: Event, handler: Handler, inputs: list[Any], how: dict[str, Any], *,
        made: str | None = CHOICE_MADE,
    ) -> Any:  # fmt: skip
        """Have a handler open a scan on an event; `made` counts the choice in the browser."""

        def begun(request: gr.Request) -> None:
            self.begin(request, handler)

        noted = event(begun, None, None, js=made, **EACH)
        noted.then(None, None, None, js=CHOICE_NOTED, **QUICK)
        return self._open(noted.then, handler, inputs, how)

    def on_choice(
        self, event: Event, key_of: Callable[[gr.SelectData], Any], handler: Handler,
        inputs: list[Any], how: dict[str, Any],
    ) -> Any:  # fmt: skip
        """From a choice to the scan; `handler` gets what was chosen, then the inputs."""
        key = gr.State(None)

        def chosen(choice: gr.SelectData, request: gr.Request) -> Updates:
            wanted = str(key_of(choice))
            self.begin(request, handler)
            return {key: wanted}

        def refused(message: str) -> Updates:
            return {key: None} | self.say(message)

        picked = event(
            guarded(chosen, refused), None, [key, *self.said], js=CHOICE_MADE, **EACH
        )  # fmt: skip
        picked.then(None, None, None, js=CHOICE_NOTED, **QUICK)
        return self._open(picked.then, handler, [key, *inputs], how)

    def _open(self, event: Event, handler: Handler, inputs: list[Any], how: dict[str, Any]) -> Any:
        def opening(request: gr.Request, *given: Any) -> Iterator[Updates]:
            signal = self.switches.current(request, OPEN)
            try:
                if signal is not None and signal.about not in (None, handler.__name__):
                    return
                for update in handler(*given, request=request):
                    if signal is not None and signal.is_set():
                        return
                    yield update
            finally:
                self.switches.ended(request, OPEN)

        opening.__name__ = handler.__name__
        return event(guarded(opening, self.say), inputs, self.outputs, **how)
