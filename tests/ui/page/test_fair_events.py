"""Gradio's queue of events, shared between those who use the page."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from gradio import queueing
from gradio.queueing import Event, EventQueue

from med3dvlm.hosting.gate.request_head import ADDRESS_HEADER, VISITOR_HEADER
from med3dvlm.ui.page.fair_events import FairQueue, Sender, next_of, share_the_queue
from tests.hosting.conftest import run_apart

JOIN = "/gradio_api/queue/join"
ANNA, BEN = Sender("anna", "school"), Sender("ben", "home")


def event_of(sender: Sender) -> Event:
    made = Event.__new__(Event)
    made.__dict__.update(sender=sender)
    return made


def waiting(*senders: Sender, limit: int | None = 4, running: int = 0) -> EventQueue:
    queue = EventQueue("open", limit)
    queue.queue, queue.current_concurrency = [*map(event_of, senders)], running
    return queue


def begins(queue: EventQueue, *running: Sender, satisfied: tuple[str, ...] = ()) -> Any:
    event = next_of(queue, running, set(satisfied))
    return None if event is None else queue.queue.index(event)


def test_who_has_the_fewest_running_goes_first() -> None:
    """300 openings of one visitor came before everybody else's."""
    assert begins(waiting(ANNA, ANNA, BEN), ANNA) == 2
    assert begins(waiting(ANNA, ANNA, BEN)) == 0, "else, who came first"
    carla = Sender("carla", "school")
    assert begins(waiting(carla, BEN), ANNA) == 1, "a new cookie is no new address"


def test_a_visitor_has_half_of_the_places_and_an_address_three_quarters() -> None:
    crowd = [Sender(f"{n}", "school") for n in range(4)]
    assert begins(waiting(ANNA, running=2), ANNA, ANNA) is None
    assert begins(waiting(crowd[3], running=3), *crowd[:3]) is None
    assert begins(waiting(BEN, running=3), *crowd[:3]) == 0
    assert begins(waiting(BEN, running=4), *crowd) is None, "there are no more places"
    assert begins(waiting(ANNA, limit=1)) == 0
    assert begins(waiting(ANNA, limit=None), *[ANNA] * 50) == 0
    assert begins(waiting(ANNA, limit=None), satisfied=("school",)) is None


def test_without_a_guard_nobody_is_told_from_another() -> None:
    assert begins(waiting(Sender(), running=3), Sender(), Sender(), Sender()) == 0


@pytest.fixture
def held() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def join(held: threading.Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Presses a button of a page, whose work waits for `held`."""
    monkeypatch.setattr(queueing, "Queue", queueing.Queue)
    share_the_queue()

    async def build() -> Any:
        with gr.Blocks() as page:
            gr.Button().click(lambda: held.wait(20) and None, concurrency_limit=4)
        return page.queue(max_size=16)

    page = run_apart(build())
    assert isinstance(page._queue, FairQueue)
    with TestClient(page.app) as client:
        assert client.get("/gradio_api/startup-events").json()

        def press(sender: Sender, session: str = "") -> Any:
            headers = {
                VISITOR_HEADER.decode(): sender.visitor,
                ADDRESS_HEADER.decode(): sender.address,
            }
            body = {"data": [], "fn_index": 0, "session_hash": session or sender.visitor}
            return client.post(JOIN, json=body, headers=headers)

        press.queue = page._queue  # type: ignore[attr-defined]
        yield press
        held.set()


def running(queue: FairQueue, number: int) -> list[str]:
    """Whose events run, as soon as there are so many."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        jobs = [event for job in queue.active_jobs if job for event in job]
        if len(jobs) == number:
            return sorted(event.sender.visitor for event in jobs)  # type: ignore[attr-defined]
        time.sleep(0.01)
    raise AssertionError(f"{len(jobs)} run")


def test_one_visitor_leaves_places_to_others(join: Any) -> None:
    """One visitor's events filled the queue, and everybody was told that it was full."""
    answers = [join(ANNA) for _ in range(9)]
    assert running(join.queue, 2) == ["anna", "anna"]
    assert [answer.status_code for answer in answers].count(200) == 6, "a quarter of 16 wait"
    assert "of your clicks are still waiting" in answers[-1].json()["detail"]
    assert join(BEN).status_code == 200
    assert running(join.queue, 3) == ["anna", "anna", "ben"]


def test_new_cookies_of_one_address_leave_room_to_others(join: Any) -> None:
    answers = [join(Sender(f"anna {n}", "school")) for n in range(20)]
    assert len(running(join.queue, 3)) == 3
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 20 - 3 - 12
    assert "from your address" in refused[0].json()["detail"]
    assert join(BEN).status_code == 200
    assert "ben" in running(join.queue, 4)


def test_who_waits_is_not_told_again_whenever_another_begins(join: Any) -> None:
    """Each event that began, and each second, told everybody who waited."""
    for _ in range(4):
        join(ANNA)
    running(join.queue, 2)
    before = join.queue.pending_messages_per_session["anna"].qsize()
    for _ in range(3):
        join.queue.broadcast_estimations(next(iter(join.queue.event_queue_per_concurrency_id)))
    assert join.queue.pending_messages_per_session["anna"].qsize() == before
