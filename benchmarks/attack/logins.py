"""Guessed passwords, names that can be told by the time, and what is open without a login."""

import hashlib
import os
import statistics
import time
from base64 import b64encode

import httpx

from benchmarks.attack.attempt import (
    API,
    ATTACKER,
    NAME,
    OTHER,
    VICTIM,
    Attack,
    Target,
    at_once,
    expect,
)

WORD = "correct horse battery"
ROUTES = (
    "config/x", "gradio_api/info", "gradio_api/openapi.json", "gradio_api/file=/etc/passwd",
    "gradio_api/queue/data?session_hash=x", "gradio_api/heartbeat/x", "gradio_api/token",
    "gradio_api/upload_progress?upload_id=x", "gradio_api/call/ask_volume/x", "monitoring",
    "gradio_api/mcp/", "gradio_api/mcp/schema", "gradio_api/runs", "docs", "redoc",
)  # fmt: skip
POSTS = ("upload", "run/predict", "queue/join", "call/ask_volume", "call/v2/ask_volume", "cancel",
         "reset", "component_server", "process_recording")  # fmt: skip


def login_line(name: str = NAME) -> str:
    """A line of a login file, for the name that is planted everywhere."""
    salt = os.urandom(16)
    key = hashlib.scrypt(WORD.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32, maxmem=2**26)
    return f"{name}:scrypt$16384$8$1${b64encode(salt).decode()}${b64encode(key).decode()}\n"


def _try(client: httpx.Client, name: str, word: str) -> httpx.Response:
    return client.post("/login", data={"username": name, "password": word})


def locked_out(target: Target) -> str:
    """Wrong tries on a name, until its owner can't log in."""
    with target.stranger(ATTACKER) as client:
        seen = [_try(client, NAME, f"wrong{place}").status_code for place in range(10)]
        late = _try(client, NAME, WORD).status_code
    expect(set(seen) == {400} and late == 400, f"statuses {seen}, then {late}")
    with target.stranger(VICTIM) as client:
        own = _try(client, NAME, WORD).status_code
    expect(own == 200, f"the owner gets {own} elsewhere")
    return "slowed where they come from, the owner enters elsewhere"


def names_by_time(target: Target) -> str:
    """Known names that answer sooner or later than unknown ones."""
    medians = []
    with target.stranger("127.0.0.21") as client:
        taken: dict[str, list[float]] = {NAME: [], "nobody": []}
        for place in range(6):
            for name, seconds in taken.items():
                begun = time.perf_counter()
                _try(client, name, f"wrong{place}")
                seconds.append(time.perf_counter() - begun)
        medians = [statistics.median(seconds) for seconds in taken.values()]
    known, unknown = medians
    expect(max(medians) < 2 * min(medians) + 0.02, f"{known:.3f} and {unknown:.3f} s")
    return f"known {1000 * known:.0f} ms, unknown {1000 * unknown:.0f} ms"


def many_tries(target: Target) -> str:
    """Many passwords at once, which keeps a processor busy with each."""
    with target.stranger("127.0.0.22") as client:

        def guess(place: int) -> int:
            return _try(client, f"name{place}", "wrong").status_code

        seen = at_once(8, guess, range(target.of(45, 120)))
    expect(all(status in {400, 429} for status in seen), f"statuses {sorted(set(seen))}")
    return f"{len(seen)} refused"


def without_a_login(target: Target) -> str:
    """Every route, without having logged in."""
    with target.stranger() as client:
        for route in ROUTES:
            answer = client.get(f"/{route}")
            expect(answer.status_code in {401, 403, 404}, f"{route}: {answer.status_code}")
        for route in POSTS:
            answer = client.post(f"{API}/{route}", json={"data": [], "session_hash": "x"})
            expect(answer.status_code in {401, 404}, f"{route}: {answer.status_code}")
        page = client.get("/config").text
    expect("ask_volume" not in page, "the page's parts are told to strangers")
    return f"{len(ROUTES) + len(POSTS)} closed"


def logged_out_by_a_link(target: Target) -> str:
    """A foreign page's link that logs out whoever follows it."""
    with target.stranger(OTHER) as client:
        expect(_try(client, NAME, WORD).status_code == 200, "the owner can't log in")
        link = client.get("/logout", headers={"sec-fetch-site": "cross-site"})
        form = client.post("/logout", headers={"origin": "http://evil.example"})
        still = client.get(f"{API}/info").status_code
    expect(link.status_code in {403, 405}, f"the link: {link.status_code}")
    expect(form.status_code == 403, f"the form: {form.status_code}")
    expect(still == 200, f"afterwards {still}")
    return "still logged in"


def invented_tokens(target: Target) -> str:
    """Tokens that nobody was given."""
    with target.stranger() as client:
        for token in ("", "x", "None", "null", "../", "a" * 4000):
            cookie = f"access-token-x={token}; access-token-unsecure-x={token}"
            status = client.get(f"{API}/info", headers={"cookie": cookie}).status_code
            expect(status == 401, f"token {token[:9]!r}: {status}")
    return "6 refused"


def other_hosts(target: Target) -> str:
    """DNS names that lead here, on a server that listens everywhere and was told no names."""
    with target.stranger() as client:
        for host in ("evil.example", "127.0.0.1.evil.example", "0x7f000001.example"):
            status = client.get("/", headers={"host": host}).status_code
            expect(status == 421, f"{host}: {status}")
        own = client.get("/", headers={"host": "192.0.2.7:80"}).status_code
    expect(own == 200, f"an address: {own}")
    return "names refused, addresses served"


ATTACKS = (
    Attack("an owner locked out", locked_out, login=True),
    Attack("names told by the time", names_by_time, login=True),
    Attack("many passwords at once", many_tries, login=True),
    Attack("routes without a login", without_a_login, login=True),
    Attack("logging out by a link", logged_out_by_a_link, login=True),
    Attack("invented tokens", invented_tokens, login=True),
    Attack("names of other hosts", other_hosts, login=True),
)
