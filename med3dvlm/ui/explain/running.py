"""One kind of work of the tab, in the fair line like a question: started, told, stopped.

`Work.run` waits for the models and for a turn with them, then sends the updates of a generator.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import Any

import gradio as gr

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.choosing import AFTER_CHOICES
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, loading, problem, standing, told
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.page.stopping import OPEN, Signal, Switches
from med3dvlm.ui.page.turning import Turning

STOPPED = "Stopped. What was drawn so far stays."
EARLIER = "What stands below is from before: {what}."
HELD = "This begins when the scan is open."
NOT_OPENED = "The scan could not be opened, so this was not begun."


@dataclass(frozen=True, kw_only=True)
class Work:
    """What runs for one visitor at a time, and where it is told.

    Attributes:
        switches: of all visitors.
        services: the models.
        task: its name among the visitor's tasks.
        notice: where its progress and its errors are told.
        earlier: between that and the results: after a refusal it says what they are of.
        start: the button that starts it, hidden while it runs; None if something else does.
        stop: the button that ends it; None if it is over at once.
        counted: against what one visitor may ask for at a time; not if the page starts it alone.
        held: whether it was asked for while a scan is being opened, and begins when that is open.
    """

    switches: Switches
    services: Loading[Services]
    task: str
    notice: gr.HTML
    earlier: gr.HTML | None = None
    start: gr.Button | None = None
    stop: gr.Button | None = None
    counted: bool = True
    held: gr.State = field(default_factory=partial(gr.State, False))

    @property
    def shown(self) -> list[gr.components.Component]:
        """What it changes besides its results."""
        parts = (self.notice, self.earlier, self.start, self.stop, self.held)
        return [part for part in parts if part is not None]

    def run(
        self, request: gr.Request, doing: str, work: Callable[[Services], Generator[Updates]]
    ) -> Iterator[Updates]:
        """Wait for the models and for a turn with them; then work until it is done or stopped.

        What is being done is told meanwhile, unless it is empty: then nothing is.
        """
        signal = self.switches.renew(request, self.task)
        yield {**self._told(doing, busy(doing)), **self._going(True), **self._marked(False)}
        try:
            for progress in self.services.waiting():
                yield self._told(doing, loading(progress))
            yield from self._in_turn(signal, request, doing, work)
            # Where other work of this kind has begun, or the scan has changed, nothing is said.
            if self.switches.is_current(request, self.task, signal):
                stopped = {self.notice: told(STOPPED)} if signal.is_set() else {}
                yield stopped | self._going(False)
        finally:
            self.switches.done(request, self.task, signal)

    def _in_turn(
        self, signal: Signal, request: gr.Request, doing: str,
        work: Callable[[Services], Generator[Updates]],
    ) -> Iterator[Updates]:  # fmt: skip
        with self.switches.turn(request, self.task, counted=self.counted) as turn:
            for place in takewhile(lambda _: not signal.is_set(), turn.waiting()):
                yield self._told(doing, standing(place))
            if signal.is_set():
                return
            yield self._told(doing, busy(doing))
            with closing(work(self.services.value())) as updates:
                yield from takewhile(lambda _: not signal.is_set(), updates)

    def _told(self, doing: str, notice: str) -> Updates:
        return {self.notice: notice} if doing else {}

    def on_start(
        self, handler: Callable[..., Iterator[Updates]], given: list[Any], shown: list[Any]
    ) -> None:
        """Connect both buttons; what is pressed just after a choice of a scan is meant for that."""
        assert self.start is not None, "work without a button is started by something else"
        self.start.click(
            guarded(handler, self.refuse), given, shown, js=AFTER_CHOICES, **IN_QUEUE
        )  # fmt: skip
        if self.stop is not None:
            self.stop.click(self.end, None, self.notice, **QUICK)

    def held_back(self, request: gr.Request) -> Updates:
        """What is shown where a scan is being opened that this waits for; empty where none is."""
        if not self.switches.current(request, OPEN):
            return {}
        return {self.held: True, self.notice: busy(HELD)}

    def on_open(
        self, handler: Callable[..., Iterator[Updates]], given: list[Any], shown: list[Any],
        events: "Opening",
    ) -> Any:  # fmt: skip
        """Begin what waits for a scan once one is open, or say that it could not be.

        Returns:
            The event in which it runs.
        """

        due, begun = gr.State(0), gr.State(0)  # how often it was to begin, and has begun

        def resume(held: bool, scan: Scan | None, times: int) -> Updates:
            return {self.held: False, due: times + 1} if held and scan is not None else {}

        def begin(request: gr.Request, times: int, before: int, *given: Any) -> Iterator[Updates]:
            # A state has changed for Gradio's page also when it first hears of it.
            if times != before:
                yield {begun: times}
                yield from handler(*given, request=request)

        events.failed.change(self.give_up, self.held, [self.held, self.notice], **QUICK)
        # Later, as what is asked for while the parts turn is held, too.
        events.turning.add_later(resume, [self.held, events.turning.scan, due], [self.held, due])
        return due.change(
            guarded(begin, self.refuse), [due, begun, *given], [begun, *shown], **IN_QUEUE
        )

    def give_up(self, held: bool) -> Updates:
        """The scan that this waits for could not be opened."""
        return {self.held: False, self.notice: told(NOT_OPENED)} if held else gr.skip()

    def end(self, request: gr.Request) -> Updates:
        """What the stop button does; the work ends with its present step."""
        self.switches.stop(request, self.task)
        return {self.notice: busy("Stopping.")}

    def drop(self, request: gr.Request) -> Updates:
        """End it without a last word, for instance because its scan is no longer open."""
        self.switches.supersede(request, self.task)
        return self._going(False)

    def refuse(self, message: str) -> Updates:
        """Why it can't be done, or what went wrong; the results so far stay, and are told apart."""
        return {self.notice: problem(message), **self._going(False), **self._marked(True)}

    def found(self, what: str) -> Updates:
        """To be sent with results: what they are of. Empty where there are none any more."""
        words = told(EARLIER.format(what=what)) if what else NOTHING
        return {self.earlier: gr.HTML(value=words, visible=False)} if self.earlier else {}

    def _marked(self, marked: bool) -> Updates:
        return {self.earlier: gr.HTML(visible=marked)} if self.earlier else {}

    def _going(self, going: bool) -> Updates:
        buttons = ((self.start, not going), (self.stop, going))
        return {button: gr.Button(visible=shown) for button, shown in buttons if button}


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What happens when a scan is opened, for work that waits for it.

    Attributes:
        turning: what all parts do at once when another scan is open.
        failed: changes when a scan could not be opened.
    """

    turning: Turning
    failed: gr.State


def build_earlier(name: str) -> gr.HTML:
    """Where a refusal says what the results below are of; `name` begins its id."""
    return gr.HTML(visible=False, elem_id=f"{name}-earlier", elem_classes="explain-notice")
