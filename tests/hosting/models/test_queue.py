"""The queue is fair, bounded and tells its wait; a clock of our own stands for the seconds."""

import threading
from dataclasses import dataclass, field

import pytest

from med3dvlm.config import Settings
from med3dvlm.hosting.models import queue as queue_module
from med3dvlm.hosting.models.queue import BusyError, ModelQueue, QueuePlace, QueueTurn


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Visitors:
    """A queue whose turns are told apart by letters."""

    queue: ModelQueue
    clock: Clock = field(default_factory=Clock)
    turns: dict[str, QueueTurn] = field(default_factory=dict)

    def join(self, *names: str, work: str = "answer") -> None:
        for name in names:
            self.turns[name] = self.queue.join(name.rstrip("0123456789"), work)

    def served(self) -> set[str]:
        return {name for name, turn in self.turns.items() if next(turn.waiting(), None) is None}

    def done(self, *names: str) -> None:
        for name in names:
            self.turns.pop(name).__exit__(None, None, None)


@pytest.fixture
def visitors(monkeypatch: pytest.MonkeyPatch) -> Visitors:
    monkeypatch.setattr(queue_module, "LOOK_SECONDS", 0.001)
    clock = Clock()
    return Visitors(ModelQueue(at_once=2, most_waiting=20, per_visitor=4, clock=clock), clock)


def test_so_many_are_served_and_the_others_wait(visitors: Visitors) -> None:
    visitors.join("a", "b", "c")
    assert visitors.served() == {"a", "b"}
    visitors.done("a")
    assert visitors.served() == {"b", "c"}


def test_one_visitor_does_not_take_the_others_turns(visitors: Visitors) -> None:
    """Four requests of `a` came first, yet `b` and `c` are served before a's third."""
    visitors.join("a1", "a2", "a3", "a4", "b", "c")
    assert visitors.served() == {"a1", "a2"}
    visitors.clock.now = 5.0
    visitors.done("a1")
    assert visitors.served() == {"a2", "b"}
    visitors.done("a2")
    assert visitors.served() == {"b", "c"}
    visitors.done("b", "c")
    assert visitors.served() == {"a3", "a4"}


def test_newcomers_do_not_overtake_for_ever(visitors: Visitors) -> None:
    """Somebody who comes back is served although new visitors keep coming."""
    visitors.join("a1", "x0")
    visitors.join("a2")
    for number in range(1, 12):
        visitors.join(f"{chr(ord('b') + number)}")
        if "a2" in visitors.served():
            return
        visitors.clock.now += 5
        visitors.done(min(visitors.served()))
    raise AssertionError("a2 was never served")


def test_place_and_wait_are_told_from_what_work_took_before(visitors: Visitors) -> None:
    visitors.join("a")
    visitors.clock.now = 10.0
    visitors.done("a")
    visitors.join("b", "c", "d", "e")
    visitors.clock.now = 14.0
    assert next(visitors.turns["d"].waiting()) == QueuePlace(0, (6.0 + 6.0) / 2)
    assert next(visitors.turns["e"].waiting()) == QueuePlace(1, (6.0 + 6.0 + 10.0) / 2)


def test_work_that_takes_longer_than_usual_still_has_a_wait(visitors: Visitors) -> None:
    visitors.join("a", "b", "c")
    visitors.clock.now = 500.0
    assert next(visitors.turns["c"].waiting()).seconds > 0


def test_a_visitor_has_a_limit_and_others_go_on(visitors: Visitors) -> None:
    visitors.join("a1", "a2", "a3", "a4")
    with pytest.raises(BusyError, match="You have 4 requests"):
        visitors.join("a5")
    visitors.join("b")


def test_what_a_page_does_by_itself_does_not_count_against_its_visitor(visitors: Visitors) -> None:
    visitors.join("a1", "a2", "a3", "a4")
    turn = visitors.queue.join("a", "read", counted=False)
    with pytest.raises(BusyError, match="You have 4 requests"):
        visitors.join("a5")
    turn.__exit__(None, None, None)


def test_a_full_queue_says_so(visitors: Visitors) -> None:
    visitors.join(*(f"{chr(ord('a') + n)}" for n in range(22)))
    with pytest.raises(BusyError, match="20 requests are already waiting"):
        visitors.join("z")


def test_who_gives_up_waiting_leaves_no_gap(visitors: Visitors) -> None:
    visitors.join("a", "b", "c", "d")
    visitors.done("c")
    visitors.done("a")
    assert visitors.served() == {"b", "d"}
    visitors.done("b", "d")
    assert (visitors.queue.waiting, visitors.queue.running) == (0, 0)


def test_a_closed_queue_takes_nobody_and_waits_for_who_is_there() -> None:
    queue = ModelQueue(at_once=1)
    with queue.join("a", "answer"):
        assert not queue.close("closed", seconds=0.01)
        with pytest.raises(BusyError, match="closed"):
            queue.join("b", "answer")
    assert queue.close("closed", seconds=0.01)


def test_a_waiting_thread_is_woken_at_once() -> None:
    queue, order = ModelQueue(at_once=1), []

    def work() -> None:
        with queue.join("b", "answer") as turn:
            list(turn.waiting())
            order.append("b")

    with queue.join("a", "answer"):
        thread = threading.Thread(target=work)
        thread.start()
        order.append("a")
    thread.join(5)
    assert order == ["a", "b"]


def test_memory_of_visitors_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "REMEMBERED", 10)
    queue = ModelQueue(at_once=1)
    for number in range(50):
        with queue.join(f"visitor {number}", "answer"):
            pass
    assert len(queue._fair_clock.finish) <= 10


def test_one_address_never_has_all_places() -> None:
    """New cookies cost nothing: 64 of one address filled the queue, and nobody else got in."""
    queue = ModelQueue(at_once=1, most_waiting=8)
    turns = [queue.join(f"cookie {number}", "answer", address="flood") for number in range(7)]
    with pytest.raises(BusyError, match="from your address"):
        queue.join("cookie 7", "answer", address="flood")
    turns += [queue.join("anna", "answer", address="school"), queue.join("ben", "answer")]
    assert queue.waiting == 8
    for turn in turns:
        turn.__exit__(None, None, None)


def test_one_address_never_has_all_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four files that took two minutes to read, of one visitor, left nobody else a turn."""
    monkeypatch.setattr(queue_module, "LOOK_SECONDS", 0.01)
    queue = ModelQueue(at_once=4)
    flood = [queue.join(f"cookie {number}", "read", address="flood") for number in range(6)]
    page = [queue.join("one cookie", "read", counted=False, address="elsewhere") for _ in range(6)]
    assert queue.running == 4
    assert sum(next(turn.waiting(), None) is None for turn in flood) == 3
    flood.pop(0).__exit__(None, None, None)
    assert sum(next(turn.waiting(), None) is None for turn in page) == 1
    assert sum(next(turn.waiting(), None) is None for turn in flood) == 3
    for turn in flood:
        turn.__exit__(None, None, None)
    assert sum(next(turn.waiting(), None) is None for turn in page) == 2, "half for one visitor"


def test_the_turn_that_is_left_to_others_costs_a_class_nothing() -> None:
    """Of four turns an address had three: a class behind one router paid for what others might do.

    By default there are five, so that it has four, as before.
    """
    queue = ModelQueue(at_once=Settings().at_once)
    for number in range(30):
        queue.join(f"pupil {number}", "answer", address="school")
    assert queue.running == 4
    queue.join("anna", "answer", address="home")
    assert queue.running == 5


def test_who_has_something_running_waits_for_those_who_have_nothing(visitors: Visitors) -> None:
    """One visitor's file that took minutes had a turn beside that of its next question."""
    visitors.join("a1", "b", "a2", "c")
    assert visitors.served() == {"a1", "b"}
    visitors.done("b")
    assert visitors.served() == {"a1", "c"}


def test_work_that_took_longer_than_usual_is_counted_as_it_was(visitors: Visitors) -> None:
    """A file read for two minutes cost its visitor as much as any other, and the next began."""
    visitors.join("a1", "b", "c", "d")

    def next_of_others() -> None:
        visitors.clock.now += 5.0
        served = visitors.served() - {"a1"}
        name = next(name for name in visitors.turns if name in served)  # who began first
        visitors.done(name)
        visitors.join(name)

    for _ in range(24):
        next_of_others()
    visitors.done("a1")
    visitors.join("a2")
    turns = 0
    while "a2" not in visitors.served() and turns < 100:
        next_of_others()
        turns += 1
    assert 16 < turns < 100, "after as much work of the others; once after eight"
