"""Gives everybody's events their turn: in Gradio's queue who comes first is served first.

    share_the_queue()       # before page.queue(max_size=...)

One visitor could fill it, and each kind of event has a few places, which went to those who came
first: while 300 phantoms were made for one, nobody else's scan was opened.
"""

import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from gradio import queueing
from gradio.queueing import Event, EventQueue

from med3dvlm.hosting.gate.request_head import ADDRESS_HEADER, VISITOR_HEADER

SHARE_OF_VISITOR, SHARE_OF_ADDRESS = 0.25, 0.75  # of what waits, and of what runs
TOO_MANY = "{} of your clicks are still waiting for their turn. Try again in a minute."
TOO_MANY_HERE = "Too many clicks from your address are still waiting. Try again in a minute."


class Sender(NamedTuple):
    """Who sent an event; the address is empty without a guard in front."""

    visitor: str = ""
    address: str = ""


def sender_of(event: Event) -> Sender:
    """Who sent an event of a `FairQueue`."""
    known: Sender = getattr(event, "sender", Sender())
    return known


class FairQueue(queueing.Queue):
    """Gradio's queue of events, in which no visitor and no address has everything."""

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """Let an event wait, unless too many of its visitor or its address do."""
        visitor, address = (
            request.headers.get(name.decode(), "") for name in (VISITOR_HEADER, ADDRESS_HEADER)
        )
        sender = Sender(visitor or body.session_hash or "", address)
        refusal = self._refusal_of(sender)
        if refusal:
            return False, refusal, "queue_full"
        done, told, state = await super().push(body, request, username)
        if done:
            self.event_ids_to_events[str(told)].sender = sender  # type: ignore[attr-defined]
        return done, told, state

    def _refusal_of(self, sender: Sender) -> str:
        queues = self.event_queue_per_concurrency_id.values()
        waiting = [sender_of(event) for queue in queues for event in queue.queue]
        most = self.max_size or math.inf
        own = sum(one.visitor == sender.visitor for one in waiting)
        near = sum(bool(one.address) and one.address == sender.address for one in waiting)
        if own >= SHARE_OF_VISITOR * most:
            return TOO_MANY.format(own)
        return TOO_MANY_HERE if near >= SHARE_OF_ADDRESS * most else ""

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """The next event, of whom the fewest run already; no event of this app is a batch."""
        names = [name for name, one in self.event_queue_per_concurrency_id.items() if one.queue]
        running = [event for job in self.active_jobs if job for event in job] if names else []
        everywhere = Counter(sender_of(event).address for event in running)
        most = max(1, int(SHARE_OF_ADDRESS * len(self.active_jobs)))
        satisfied = {one for one, number in everywhere.items() if one and number >= most}
        random.shuffle(names)
        for name in names:
            queue = self.event_queue_per_concurrency_id[name]
            here = [sender_of(event) for event in running if event.concurrency_id == name]
            event = next_of(queue, here, satisfied)
            if event is not None:
                queue.queue.remove(event)
                return [event], False, name
        return None

    def broadcast_estimations(self, concurrency_id: str, after: int | None = None) -> None:
        """Tell who has just come; all the others were told again whenever an event began."""
        if after is not None:
            super().broadcast_estimations(concurrency_id, after)


def next_of(queue: EventQueue, running: Sequence[Sender], satisfied: set[str]) -> Event | None:
    """Which event of a kind begins next, if one may.

    Args:
        queue: what waits of that kind.
        running: who has events of that kind that run.
        satisfied: addresses that have their share of all that runs.
    """
    limit = queue.concurrency_limit
    if limit is not None and queue.current_concurrency >= limit:
        return None
    own, near = Counter(running), Counter(one.address for one in running if one.address)
    most_own, most_near = _shares_of(limit)
    first: dict[Sender, Event] = {}
    for event in queue.queue:
        first.setdefault(sender_of(event), event)
    allowed = [
        one
        for one in first
        if not one.address  # nobody knows who it is
        or (own[one] < most_own and near[one.address] < most_near and one.address not in satisfied)
    ]
    best = min(allowed, key=lambda one: (own[one], near[one.address]), default=None)
    return None if best is None else first[best]


def _shares_of(limit: int | None) -> tuple[float, float]:
    """How many of the places of a kind of event one visitor and one address may have."""
    if limit is None:
        return math.inf, math.inf
    return max(1, limit // 2), max(1, int(SHARE_OF_ADDRESS * limit))


def share_the_queue() -> None:
    """Replace the queue of pages that are built from now on."""
    queueing.Queue = FairQueue  # type: ignore[misc]
