"""Requests that are long to look at: bodies, heads, forms, and floods of pages."""

import json
import os
import time
from itertools import product

import httpx

from benchmarks.attack.attempt import (
    API,
    JOIN,
    RUN,
    UPLOAD,
    Attack,
    Target,
    as_json,
    at_once,
    expect,
    refused,
)

MEBI = 2**20
FORM = "attack"
BURST, A_SECOND = 500, 50  # requests of one visitor
PAGES = ("/", "/config", f"{API}/info", f"{API}/openapi.json")
JSON = {"content-type": "application/json"}


def hard_bodies(size: int) -> dict[str, bytes]:
    """Bodies of about `size` bytes, by what is in them."""
    several = size // 4000
    return {
        "long texts": as_json({"data": ["x" * 900] * (size // 900)}),
        "paths": as_json({"data": ["/tmp/" + "a/" * 2000] * several}),
        "paths with dots": as_json({"data": ["/" + "../" * 1300] * several}),
        "quoted paths": as_json({"data": ["%2e%2e%2f" * 440] * several}),
        "pairs": b"[" + b"[]," * (size // 3) + b"1]",
        "empty texts": b"[" + b'"",' * (size // 3) + b"1]",
        "escapes": b'"' + b'\\"' * (size // 2),
        "brackets": b"[" * size,
        "objects": b'{"a":' * (size // 5),
        "keys": b"{" + b",".join(b'"%x":1' % n for n in range(size // 9)) + b"}",
        "digits": b"[" + b"9" * size + b"]",
        "no text": os.urandom(size),
    }


def hard_to_parse(target: Target) -> str:
    """Megabytes of texts, paths, brackets and escapes, to every route that takes JSON."""
    routes = (JOIN, RUN, f"{API}/call/ask_volume", f"{API}/cancel", f"{API}/component_server")
    bodies = hard_bodies(target.of(2 * MEBI, 3_900_000))
    with target.browser() as client:

        def send(given: tuple[str, str]) -> httpx.Response:
            return client.post(given[0], content=bodies[given[1]], headers=JSON)

        answers = at_once(4, send, product(routes[: target.of(1, len(routes))], bodies))
    seen = [answer.status_code for answer in answers]
    expect(max(seen) < 500, f"statuses {sorted(set(seen))}")
    return f"{sum(map(refused, answers))} of {len(seen)} refused, none is an error"


def too_large(target: Target) -> str:
    """A body of 8 MB, as one of many texts once was."""
    body = as_json({"data": ["x" * 9000] * 870, "session_hash": "large"})
    with target.browser() as client:
        answer = client.post(JOIN, content=body, headers=JSON)
    expect(answer.status_code == 413, f"status {answer.status_code}")
    return f"{len(body) / MEBI:.1f} MB refused"


def stranger_before_the_login(target: Target) -> str:
    """A large body from somebody who has not logged in is not read."""
    with target.stranger() as client:
        for route in (JOIN, RUN, UPLOAD, f"{API}/call/ask_volume"):
            answer = client.post(route, content=b'["' + b"/a" * 500_000, headers=JSON)
            expect(answer.status_code == 401, f"{route}: status {answer.status_code}")
    return "401 at once"


def form_without_files(target: Target) -> str:
    """A form field that is no file is kept in memory, as large as an upload may be."""
    size = target.of(24, 96) * MEBI
    head = b'--attack\r\nContent-Disposition: form-data; name="files"\r\n\r\n'
    target.app.forget_peak()
    before = target.app.memory_bytes()
    with target.browser() as client:
        answer = client.post(
            UPLOAD,
            content=head + b"x" * size + b"\r\n--attack--\r\n",
            headers={"content-type": f"multipart/form-data; boundary={FORM}"},
        )
    grown = target.app.peak_bytes() - before
    expect(refused(answer), f"status {answer.status_code}")
    expect(grown < size, f"the server grew by {grown / MEBI:.0f} MB")
    return f"refused, the server grew by {max(0, grown) / MEBI:.0f} of {size / MEBI:.0f} MB"


def forms_of_many_parts(target: Target) -> str:
    """Thousands of tiny files, fields and head lines in one upload."""
    tiny = b'--attack\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n'
    field = b'--attack\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n'
    lines = b"--attack\r\n" + b"A: b\r\n" * 200_000
    with target.browser() as client:
        for form in (tiny * 4000, field * 20_000, lines, b"--attack\r\n" * 200_000):
            answer = client.post(
                f"{UPLOAD}?upload_id=many",
                content=form + b"--attack--\r\n",
                headers={"content-type": f"multipart/form-data; boundary={FORM}"},
            )
            expect(refused(answer), f"status {answer.status_code}")
    return "4 forms refused"


def odd_heads(target: Target) -> str:
    """Heads as large as a server reads them: cookies, parameters, names."""
    number = target.of(20, 100)
    heads = {
        "cookie": "; ".join(f"a{n}=b" for n in range(6000)),
        "accept-language": ",".join(["de"] * 15_000),
        "x-forwarded-for": ",".join(["1.1.1.1"] * 6000),
        "range": "bytes=" + ",".join(f"{n}-{n}" for n in range(6000)),
    }
    with target.browser() as client:

        def send(name: str) -> int:
            return client.get(f"{API}/info", headers={name: heads[name]}).status_code

        def query(_: int) -> int:
            return client.get(f"{API}/info?" + "&".join(["a=b"] * 8000)).status_code

        seen = at_once(4, send, [name for name in heads for _ in range(number)])
        seen += at_once(4, query, range(number))
    expect(all(status < 500 for status in seen), f"statuses {sorted(set(seen))}")
    return f"{len(seen)} heads read"


def flood_of_pages(target: Target) -> str:
    """The pages that are most work to make, as often as they can be asked for."""
    with target.browser() as client:

        def ask(place: int) -> int:
            return client.get(PAGES[place % len(PAGES)]).status_code

        seen = at_once(16, ask, range(target.of(120, 600)))
    expect(all(status in {200, 429} for status in seen), f"statuses {sorted(set(seen))}")
    return f"{seen.count(200)} made, {seen.count(429)} refused"


def flood_of_requests(target: Target) -> str:
    """Small requests, as many as one program can send."""
    with target.browser() as client:

        def ask(_: int) -> int:
            return client.get("/robots.txt").status_code

        begun = time.monotonic()
        seen = at_once(8, ask, range(target.of(700, 2500)))
    allowed = BURST + A_SECOND * (time.monotonic() - begun)
    expect(seen.count(200) <= allowed, f"{seen.count(200)} were answered")
    return f"{seen.count(200)} answered, {seen.count(429)} refused"


def nonsense_numbers(target: Target) -> str:
    """Numbers that are none, as settings of an answer."""
    bad = ("NaN", "Infinity", "-Infinity", "1e999", "9" * 5000)
    with target.browser() as client:
        for number in bad:
            body = json.dumps({"data": [None, "What is this?", 0]}).replace("0", number)
            answer = client.post(f"{API}/call/ask_volume", content=body.encode(), headers=JSON)
            expect(answer.status_code == 400, f"{number[:9]}: status {answer.status_code}")
    return f"{len(bad)} refused"


ATTACKS = (
    Attack("a body of 8 MB", too_large),
    Attack("bodies that are hard to parse", hard_to_parse),
    Attack("a large body before the login", stranger_before_the_login, login=True),
    Attack("a form field as large as an upload", form_without_files, brief=False),
    Attack("forms of many parts", forms_of_many_parts),
    Attack("large heads", odd_heads, brief=False),
    Attack("a flood of pages", flood_of_pages),
    Attack("a flood of requests", flood_of_requests, brief=False),
    Attack("NaN and infinity as settings", nonsense_numbers),
)
