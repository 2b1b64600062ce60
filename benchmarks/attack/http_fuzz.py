"""Requests made by the server's own description of itself, for a bounded time.

    fuzz(target, seconds=120)           # how many were sent, or `FellError`

The schema of its public endpoints (`openapi.json`) says what each takes, its page's configuration
what each event takes; values of those types, near them and of none are sent. An answer with status
500, a traceback or an error in the log, or no answer at all is a failure.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.attack.attempt import (
    API,
    CALL,
    JOIN,
    NAME,
    OTHER,
    RUN,
    UPLOAD,
    FellError,
    Target,
    expect,
)
from benchmarks.attack.logs import check_log

BATCH = 25
HANG_SECONDS = 60.0
Strategy = st.SearchStrategy[Any]

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ("", NAME, "NaN", "\0", "../x", "/etc/passwd", "%00", "\ud7ff", "=1+1", "0" * 2000)
    ),
)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from((0, -1, 2**31, 2**63, 1e308)),
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
FILES = st.fixed_dictionaries(
    {"path": TEXTS},
    optional={"url": ANYTHING, "meta": ANYTHING, "orig_name": ANYTHING, "size": ANYTHING},
)
BY_TYPE: dict[str, Strategy] = {
    "string": TEXTS, "number": NUMBERS, "integer": NUMBERS, "boolean": st.booleans(),
    "object": FILES, "filepath": FILES, "array": st.lists(SCALARS, max_size=5),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request to send."""

    method: str
    path: str
    query: dict[str, str]
    body: Any = None


def near(schema: dict[str, Any]) -> Strategy:
    """Values of a type, of another, or of none."""
    return st.one_of(BY_TYPE.get(str(schema.get("type")), FILES), ANYTHING)


def requests_to(path: str, method: str, known: dict[str, Any]) -> Strategy:
    """Requests to one path of the schema."""
    query, place = {}, path
    for parameter in known.get("parameters", ()):
        if parameter["in"] == "path":
            place = place.replace("{" + parameter["name"] + "}", "%s")
        else:
            query[parameter["name"]] = TEXTS
    content = known.get("requestBody", {}).get("content", {})
    fields = content.get("application/json", {}).get("schema", {}).get("properties", {})
    bodies = st.one_of(
        st.fixed_dictionaries({}, optional={name: near(one) for name, one in fields.items()}),
        st.dictionaries(st.sampled_from([*fields, NAME]), ANYTHING),
        ANYTHING,
    )
    paths = (
        st.just(place) if "%s" not in place else TEXTS.map(lambda text: place.replace("%s", text))
    )
    return st.builds(
        Request, st.just(method.upper()), paths, st.fixed_dictionaries({}, optional=query),
        bodies if method == "post" else st.none(),
    )  # fmt: skip


def requests_of(schema: dict[str, Any]) -> Strategy:
    """Requests to any path of a schema, or to one that is not in it."""
    known = [
        requests_to(path, method, one)
        for path, methods in schema["paths"].items()
        for method, one in methods.items()
    ]
    other = st.builds(
        Request, st.sampled_from(("GET", "POST")), TEXTS.map(lambda text: f"{API}/{text}"),
        st.dictionaries(TEXTS, TEXTS, max_size=2), ANYTHING,
    )  # fmt: skip
    return st.one_of(*known, other)


def events_of(config: dict[str, Any]) -> Strategy:
    """Events of the page, with other values than it sends."""
    numbers = st.one_of(
        st.sampled_from([one["id"] for one in config["dependencies"]]), st.integers(-5, 10_000)
    )
    bodies = st.fixed_dictionaries(
        {"data": st.lists(ANYTHING, max_size=8), "fn_index": numbers},
        optional={"session_hash": TEXTS, "event_data": ANYTHING, "trigger_id": ANYTHING},
    )
    names = st.sampled_from([str(one["api_name"]) for one in config["dependencies"]])
    routes = st.one_of(
        st.sampled_from((JOIN, RUN, f"{API}/cancel", f"{API}/reset")),
        names.map(lambda name: f"{CALL}/{name}"),
    )
    return st.builds(Request, st.just("POST"), routes, st.just({}), bodies)


def send(client: httpx.Client, request: Request) -> None:
    """Send it, and follow an event that it begins to its end.

    Raises:
        FellError: an error of the server, or no answer.
    """
    how: dict[str, Any] = {"params": request.query} if request.query else {}
    if request.path.startswith(UPLOAD) and request.method == "POST":
        how["files"] = {"files": ("x", json.dumps(request.body).encode())}
    elif request.method == "POST":
        how["content"] = json.dumps(request.body).encode()
        how["headers"] = {"content-type": "application/json"}
    try:
        status, event = _answer(client, request, how)
        if event and "/call/" in request.path:
            name = request.path.partition("/call/")[2].removeprefix("v2/").partition("/")[0]
            status, _ = _answer(client, Request("GET", f"{CALL}/{name}/{event}", {}), {})
    except httpx.InvalidURL:  # no client can send it
        return
    except httpx.HTTPError as error:
        expect(False, f"{type(error).__name__} to {request}")
        return
    expect(status != 500, f"status 500 to {request}")


def _answer(client: httpx.Client, request: Request, how: dict[str, Any]) -> tuple[int, str]:
    """The status, and the event that was begun; a stream without an end is left."""
    begun = time.monotonic()
    with client.stream(request.method, request.path, **how) as answer:
        text = b""
        for piece in answer.iter_bytes():
            text += piece
            endless = b"heartbeat" in piece or b"ALIVE" in piece
            if endless and time.monotonic() - begun > 1:
                break
        if answer.status_code != 200 or answer.headers.get("content-type") != "application/json":
            return answer.status_code, ""
    told = json.loads(text)
    return 200, str(told.get("event_id") or "") if isinstance(told, dict) else ""


def batches(strategy: Strategy, client: httpx.Client, until: float) -> Iterator[int]:
    """Send batches of requests until the time is over; yields how many were sent."""
    number = 0
    while time.monotonic() < until:
        number += 1

        @seed(number)
        @settings(
            max_examples=BATCH, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy)
        def batch(request: Request) -> None:
            if time.monotonic() < until:
                send(client, request)

        batch()
        yield BATCH


def fuzz(target: Target, seconds: float) -> str:
    """Send requests for some seconds.

    Raises:
        FellError: one was answered by an error of the server, or by nothing.
    """
    app = target.app
    with target.stranger(OTHER) as client:
        client.get("/").raise_for_status()
        client.timeout = httpx.Timeout(HANG_SECONDS)
        schema = client.get(f"{API}/openapi.json").raise_for_status().json()
        config = client.get("/config").raise_for_status().json()
        strategy = st.one_of(requests_of(schema), events_of(config))
        try:
            sent = sum(batches(strategy, client, time.monotonic() + seconds))
        except ExceptionGroup as several:  # of several kinds
            raise FellError(str(several.exceptions[0])) from None
    check_log(app.log_lines())
    errors = [line for line in app.log_lines() if '"level": "error"' in line]
    expect(not errors, f"{len(errors)} errors in the log, such as {errors[:1]}")
    return f"about {sent} requests, no error"
