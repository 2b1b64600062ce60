"""What a language model may send to the tools."""

import json
from typing import Any

import pytest

from med3dvlm.hosting.gate.json_bodies import value_of
from med3dvlm.hosting.gate.rate_limits import OPEN, Visitor
from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.tool_calls import LARGEST_ID, LONGEST_TEXT, MOST_VALUES, check_tool_call
from tests.hosting.conftest import GuardedApp

MCP = "/gradio_api/mcp/"
SCAN = "data:application/gzip;base64," + "A" * 3_000_000


def call(arguments: Any = None, **more: Any) -> dict[str, Any]:
    given = {"name": "ask_volume", "arguments": arguments or {}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": given} | more


@pytest.mark.parametrize(
    "message",
    [
        call({"scan": SCAN, "question": "What? \U0001f600"}),
        call({"text": "stone", "count": 3}, id="a1-b2"),
        call(id=LARGEST_ID),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 0, "method": "tools/list", "params": None},
        {"jsonrpc": "2.0", "id": 7, "result": {}},
        {"jsonrpc": "2.0", "id": 7, "error": {"code": -1, "message": "no"}},
    ],
    ids=["scan", "search", "largest id", "told", "asked", "answered", "failed"],
)
def test_calls_of_clients_pass(message: Any) -> None:
    check_tool_call(value_of(json.dumps(message).encode()))


REFUSED: dict[str, tuple[Any, str]] = {
    "batch": ([call()] * 2000, "one JSON-RPC object at a time"),
    "nothing": (None, "one JSON-RPC object at a time"),
    "other parts": (call(**{f"a{place}": place for place in range(2000)}), "docs/api.md"),
    "long method": (call(method="x" * 3_000_000), "docs/api.md"),
    "methods": (call(method=["a"] * 50_000), "docs/api.md"),
    "long id": (call(id="x" * 3_000_000), "docs/api.md"),
    "large id": (call(id=10**30), "docs/api.md"),
    "no id": (call(id=None), "docs/api.md"),
    "half an id": (call(id=1.5), "docs/api.md"),
    "true as an id": (call(id=True), "docs/api.md"),
    "list": (call(params=[1, 2]), "docs/api.md"),
    "long text": (call({"question": "x" * (LONGEST_TEXT + 1)}), "Shorten it"),
    "long tool": (call(params={"name": "x" * 3_000_000}), "Shorten it"),
    "a file that is no argument": (call(params={"_meta": {"progressToken": SCAN}}), "Shorten it"),
    "a file within": (call({"scan": {"path": SCAN}}), "Shorten it"),
    "many arguments": (call({f"a{place}": 1 for place in range(MOST_VALUES)}), "too many parts"),
    "long list": (call({"text": [{}] * 50_000}), "too many parts"),
    "half a character": (call({"question": "\ud800"}), "docs/api.md"),
    "half a name": (call({"\ud800": 1}), "docs/api.md"),
    "half a token": (call(params={"_meta": {"progressToken": "\ud800"}}), "docs/api.md"),
}


@pytest.mark.parametrize(("message", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_call_never_reaches_the_library(
    guarded: GuardedApp, message: Any, why: str
) -> None:
    """The library took 0.2 s of the event loop for some, and wrote errors of its own for others."""
    body = json.dumps(message).encode()
    answer = guarded.ask("POST", MCP, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 413}
    assert why in answer.json()["detail"]
    assert not guarded.app.seen


def test_other_requests_may_be_lists(guarded: GuardedApp) -> None:
    with pytest.raises(RefusedError):
        check_tool_call([])
    body = b'[{"a": "' + b"x" * 30_000 + b'"}]'
    headers = {"content-type": "application/json"}
    answer = guarded.ask("POST", "/gradio_api/startup-events", content=body, headers=headers)
    assert answer.status_code == 200


def test_open_streams_of_tools_are_counted(
    guarded: GuardedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One program could leave open as many as an address may have connections."""
    counted: list[str] = []
    limits = type(guarded.guard.limits)
    holding = limits.holding

    def counting(self: Any, visitor: Visitor, what: str) -> Any:
        counted.append(what)
        return holding(self, visitor, what)

    monkeypatch.setattr(limits, "holding", counting)
    assert guarded.ask("GET", MCP).status_code == 200
    assert counted == ["stream"]
    assert counted[0] in OPEN
