"""Who makes much work waits while there are others, and nobody waits otherwise."""

import asyncio
from collections.abc import Iterator

import pytest

from med3dvlm.hosting.gate import pace as pace_module
from med3dvlm.hosting.gate.pace import (
    BURST,
    EVENT,
    LONGEST_WAIT,
    MEGABYTE,
    OTHERS_SECONDS,
    REQUEST,
    STREAM,
    UPLOAD,
    WORK_A_SECOND,
    Pace,
    work_of,
)
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_bodies import Message
from med3dvlm.hosting.gate.request_head import RequestHead
from tests.hosting.conftest import ANNA, BEN, Clock, GuardedApp, run_apart

HOME, SCHOOL = ("10.0.0.9", 1), ("10.0.0.8", 1)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How long waits were, without having waited."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


def waited(pace: Pace, address: str, work: float, slept: list[float]) -> float:
    slept.clear()
    run_apart(pace.turn(address, work))
    return sum(slept)


def test_whoever_is_alone_waits_for_nothing(slept: list[float]) -> None:
    pace = Pace(Clock())
    assert not any(waited(pace, "school", BURST, slept) for _ in range(50))


def test_with_others_an_address_has_its_share(slept: list[float]) -> None:
    """One machine took three quarters of a processor: thirty others waited three times as long."""
    clock = Clock()
    pace = Pace(clock)
    waited(pace, "school", REQUEST, slept)
    assert waited(pace, "flood", BURST, slept) == 0
    assert waited(pace, "flood", WORK_A_SECOND, slept) == pytest.approx(1)
    assert waited(pace, "flood", WORK_A_SECOND, slept) == pytest.approx(2)
    assert waited(pace, "school", WORK_A_SECOND, slept) == 0
    clock.now += 3
    assert waited(pace, "flood", WORK_A_SECOND, slept) == 0
    assert waited(pace, "flood", 9 * WORK_A_SECOND, slept) == LONGEST_WAIT
    with pytest.raises(RefusedError, match="Wait a few seconds"):
        waited(pace, "flood", REQUEST, slept)
    clock.now += OTHERS_SECONDS
    assert waited(pace, "flood", 5 * BURST, slept) == 0, "the others are gone"


def test_what_comes_and_goes_is_work(slept: list[float]) -> None:
    pace = Pace(Clock())

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(2**20), "more_body": True}

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def go() -> None:
        await pace.turn("school", REQUEST)
        await pace.turn("flood", BURST)
        for _ in range(3):
            await pace.counting(receive, "flood")()
        await pace.counting(leave, "flood")()

    run_apart(go())
    share = MEGABYTE / WORK_A_SECOND
    assert slept == pytest.approx([share, 2 * share, 3 * share])
    pace.sent("flood", 2**20)
    assert waited(pace, "flood", 0.0, slept) == pytest.approx(4 * share)


def test_addresses_of_long_ago_are_forgotten(
    monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    monkeypatch.setattr(pace_module, "REMEMBERED", 3)
    pace = Pace(Clock())
    for number in range(9):
        waited(pace, f"{number}", REQUEST, slept)
    assert list(pace._left) == ["6", "7", "8"]


@pytest.mark.parametrize(
    ("method", "path", "work"),
    [
        ("GET", "/", REQUEST),
        ("GET", "/gradio_api/heartbeat/x", STREAM),
        ("POST", "/gradio_api/queue/join", EVENT),
        ("POST", "/gradio_api/mcp/", EVENT),
        ("GET", "/gradio_api/mcp/schema", EVENT),
        ("POST", "/gradio_api/upload", UPLOAD),
        ("GET", "/gradio_api/call/ask/x", REQUEST),
    ],
)
def test_a_request_costs_what_it_makes(method: str, path: str, work: float) -> None:
    head = RequestHead({"method": method, "path": path, "headers": []}, proxy=False)
    assert work_of(head) == work


def test_the_guard_lets_a_busy_address_wait(guarded: GuardedApp, slept: list[float]) -> None:
    guarded.ask("GET", "/gradio_api/app_id", cookie=ANNA, client=HOME)
    assert not slept
    guarded.guard.pace.sent(guarded.address(SCHOOL), 2**30)
    guarded.post("/gradio_api/queue/join", {"session_hash": "a"}, cookie=BEN, client=SCHOOL)
    assert slept
    slept.clear()
    guarded.post("/gradio_api/queue/join", {"session_hash": "b"}, cookie=ANNA, client=HOME)
    assert not slept
