"""What the parts of a page do when another scan is open, as one event for all of them.

    turning = Turning(session.scan)
    turning.add(part.turn_to, [part.kind], part.shown)            # each part
    turning.resuming(is_waiting, [part.waits])(part.begin, ...)   # what waits for a scan
    turning.wire()                                                # once all are there

Each event costs a request, and the page more than that: one for each part, and one for each step of
what might have waited, made a change of the scan cost forty. A page has two of these: one for what
a visitor may use in the next moment (questions, report, hits), which has to be told before that,
and one for all the rest.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED

Say = Callable[[str], Updates]


def _untold(_: str) -> Updates:
    """Nothing: the error is logged, and concerns a part that nobody has touched yet."""
    return {}


@dataclass(frozen=True, slots=True)
class _Turn:
    handler: Callable[..., Updates]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    request_at: int | None  # where the visitor's request stands among the parameters

    def updates(self, values: dict[Any, Any], request: gr.Request) -> Updates:
        """What it changes, or says of its error, which is logged: the others turn all the same."""
        given = [values[part] for part in self.inputs]
        if self.request_at is not None:
            given.insert(self.request_at, request)
        said = self.handler(*given)
        return {part: said[part] for part in self.outputs if part in said}


def _turn(
    handler: Callable[..., Updates], inputs: Sequence[Any], outputs: Sequence[Any], say: Say
) -> _Turn:
    names = list(inspect.signature(handler).parameters)
    request_at = names.index("request") if "request" in names else None
    return _Turn(guarded(handler, say), tuple(inputs), tuple(outputs), request_at)


@dataclass(frozen=True)
class Turning:
    """Handlers for a change of the scan, each with what it takes and what it changes.

    A handler is quick and returns a dictionary of updates. A parameter named `request` gets the
    visitor's request. All are called with values of the same moment.
    """

    scan: gr.State
    _turns: list[_Turn] = field(default_factory=list)
    _later: list[_Turn] = field(default_factory=list)

    def add(
        self, handler: Callable[..., Updates], inputs: Sequence[Any], outputs: Sequence[Any],
        say: Say = _untold,
    ) -> None:  # fmt: skip
        """Have a handler called when another scan is open; `say` tells its errors."""
        self._turns.append(_turn(handler, inputs, outputs, say))

    def add_later(
        self, handler: Callable[..., Updates], inputs: Sequence[Any], outputs: Sequence[Any]
    ) -> None:
        """Have a handler called after all of the others, with what there is by then."""
        self._later.append(_turn(handler, inputs, outputs, _untold))

    def resuming(self, waits: Callable[..., bool], inputs: Sequence[Any]) -> Callable[..., Any]:
        """The event that follows all others if something waits for the scan; none if nothing does.

        Args:
            waits: whether something does, by the values of `inputs`.
            inputs: what it is known by.

        Returns:
            What takes a handler, its inputs and outputs, like the listener of a component.
        """
        due = gr.State(0)  # how often something was to begin

        def note(times: int, *given: Any) -> Updates:
            return {due: times + 1} if waits(*given) else {}

        self.add_later(note, [due, *inputs], [due])
        return due.change

    def wire(self) -> None:
        """Connect the one event, and the one that follows it."""
        turned = self.scan.change(*_in_one(self._turns), **QUICK)
        # In the queue, as a state that changed outside it starts nothing in Gradio's page.
        turned.then(*_in_one(self._later), **SHARED)


def _in_one(turns: Sequence[_Turn]) -> tuple[Callable[..., Updates], list[Any], list[Any]]:
    """The handler of all, its inputs and its outputs."""
    inputs = list(dict.fromkeys(part for turn in turns for part in turn.inputs))
    outputs = list(dict.fromkeys(part for turn in turns for part in turn.outputs))

    def turn_all(request: gr.Request, *given: Any) -> Updates:
        values = dict(zip(inputs, given, strict=True))
        said: Updates = {}
        for turn in turns:
            said |= turn.updates(values, request)
        return said or gr.skip()

    return turn_all, inputs, outputs
