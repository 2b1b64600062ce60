"""One answer on its way: its turn with the model, its pieces, and how it ends.

`Answering.pieces` yields what changes on the page: the dialogue, a notice, whether it goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from med3dvlm.engine.dialogue import Dialogue, Exchange
from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.queue import QueueTurn
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.chat.decoding_form import Asking
from med3dvlm.ui.chat.line import Standing
from med3dvlm.ui.chat.question_flow import steps
from med3dvlm.ui.page.notice import NOTHING, standing, told
from med3dvlm.ui.page.session import Encoded, features_of
from med3dvlm.ui.page.stopping import Signal

STOPPED = "Stopped. The answer so far stays in the conversation."


class Piece(NamedTuple):
    """The dialogue as it is now; a notice and whether answering goes on, where that changes."""

    dialogue: Dialogue
    notice: str | None = None
    going: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Answering:
    """What an answer needs: the model, a turn with it, and whether the page still wants it."""

    services: Loading[Services]
    turn: Callable[[], QueueTurn]
    is_current: Callable[[Signal], bool]

    def pieces(self, place: Standing, encoded: Encoded | None, asking: Asking) -> Iterator[Piece]:
        """The answer as it grows. Ends without a last word where another question took over."""
        # The last word of an answer that ended just then may have taken the stop button away.
        shown, going, signal = None, True, place.task.signal
        try:
            for exchange, notice in self._steps(place, encoded, asking):
                now = place.put(exchange)
                if now is None or not self.is_current(signal):
                    return
                yield Piece(now, notice if notice != shown else None, going or None)
                shown, going = notice, False
        except Med3DVLMError:
            if (now := place.end("failed")) is not None:
                yield Piece(now)
            raise
        if self.is_current(signal) and (now := place.end()) is not None:
            # Again what the stop said: a piece of the answer may have reached the page after it.
            stopped = signal.is_set()
            yield Piece(now, told(STOPPED) if stopped else NOTHING, not stopped and now.going)

    def _steps(
        self, place: Standing, encoded: Encoded | None, asking: Asking
    ) -> Iterator[tuple[Exchange, str]]:
        """The exchange as it grows, in its turn with the model; ends early where it is stopped."""
        question, stopped = place.task.question, place.task.signal.is_set
        if stopped():
            return
        features = features_of(encoded, place.scan)
        before = question.standing_in(place.conversations.of(place.scan))
        with self.turn() as turn:
            for queued in takewhile(lambda _: not stopped(), turn.waiting()):
                yield place.exchange, standing(queued)
            for dialogue, notice in steps(
                self.services.value(), features, before, question, asking, stopped
            ):
                yield dialogue.exchanges[question.index], notice
