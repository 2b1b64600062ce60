"""Stop buttons: each visitor's running answer or report can be asked to end at the next token.

    signal = switches.renew(request, "chat")      # when a question is taken; ends one that runs
    if not signal.take_up(): return               # where its stream begins
    if signal.is_set(): ...                       # in the stream
    switches.stop(request, "chat")                # in the stop button's handler

Gradio's own `cancels` ends the stream to the browser, but leaves a generator that has not yielded
yet to the garbage collector; the signal reaches it in any case.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import gradio as gr

from med3dvlm.hosting.models.queue import BusyError, ModelQueue, QueueTurn
from med3dvlm.hosting.operations.memory import MemoryBudget, budget_bytes
from med3dvlm.hosting.reading.opening import ReadingFor, ScanOpener, opened_here
from med3dvlm.ui.page.visitor import call_of, holder_of, session_of, visitor_of

OPEN = "open"  # the task of opening a scan


class Signal(threading.Event):
    """Belongs to one task, and is set when that is to end.

    Attributes:
        about: what the task is about, where that matters to who may end it.
        begun: how often the task was begun and has not ended; each time gave a new signal.
    """

    def __init__(self, about: object = None) -> None:
        super().__init__()
        self.about = about
        self.begun = 1
        self._begun = threading.Lock()

    def take_up(self) -> bool:
        """True once: of two streams that were sent for one task the second has nothing to do."""
        return self._begun.acquire(blocking=False)


class Switches:
    """Signals by visitor and task. Holds nothing else of a visitor, and is emptied on leaving.

    Attributes:
        budget: memory of open scans.
    """

    def __init__(
        self,
        queue: ModelQueue | None = None,
        budget: MemoryBudget | None = None,
        open_scan: ScanOpener = opened_here,
        is_open: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._queue = queue or ModelQueue()
        self.budget = budget or MemoryBudget(budget_bytes(0))
        self._open_scan, self._is_open = open_scan, is_open
        self._lock = threading.Lock()
        self._signals: dict[str, dict[str, Signal]] = {}
        self._numbers = itertools.count()

    def turn(self, request: gr.Request, work: str, *, counted: bool = True) -> QueueTurn:
        """A turn with the model; wait for it before the work.

        `counted` against what one visitor may ask for at a time.

        Raises:
            BusyError: there is no room in the queue.
        """
        holder = holder_of(request)
        address = holder.address if holder else ""
        return self._queue.join(visitor_of(request), work, counted=counted, address=address)

    def reading_for(
        self, request: gr.Request | None, wanted: Callable[[], bool] | None = None
    ) -> ReadingFor:
        """How an upload is read: as long as it is `wanted`, or else the page is open."""
        if request is None:
            return ReadingFor(self._open_scan)
        here = wanted or partial(self._is_open, session_of(request))
        return ReadingFor(self._open_scan, here, holder_of(request))

    @contextmanager
    def errand(self, request: gr.Request, work: str) -> Iterator[Callable[[], bool]]:
        """A turn for a call without a page, once it has come; tells whether the caller has left.

        Raises:
            BusyError: there is no room in the queue, or the caller left it.
        """
        signal, session = Signal(), call_of(request)
        name = f"{work} {next(self._numbers)}"
        with self._lock:
            self._signals.setdefault(session, {})[name] = signal
        try:
            with self.turn(request, work) as turn:
                for _ in turn.waiting():
                    if signal.is_set():
                        raise BusyError("The caller has left.")
                yield signal.is_set
        finally:
            with self._lock:
                tasks = self._signals.get(session, {})
                tasks.pop(name, None)
                if not tasks:
                    self._signals.pop(session, None)

    def renew(self, request: gr.Request, task: str, about: object = None) -> Signal:
        """A fresh signal for a task that is to start; the one before is set."""
        signal = Signal(about)
        with self._lock:
            tasks = self._signals.setdefault(session_of(request), {})
            if task in tasks:
                tasks[task].set()
                signal.begun += tasks[task].begun
            tasks[task] = signal
        return signal

    def current(self, request: gr.Request, task: str) -> Signal | None:
        """The signal of a task that was begun and is not done."""
        with self._lock:
            return self._signals.get(session_of(request), {}).get(task)

    def done(self, request: gr.Request, task: str, signal: Signal | None) -> None:
        """The task has ended; what has taken its place since goes on."""
        with self._lock:
            tasks = self._signals.get(session_of(request), {})
            if signal is not None and tasks.get(task) is signal:
                del tasks[task]

    def ended(self, request: gr.Request, task: str) -> None:
        """One of those that were begun for the task has ended; with the last the task is done."""
        with self._lock:
            tasks = self._signals.get(session_of(request), {})
            if signal := tasks.get(task):
                signal.begun -= 1
                if signal.begun <= 0:
                    del tasks[task]

    def is_current(self, request: gr.Request, task: str, signal: Signal) -> bool:
        """Whether nothing has taken the place of the task since."""
        with self._lock:
            return self._signals.get(session_of(request), {}).get(task) is signal

    def stop(self, request: gr.Request, task: str | None = None) -> None:
        """End one task of a visitor, or all."""
        self._end(session_of(request), task)

    def supersede(
        self, request: gr.Request, task: str | None = None, *, but_about: object = None
    ) -> None:
        """End one task or all, and leave them no last word: their signal is current no more.

        A task goes on that is about what is to go on: it was begun since.
        """
        with self._lock:
            tasks = self._signals.get(session_of(request), {})
            for name in list(tasks) if task is None else [task]:
                signal = tasks.get(name)
                if signal is not None and (but_about is None or signal.about != but_about):
                    tasks.pop(name).set()

    def forget(self, request: gr.Request) -> None:
        """End what a visitor has running who leaves."""
        self.stop(request)
        with self._lock:
            self._signals.pop(session_of(request), None)

    def hang_up(self, call: str) -> None:
        """End what runs for a call without a page; nobody waits for it."""
        self._end(call)

    def _end(self, session: str, task: str | None = None) -> None:
        with self._lock:
            for name, signal in self._signals.get(session, {}).items():
                if task is None or task == name:
                    signal.set()

    def __len__(self) -> int:
        return len(self._signals)
