"""The line is fair, bounded and tells its wait; a clock of our own stands for the seconds."""

import threading
from dataclasses import dataclass, field

import pytest

from med3dvlm.hosting.models import queue as line_module
from med3dvlm.hosting.models.queue import BusyError, Line, Place, Turn


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Room:
    """A line whose turns are told apart by letters."""

    line: Line
    clock: Clock = field(default_factory=Clock)
    turns: dict[str, Turn] = field(default_factory=dict)

    def join(self, *names: str, work: str = "answer") -> None:
        for name in names:
            self.turns[name] = self.line.join(name.rstrip("0123456789"), work)

    def served(self) -> set[str]:
        return {name for name, turn in self.turns.items() if next(turn.waiting(), None) is None}

    def done(self, *names: str) -> None:
        for name in names:
            self.turns.pop(name).__exit__(None, None, None)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(line_module, "LOOK_SECONDS", 0.001)
    clock = Clock()
    return Room(Line(places=2, most=20, per_visitor=4, clock=clock), clock)


def test_so_many_are_served_and_the_others_wait(room: Room) -> None:
    room.join("a", "b", "c")
    assert room.served() == {"a", "b"}
    room.done("a")
    assert room.served() == {"b", "c"}


def test_one_visitor_does_not_take_the_others_turns(room: Room) -> None:
    """Four requests of `a` came first, yet `b` and `c` are served before a's third."""
    room.join("a1", "a2", "a3", "a4", "b", "c")
    assert room.served() == {"a1", "a2"}
    room.clock.now = 5.0
    room.done("a1")
    assert room.served() == {"a2", "b"}
    room.done("a2")
    assert room.served() == {"b", "c"}
    room.done("b", "c")
    assert room.served() == {"a3", "a4"}


def test_newcomers_do_not_overtake_for_ever(room: Room) -> None:
    """Somebody who comes back is served although new visitors keep coming."""
    room.join("a1", "x0")
    room.join("a2")
    for number in range(1, 12):
        room.join(f"{chr(ord('b') + number)}")
        if "a2" in room.served():
            return
        room.clock.now += 5
        room.done(min(room.served()))
    raise AssertionError("a2 was never served")


def test_place_and_wait_are_told_from_what_work_took_before(room: Room) -> None:
    room.join("a")
    room.clock.now = 10.0
    room.done("a")
    room.join("b", "c", "d", "e")
    room.clock.now = 14.0
    assert next(room.turns["d"].waiting()) == Place(0, (6.0 + 6.0) / 2)
    assert next(room.turns["e"].waiting()) == Place(1, (6.0 + 6.0 + 10.0) / 2)


def test_work_that_takes_longer_than_usual_still_has_a_wait(room: Room) -> None:
    room.join("a", "b", "c")
    room.clock.now = 500.0
    assert next(room.turns["c"].waiting()).seconds > 0


def test_a_visitor_has_a_limit_and_others_go_on(room: Room) -> None:
    room.join("a1", "a2", "a3", "a4")
    with pytest.raises(BusyError, match="4 of your requests"):
        room.join("a5")
    room.join("b")


def test_a_full_line_says_so(room: Room) -> None:
    room.join(*(f"{chr(ord('a') + n)}" for n in range(22)))
    with pytest.raises(BusyError, match="20 requests are waiting"):
        room.join("z")


def test_who_gives_up_waiting_leaves_no_gap(room: Room) -> None:
    room.join("a", "b", "c", "d")
    room.done("c")
    room.done("a")
    assert room.served() == {"b", "d"}
    room.done("b", "d")
    assert (room.line.waiting, room.line.running) == (0, 0)


def test_a_closed_line_takes_nobody_and_waits_for_who_is_there() -> None:
    line = Line(places=1)
    with line.join("a", "answer"):
        assert not line.close("closed", seconds=0.01)
        with pytest.raises(BusyError, match="closed"):
            line.join("b", "answer")
    assert line.close("closed", seconds=0.01)


def test_a_waiting_thread_is_woken_at_once() -> None:
    line, order = Line(places=1), []

    def work() -> None:
        with line.join("b", "answer") as turn:
            list(turn.waiting())
            order.append("b")

    with line.join("a", "answer"):
        thread = threading.Thread(target=work)
        thread.start()
        order.append("a")
    thread.join(5)
    assert order == ["a", "b"]


def test_memory_of_visitors_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "REMEMBERED", 10)
    line = Line(places=1)
    for number in range(50):
        with line.join(f"visitor {number}", "answer"):
            pass
    assert len(line._book.finish) <= 10
