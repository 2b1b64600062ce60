"""What an attack is: a function that tries something, and tells what it saw or that it got through.

    def many_brackets(target: Target) -> str:
        answer = target.stranger().post(JOIN, content=b"[" * 3_900_000)
        expect(refused(answer), "a body of brackets was taken")
        return "refused"

Attackers come from addresses of their own (127.0.0.2 and so on, which every Linux machine has), so
that what one of them uses up is not missing to the others.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from benchmarks.attack.served import Served
from benchmarks.visitor import transport_to

API = "/gradio_api"
JOIN, RUN, UPLOAD, CALL = (
    f"{API}/{path}" for path in ("queue/join", "run/predict", "upload", "call")
)
ATTACKER, OTHER, VICTIM = "127.0.0.2", "127.0.0.3", "127.0.0.4"
NAME = "ZZSHELLEY"  # planted wherever an attacker may write; no log line may have it
PATIENCE = 120.0
FAILED = "Something went wrong"
T, R = TypeVar("T"), TypeVar("R")


class FellError(Exception):
    """The attack got through."""


@dataclass(frozen=True)
class Target:
    """The server, and how thorough to be.

    Attributes:
        app: the server.
        short: whether the attack has to be over in a few seconds.
    """

    app: Served
    short: bool

    def of(self, short: int, full: int) -> int:
        """How much of something to send."""
        return short if self.short else full

    def stranger(self, address: str = ATTACKER, **more: Any) -> httpx.Client:
        """A program at some address."""
        return httpx.Client(
            base_url=self.app.url,
            transport=transport_to(self.app.url, address),
            timeout=PATIENCE,
            **more,
        )

    @contextmanager
    def browser(self, address: str = ATTACKER) -> Iterator[httpx.Client]:
        """A stranger with a cookie of the server."""
        with self.stranger(address) as made:
            made.get("/").raise_for_status()
            yield made


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack.

    Attributes:
        name: what is tried.
        run: tries it; tells what was seen, or raises `FellError`.
        login: whether it is made on the server that requires a login.
        brief: whether it belongs to the short form.
        visits: whether somebody else visits meanwhile, which slows a server by itself.
    """

    name: str
    run: Callable[[Target], str]
    login: bool = False
    brief: bool = True
    visits: bool = False


def expect(condition: bool, words: str) -> None:
    """Say that the attack got through unless a condition holds.

    Raises:
        FellError: it does not.
    """
    if not condition:
        raise FellError(words)


def refused(answer: httpx.Response) -> bool:
    """Whether a request was refused, and not because of an error."""
    return 400 <= answer.status_code < 500


def at_once(number: int, work: Callable[[T], R], given: Iterable[T]) -> list[R]:
    """Do something with each of these, some at the same time."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(work, given))


def outcome_of(client: httpx.Client, endpoint: str, data: list[Any]) -> tuple[int, str]:
    """Call an endpoint by its name: the status, and the text of its events."""
    asked = client.post(f"{CALL}/{endpoint}", json={"data": data})
    if asked.status_code != 200:
        return asked.status_code, asked.text
    event = asked.json()["event_id"]
    told = client.get(f"{CALL}/{endpoint}/{event}")
    return told.status_code, told.text


def searched(client: httpx.Client, text: Any, count: Any) -> tuple[int, str]:
    """Search the library by the endpoint, with nothing that narrows the search."""
    return outcome_of(client, "search_volumes", [text, count, "", None, 1])


def others_may_upload(target: Target) -> None:
    """Say that the attack got through where a visitor at another address may not upload.

    Raises:
        FellError: that visitor may not.
    """
    with target.browser(OTHER) as client:
        status = upload(client, "small.bin", b"small").status_code
    expect(status == 200, f"others get {status}")


def upload(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    """Upload one file."""
    return client.post(UPLOAD, files={"files": (name, content)})


def file_data(path: str) -> dict[str, Any]:
    """An uploaded file, as a request names it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def as_json(value: Any) -> bytes:
    """A body."""
    return json.dumps(value).encode()
