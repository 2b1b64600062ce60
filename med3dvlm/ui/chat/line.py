"""The questions of one visit that wait for their answers, in the order in which they were asked.

A question that comes while the one before has no word of an answer yet waits for it. Each is
answered by an event of its own, so an event takes the oldest that none has taken.
"""

import threading
from collections import deque
from dataclasses import dataclass, field

from med3dvlm.engine.dialogue import Dialogue, Exchange, State
from med3dvlm.errors import PromptError
from med3dvlm.ui.chat.question_flow import PendingQuestion
from med3dvlm.ui.page.session import Conversations, Scan
from med3dvlm.ui.page.stopping import Signal

LOOK_SECONDS = 0.1  # between two looks whether a waiting question was stopped
ONE_IS_HELD = "One question waits until the scan is open. Ask this one when it is."


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
    """The tasks of one visit; any thread may add one or take the next."""

    def __init__(self) -> None:
        self._tasks: deque[AnswerTask] = deque()
        self._last: AnswerTask | None = None
        self._held = ""
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> "Line":
        return Line()  # Gradio copies the first value for every visit

    def add(self, question: PendingQuestion, signal: Signal, exchange: Exchange) -> None:
        """Put a question at the end."""
        with self._lock:
            last = self._last
            self._last = AnswerTask(
                question=question, signal=signal, exchange=exchange,
                after=None if last is None or last.done.is_set() else last.done,
            )  # fmt: skip
            self._tasks.append(self._last)

    def next(self) -> AnswerTask | None:
        """The oldest task that was not taken, if there is one."""
        with self._lock:
            return self._tasks.popleft() if self._tasks else None

    @property
    def waits(self) -> bool:
        """Whether there is a task that was not taken."""
        return bool(self._tasks)

    def hold(self, text: str) -> None:
        """Keep a question for the scan that is being opened.

        Raises:
            PromptError: one is kept already.
        """
        with self._lock:
            if self._held:
                raise PromptError(ONE_IS_HELD)
            self._held = text

    def held_back(self) -> str:
        """The question that was kept, once; empty for none."""
        with self._lock:
            text, self._held = self._held, ""
            return text


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
