"""The same questions before and after the model's input was changed.

pairs = before_and_after(dialogue, 2)        # where exchange 2 is the first with another input
again = to_ask_again(dialogue, choice)       # what to ask, so that there is something to compare
"""

from itertools import takewhile
from typing import NamedTuple

from med3dvlm.engine.dialogue import Dialogue, Exchange
from med3dvlm.volumes.grid import InputChoice


class Pair(NamedTuple):
    """A question, and its answers with the earlier and with the later input."""

    question: str
    before: str
    after: str


def before_and_after(dialogue: Dialogue, index: int) -> tuple[Pair, ...]:
    """Questions that were answered before the exchange at `index`, and again with its input."""
    prepared = dialogue.exchanges[index].prepared
    later = takewhile(lambda one: one.prepared == prepared, dialogue.exchanges[index:])
    after = {one.question: one.answer for one in later if one.state == "complete"}
    before = _answered_otherwise(dialogue.before(index), prepared)
    return tuple(
        Pair(question, one.answer, after[question])
        for question, one in before.items()
        if question in after
    )


def to_ask_again(dialogue: Dialogue, prepared: InputChoice) -> tuple[Exchange, ...]:
    """Exchanges with another input, whose questions were not asked since with this one."""
    since = {one.question for one in dialogue.seen_as(prepared).exchanges}
    before = _answered_otherwise(dialogue, prepared)
    return tuple(one for question, one in before.items() if question not in since)


def _answered_otherwise(dialogue: Dialogue, prepared: InputChoice) -> dict[str, Exchange]:
    """Each question that was answered with another input, with its latest such exchange."""
    return {
        one.question: one
        for one in dialogue.exchanges
        if one.prepared != prepared and one.state == "complete"
    }
