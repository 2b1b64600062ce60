"""Work of one address beside others': one place in a line, or a few places at a time."""

import asyncio
from typing import Any

from med3dvlm.hosting.gate.middleware import GuardMiddleware
from med3dvlm.hosting.gate.turns import FEW, Places, Turns
from tests.hosting.conftest import GuardedApp, run_apart


def test_an_address_with_many_requests_has_one_place_in_the_line() -> None:
    """Whoever comes while forty pages are made for somebody waits for one of them."""

    async def go() -> list[str]:
        turns, order = Turns(), []

        async def make(address: str) -> None:
            async with turns.of(address):
                order.append(address)
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(make("flood")) for _ in range(40)]
        await asyncio.sleep(0)
        await asyncio.gather(*tasks, make("anna"))
        assert not turns._own
        return order

    assert run_apart(go()).index("anna") <= 2


def test_an_address_has_a_few_places_and_gives_them_back() -> None:
    """Of forty of one machine no more than a few are at it; another's first one is at once."""

    async def go() -> tuple[int, int]:
        places, now, most, seen = Places(), set[int](), 0, list[int]()

        async def work(number: int, address: str) -> None:
            nonlocal most
            async with places.of(address):
                now.add(number)
                most = max(most, len(now & set(range(40))))
                seen.append(number)
                await asyncio.sleep(0)
                now.discard(number)

        tasks = [asyncio.create_task(work(number, "flood")) for number in range(40)]
        await asyncio.sleep(0)
        await asyncio.gather(*tasks, work(100, "anna"))
        assert not places._own
        return most, seen.index(100)

    most, place = run_apart(go())
    assert most == FEW
    assert place <= 2 * FEW


def test_who_leaves_a_place_early_or_is_cancelled_gives_it_back_once() -> None:
    async def go() -> int:
        places, stay = Places(1), asyncio.Event()

        async def hold(*, early: bool) -> None:
            async with places.of("a") as leave:
                if early:
                    leave()
                    leave()
                await stay.wait()

        early = [asyncio.create_task(hold(early=True)) for _ in range(3)]
        late = [asyncio.create_task(hold(early=False)) for _ in range(3)]
        await asyncio.sleep(0)
        late[0].cancel()
        late[1].cancel()
        await asyncio.sleep(0)
        stay.set()
        ended = await asyncio.gather(*early, *late, return_exceptions=True)
        assert not places._own
        return sum(one is None for one in ended)

    assert run_apart(go()) == 4


def test_streams_that_stay_open_take_no_place_once_they_have_begun(guarded: GuardedApp) -> None:
    """A page keeps two open as long as it is: an address with three pages has five."""
    begun: list[str] = []

    async def streaming(scope: Any, receive: Any, send: Any) -> None:
        begun.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    async def go() -> None:
        app = GuardMiddleware(streaming, guarded.guard)

        async def more() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def sent(_: Any) -> None: ...

        tasks = []
        for number in range(FEW + 3):
            scope = {
                "type": "http",
                "method": "GET",
                "query_string": b"",
                "client": ("10.0.0.7", 1),
            }
            scope |= {"path": f"/gradio_api/heartbeat/name{number}"}
            scope |= {"headers": [(b"host", b"127.0.0.1:7860")]}
            tasks.append(asyncio.create_task(app(scope, more, sent)))
        for _ in range(50):
            await asyncio.sleep(0.01)
            if len(begun) == FEW + 3:
                break
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run_apart(go())
    assert len(begun) == FEW + 3
