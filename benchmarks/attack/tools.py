"""Calls of the tools for language models: what is none, and streams that are left open."""

import json
from contextlib import ExitStack
from typing import Any

import httpx

from benchmarks.attack.attempt import (
    API,
    NAME,
    Attack,
    Target,
    at_once,
    expect,
    refused,
)

TOOLS = f"{API}/mcp/"
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
LONG = "x" * 3_000_000
OPEN_STREAMS = 48  # of one visitor


def no_calls(target: Target) -> str:
    """Batches, endless names, half characters: some took 0.2 s of the event loop."""
    messages: list[Any] = [
        [call("tools/list")] * 20_000,
        call("tools/call", name="search_volumes", arguments={"text": [{}] * 50_000}),
        call("tools/call", name="search_volumes", arguments={f"a{n}": n for n in range(50_000)}),
        call("tools/call", name=LONG), call(LONG), call("ping", number=LONG),
        {f"a{n}": n for n in range(50_000)}, call("ping", number="\ud800"),
        call("ping", _meta={"progressToken": LONG}), call("ping", number=10**30), None, [],
    ]  # fmt: skip
    bodies = [json.dumps(one).encode() for one in messages]
    with target.stranger(headers=ACCEPT) as client:
        for body in bodies:
            answer = client.post(TOOLS, content=body)
            expect(refused(answer), f"{body[:60]!r}: {answer.status_code}")

        def ask(place: int) -> int:
            asked = call("tools/call", name=f"{NAME}{place}", arguments={})
            return client.post(TOOLS, json=asked).status_code

        seen = at_once(4, ask, range(target.of(8, 300)))
        expect(max(seen) < 500, f"unknown tools: statuses {sorted(set(seen))}")
    return f"{len(bodies)} refused, {len(seen)} unknown tools answered or refused"


def open_streams(target: Target) -> str:
    """Streams of tools that are opened and left."""
    statuses = []
    with target.stranger(headers=ACCEPT) as client, ExitStack() as left:
        for _ in range(OPEN_STREAMS + 4):
            line = left.enter_context(client.stream("GET", TOOLS, timeout=httpx.Timeout(30)))
            statuses.append(line.status_code)
    expect(429 in statuses and set(statuses) <= {200, 429}, f"statuses {statuses}")
    return f"{statuses.count(200)} let in, the rest refused"


def call(method: str, number: Any = 1, **given: Any) -> dict[str, Any]:
    """One message of a client."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": given}


ATTACKS = (
    Attack("calls of tools that are none", no_calls),
    Attack("streams of tools that are left open", open_streams),
)
