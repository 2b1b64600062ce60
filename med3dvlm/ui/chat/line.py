"""The questions of one visit that wait for their answers, in the order in which they were asked.

A question that comes while the one before has no word of an answer yet waits for it. What one
event has asked is answered by one event, so an event takes the oldest that none has taken.
Questions for a scan that is being opened are held until it is open.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from med3dvlm.engine.dialogue import Dialogue, Exchange, State
from med3dvlm.errors import PromptError
from med3dvlm.ui.chat.question_flow import FULL, MOST_WAITING, PendingQuestion
from med3dvlm.ui.page.session import Conversations, Scan
from med3dvlm.ui.page.stopping import Signal

LOOK_SECONDS = 0.1  # between two looks whether a waiting question was stopped
MOST_RETURNED = 40  # texts on their way back into the box; a page takes each at once


class Asked(NamedTuple):
    """A question, what ends its answer, and where it stands in the conversation."""

    question: PendingQuestion
    signal: Signal
    exchange: Exchange


class Returned(NamedTuple):
    """A text that goes back into the box, and how many went before it."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnswerTask:
    """A question that was taken.

    Attributes:
        question: what was asked.
        signal: ends its answer, and those that wait behind it.
        exchange: where it stands in the conversation.
        after: ends when the question before it was answered; None where it needn't wait.
        done: set at its own end.
    """

    question: PendingQuestion
    signal: Signal
    exchange: Exchange
    after: threading.Event | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def wait_for_turn(self) -> None:
        """Until the question before it was answered, or this one was stopped."""
        while self.after and not self.signal.is_set() and not self.after.wait(LOOK_SECONDS):
            pass


class Line:
    """The questions of one visit; any thread may add some or take the next."""

    def __init__(self) -> None:
        self._tasks: deque[tuple[AnswerTask, ...]] = deque()
        self._last: AnswerTask | None = None
        self._held: list[str] = []
        self._returned: deque[Returned] = deque(maxlen=MOST_RETURNED)
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> "Line":
        return Line()  # Gradio copies the first value for every visit

    def add(self, *asked: Asked) -> None:
        """Put at the end what one event has asked."""
        with self._lock:
            self._tasks.append(tuple(map(self._task, asked)))

    def _task(self, asked: Asked) -> AnswerTask:
        last = self._last
        after = None if last is None or last.done.is_set() else last.done
        self._last = AnswerTask(
            question=asked.question, signal=asked.signal, exchange=asked.exchange, after=after
        )  # fmt: skip
        return self._last

    def next(self) -> tuple[AnswerTask, ...]:
        """The oldest that was not taken: what one event has asked, or nothing."""
        with self._lock:
            return self._tasks.popleft() if self._tasks else ()

    @property
    def held(self) -> tuple[str, ...]:
        """The questions that are kept, in their order."""
        return tuple(self._held)

    def hold(self, text: str) -> tuple[str, ...]:
        """Keep a question for the scan that is being opened; returns all that are kept.

        Raises:
            PromptError: too many are kept already.
        """
        with self._lock:
            if len(self._held) >= MOST_WAITING:
                raise PromptError(FULL)
            self._held.append(text)
            return tuple(self._held)

    def holds(self) -> bool:
        """Whether there are questions that wait for a scan."""
        return bool(self._held)

    def held_back(self) -> tuple[str, ...]:
        """The questions that were kept, once."""
        with self._lock:
            texts, self._held = tuple(self._held), []
            return texts

    def give_back(self, texts: Sequence[str]) -> tuple[Returned, ...]:
        """Send texts back into the box; returns them behind the latest that were sent before.

        Those go along because the page may not have seen them: of two updates in a moment it shows
        the second.
        """
        with self._lock:
            for text in texts:
                number = self._returned[-1].number + 1 if self._returned else 1
                self._returned.append(Returned(number, text))
            return tuple(self._returned)


class Standing:
    """Where an answer stands in its conversation, while it grows.

    Attributes:
        conversations: of the visit.
        scan: what it is about.
        task: the question.
        exchange: the question and its answer so far.
    """

    def __init__(self, conversations: Conversations, scan: Scan, task: AnswerTask) -> None:
        self.conversations, self.scan, self.task = conversations, scan, task
        self.exchange = task.exchange

    def put(self, exchange: Exchange) -> Dialogue | None:
        """The whole dialogue with the answer as it is now; None if its place was taken."""
        now = self.conversations.swap(self.scan, self.exchange, exchange)
        if now is not None:
            self.exchange = exchange
        return now

    def end(self, state: State = "stopped") -> Dialogue | None:
        """The same once answering has ended, complete or not."""
        return self.put(self.exchange.ended(state))
