"""One visitor of the page over plain HTTP, doing what its script does: events, streams, files.

    with Visitor(url) as visitor:
        visitor.upload("upload", path)
        visitor.ask("Is there a kidney stone?")     # the answer

    python benchmarks/visitor.py http://127.0.0.1:7860 --once      # open an example, ask, print

It reads from the page's own configuration which event calls what, and what follows, so it knows
nothing about the handlers. It only needs httpx.
"""

import argparse
import contextlib
import copy
import json
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

API = "/gradio_api"
PATIENCE = 180.0
PATH = re.compile(r'"path": ?"([^"]+voxels\.bin)"')
WAITING = "Waiting for the model"
QUESTION = "Which part of the body is shown?"


def transport_to(url: str, address: str | None = None) -> httpx.HTTPTransport:
    """How to reach a server from an address of this machine.

    A server without TLS needs no certificates: reading them takes a processor a tenth of a second
    for each client, which the server on the same machine lacked.
    """
    return httpx.HTTPTransport(local_address=address, verify=url.startswith("https"))


class VisitError(Exception):
    """The page did something that a visitor would complain about."""


class Visitor:
    """A browser with one page open.

    Args:
        url: of the server.
        name: what it calls itself.
        address: where it is; on Linux any 127.0.0.N.
        cookies: of another page of the same browser.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "",
        address: str | None = None,
        cookies: httpx.Cookies | None = None,
    ) -> None:
        self.name = name
        self.session = secrets.token_hex(6)
        self.http = httpx.Client(
            base_url=url,
            timeout=PATIENCE,
            headers={"user-agent": "visitor"},
            cookies=cookies,
            transport=transport_to(url, address),
        )
        self.waits: list[str] = []
        self.received = 0
        self.seen: list[str] = []
        self._line: socket.socket | None = None
        self._beating = threading.Event()

    def __enter__(self) -> "Visitor":
        self.http.get("/").raise_for_status()
        self.config = self.http.get("/config").raise_for_status().json()
        self.values = {c["id"]: c["props"].get("value") for c in self.config["components"]}
        self.ids = {c["props"].get("elem_id"): c["id"] for c in self.config["components"]}
        self.heart = threading.Thread(target=self._beat, daemon=True)
        self.heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cut()
        self.heart.join(30)
        self.http.close()

    def _beat(self) -> None:
        """Hold the connection of an open page; cutting it means closing the page."""
        try:
            with self.http.stream("GET", f"{API}/heartbeat/{self.session}") as line:
                self._line = line.extensions["network_stream"].get_extra_info("socket")
                self._beating.set()
                for _ in line.iter_raw():
                    pass
        except httpx.HTTPError:  # we cut it
            return

    def _cut(self) -> None:
        """Close the connection at once; a read would wait for the next heartbeat."""
        self._beating.wait(10)
        if self._line:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def fire(self, element: str, event: str, data: Any = None) -> None:
        """Trigger an event on an element, and run everything that follows, in order."""
        self._follow((self.ids[element], event), data)

    def _follow(self, target: tuple[int, str], data: Any = None) -> None:
        for one in self.config["dependencies"]:
            if list(target) in [list(t) for t in one["targets"]]:
                self._do(one, target[0], data)

    def _do(self, one: dict[str, Any], trigger: int | None, data: Any = None) -> None:
        if one["backend_fn"]:
            changed = self._call(one, trigger, data)
            for state in changed:
                self._follow((state, "change"))
        for after in self.config["dependencies"]:
            if after["trigger_after"] == one["id"]:
                self._do(after, trigger)

    def _call(self, one: dict[str, Any], trigger: int | None, data: Any) -> set[int]:
        body = {
            "data": [self.values.get(number) for number in one["inputs"]], "event_data": data,
            "fn_index": one["id"], "trigger_id": trigger, "session_hash": self.session,
        }  # fmt: skip
        if one["queue"] is False:
            answer = self.http.post(f"{API}/run/predict", json=body)
            self._check(answer)
            output = answer.json()
            self._note(answer.text)
            self._take(one, output["data"])
            return set(output.get("changed_state_ids") or ())
        answer = self.http.post(f"{API}/queue/join", json=body)
        self._check(answer)
        changed: set[int] = set()
        streamed: list[Any] = []
        for message in self._messages(answer.json()["event_id"]):
            output = message.get("output") or {}
            if message["msg"] == "process_generating":
                data = output.get("data") or []
                streamed = (
                    list(map(changed_by, copy.deepcopy(streamed), data)) if streamed else data
                )
                self._take(one, streamed)
            if message["msg"] == "process_completed":
                if not message["success"]:
                    raise VisitError(f"{one['id']} failed: {output.get('error')}")
                self._take(one, output.get("data") or [])
            changed |= set(output.get("changed_state_ids") or ())
        return changed

    def _messages(self, event: str) -> Iterator[dict[str, Any]]:
        address = f"{API}/queue/data"
        with self.http.stream("GET", address, params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if not line.startswith("data: "):
                    continue
                self._note(line)
                message = json.loads(line[6:])
                if message.get("msg") == "unexpected_error":
                    raise VisitError(message.get("message"))
                if message.get("event_id") == event:
                    yield message
                    if message["msg"] == "process_completed":
                        return
        raise VisitError("the stream ended before the event")

    def _note(self, text: str) -> None:
        self.received += len(text)
        self.seen.append(text)
        self.waits += re.findall(rf"{WAITING}: ([^<]+)", text)

    def _check(self, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            raise VisitError(f"{answer.status_code}: {answer.text[:300]}")

    def _take(self, one: dict[str, Any], data: list[Any]) -> None:
        for number, value in zip(one["outputs"], data, strict=False):
            if isinstance(value, dict) and value.get("__type__") == "update":
                if "value" in value:
                    self.values[number] = value["value"]
            else:
                self.values[number] = value

    def upload(self, element: str, path: Path) -> None:
        """Choose a file in the upload field."""
        with path.open("rb") as stream:
            answer = self.http.post(f"{API}/upload", files={"files": (path.name, stream)})
        self._check(answer)
        [placed] = answer.json()
        data = {"path": placed, "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}
        self.values[self.ids[element]] = [data]
        self.fire(element, "upload")

    def choose(self, element: str, place: int = 0) -> str:
        """Click a card; returns its title."""
        card = self.values[self.ids[element]]["cards"][place]
        self.fire(element, "select", {"index": card["key"], "value": card["title"]})
        return str(card["title"])

    def ask(self, question: str) -> str:
        """Type a question and press the button; returns the answer."""
        self.values[self.ids["question"]] = question
        self.fire("ask", "click")
        exchanges = (self.values[self.ids["chat"]] or {}).get("exchanges") or []
        if not exchanges:
            raise VisitError(f"no answer, but this notice: {self.shown('chat-notice')}")
        last = exchanges[-1]
        if last["question"] != question:
            raise VisitError(f"asked {question!r}, but the page shows {last['question']!r}")
        if last["ending"]:
            raise VisitError(f"{last['ending']} {self.shown('chat-notice')}")
        return "".join(word["text"] for word in last["words"]).strip()

    def search(self, text: str) -> list[str]:
        """Search the library; returns the titles of the hits."""
        self.values[self.ids["query"]] = text
        self.fire("search", "click")
        return [card["title"] for card in self.values[self.ids["hits"]]["cards"]]

    def shown(self, element: str) -> str:
        """The text of an element."""
        return re.sub(r"<[^>]+>", " ", str(self.values.get(self.ids[element]) or "")).strip()

    def files(self) -> list[str]:
        """Paths of the voxel files that the viewer was given, the latest last."""
        return [path for text in self.seen for path in PATH.findall(text)]

    def fetch(self, path: str) -> httpx.Response:
        """Fetch a file by its path, as the viewer does."""
        return self.http.get(f"{API}/file={path}")


def changed_by(value: Any, steps: list[Any]) -> Any:
    """The next value of a stream, made in the one before by the steps that Gradio sends."""
    for action, path, new in steps:
        if not path:
            value = value + new if action == "append" else new
            continue
        inside = value
        for key in path[:-1]:
            inside = inside[key]
        if action == "delete":
            del inside[path[-1]]
        elif action == "append":
            inside[path[-1]] += new
        elif action == "add" and isinstance(inside, list):
            inside.insert(path[-1], new)
        else:
            inside[path[-1]] = new
    return value


def wait_until_ready(url: str, seconds: float) -> None:
    """Wait until the model is loaded.

    Raises:
        VisitError: it took too long.
    """
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise VisitError(f"not ready after {seconds:.0f} s")


def main() -> None:
    """Visit once and print the answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--once", action="store_true")
    url = parser.parse_args().url
    try:
        wait_until_ready(url, 300)
        with Visitor(url) as visitor:
            title = visitor.choose("examples")
            print(f"opened: {title}, {visitor.shown('scan-notice') or 'no notice'}")
            print(f"asked: {QUESTION}\nanswered: {visitor.ask(QUESTION)}")
            print(f"found: {visitor.search('kidney stone')[0]}")
    except (VisitError, httpx.HTTPError) as error:
        sys.exit(f"the visit failed: {error}")


if __name__ == "__main__":
    main()
