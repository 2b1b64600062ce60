"""What the parts of a page do when another scan is open, as one event for all of them.

    turning = Turning(session.scan)
    turning.add(part.turn_to, [part.kind], part.shown)    # each part
    turning.wire()                                        # once all are there

Each event costs a request, and the page more than that; one for each part made a change of the scan
cost forty.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED


@dataclass(frozen=True, slots=True)
class _Turn:
    handler: Callable[..., Updates]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    takes_request: bool

    def updates(self, values: dict[Any, Any], request: gr.Request) -> Updates:
        """What it changes; nothing if it fails, which is logged: the others turn all the same."""
        given = [values[part] for part in self.inputs]
        said = self.handler(*given, **({"request": request} if self.takes_request else {}))
        return {part: said[part] for part in self.outputs if part in said}


def _turn(handler: Callable[..., Updates], inputs: Sequence[Any], outputs: Sequence[Any]) -> _Turn:
    takes_request = "request" in inspect.signature(handler).parameters
    return _Turn(guarded(handler, _untold), tuple(inputs), tuple(outputs), takes_request)


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
        self, handler: Callable[..., Updates], inputs: Sequence[Any], outputs: Sequence[Any]
    ) -> None:
        """Have a handler called when another scan is open."""
        self._turns.append(_turn(handler, inputs, outputs))

    def add_later(
        self, handler: Callable[..., Updates], inputs: Sequence[Any], outputs: Sequence[Any]
    ) -> None:
        """Have a handler called after all of the others, with what there is by then."""
        self._later.append(_turn(handler, inputs, outputs))

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


def _untold(_: str) -> Updates:
    """Nothing: the error is logged, and concerns a part that nobody has touched yet."""
    return {}
