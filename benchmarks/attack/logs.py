"""Words of strangers that want into the log, and the look for them there."""

import json
import socket
import struct
import time
from collections.abc import Iterator

import httpx

from benchmarks.attack.attempt import (
    API,
    CALL,
    JOIN,
    NAME,
    RUN,
    UPLOAD,
    Attack,
    FellError,
    Target,
    expect,
    outcome_of,
    searched,
)

FORGED = '{"time": "now", "level": "info", "part": "x", "message": "' + NAME + '"}'
WORDS = (NAME, f"\n{FORGED}", f"\x1b[2J{NAME}", f"\r\n{NAME}", f"\u202e{NAME}", f"\u2028{NAME}")
PARTS = {"time", "level", "part", "message"}
SETTLED_SECONDS = 0.5


def check_log(lines: list[str]) -> None:
    """Check that every line is the server's own and that none has a planted word.

    Raises:
        FellError: one is not, or has.
    """
    for line in lines:
        expect(NAME not in line and "\x1b" not in line, f"a log line has {line[:200]!r}")
        expect("Traceback" not in line, "there is a traceback in the log")
        try:
            entry = json.loads(line)
        except ValueError:
            raise FellError(f"no line of ours: {line[:200]!r}") from None
        expect(set(entry) - {"error"} == PARTS, f"a log line has {sorted(entry)}")


def heads(target: Target) -> Iterator[bytes]:
    """Requests that no browser sends, written out."""
    host = f"127.0.0.1:{target.app.port}".encode()
    name = NAME.encode()
    good = b"GET /%s HTTP/1.1\r\nHost: " % name + host + b"\r\n"
    for value in (b"[::1", b"[" + name, name + b"@x:y", b"a b", name + b":99999", b"\xff\xfe"):
        yield b"GET / HTTP/1.1\r\nHost: " + value + b"\r\n\r\n"
        yield good + b"Origin: http://" + value + b"\r\n\r\n"
        yield good + b"X-Forwarded-Host: " + value + b"\r\n\r\n"
    yield good + b"Cookie: " + name + b"=\x1b[2J; \xff=" + name + b"\r\n\r\n"
    yield good + b"Content-Length: " + name + b"\r\n\r\n"
    yield good + name + b"\r\n\r\n"
    yield b"GET /%0a" + name + b"%1b[2J HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    yield name + b" / HTTP/9.9\r\n\r\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + name
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield good + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n"
    yield good + b"Transfer-Encoding: chunked\r\n\r\n" + name + b"\r\n"


def malformed_heads(target: Target) -> str:
    """Heads that ended in plain tracebacks, with names and terminal escapes."""
    number = 0
    for head in heads(target):
        number += 1
        with socket.create_connection(("127.0.0.1", target.app.port), timeout=30) as line:
            line.sendall(head)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(64)
        expect(b" 500 " not in answer, f"{head[:60]!r} is an error of ours")
    return f"{number} heads, {_checked(target)} log lines"


def words_in_requests(target: Target) -> str:
    """Names, line breaks and escapes in parameters, paths, bodies, and names of endpoints."""
    with target.browser() as client:
        for word in WORDS:
            for answer in _said(client, word):
                expect(answer.status_code < 500, f"{answer.url.path}: {answer.status_code}")
    return f"{len(WORDS)} words in 9 places, {_checked(target)} log lines"


def _said(client: httpx.Client, word: str) -> Iterator[httpx.Response]:
    yield client.post(f"{CALL}/v2/ask_volume", json={word: word})
    yield client.post(f"{CALL}/v2/{NAME}", json={"question": word})
    yield client.post(f"{CALL}/ask_volume", json={"data": [word] * 9})
    yield client.post(f"{API}/run/{NAME}", json={"data": [word]})
    yield client.post(RUN, json={"data": [word], "fn_index": 99_999})
    yield client.post(JOIN, json={"data": [word], "fn_index": 99_999, "session_hash": NAME})
    yield client.post(JOIN, json={"data": word, "fn_index": word, "session_hash": NAME})
    yield client.post(JOIN, json=word)
    yield client.get("/config", params={word: word}, headers={"user-agent": NAME, "referer": NAME})


def words_to_the_model(target: Target) -> str:
    """Names in questions, in names of files, and in what can't be read."""
    with target.browser() as client:
        for word in WORDS[:3]:
            content = word.encode() * 50
            answer = client.post(UPLOAD, files={"files": (f"{NAME}.nii", content)})
            [path] = answer.raise_for_status().json()
            _, told = outcome_of(client, "ask_volume", [{"path": path}, word])
            expect("event: error" in told, f"the file was read: {told[:200]}")
            _, told = searched(client, word, 2)
            expect("event: complete" in told, f"the search failed: {told[:200]}")
    return f"3 words, {_checked(target)} log lines"


def cut_uploads_with_names(target: Target) -> str:
    """Uploads that end in the middle, with a name."""
    for place in range(target.of(10, 60)):
        cut_upload(target, f"{NAME}{place}", b"x" * 100_000)
    return f"{_checked(target)} log lines"


def cut_upload(target: Target, name: str, content: bytes) -> None:
    """Send the first part of an upload, and reset the connection."""
    head = f'--attack\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    lines = (
        f"POST {UPLOAD} HTTP/1.1",
        f"Host: 127.0.0.1:{target.app.port}",
        "Content-Type: multipart/form-data; boundary=attack",
        f"Content-Length: {len(content) * 10}",
        "",
        head,
    )
    with socket.create_connection(("127.0.0.1", target.app.port), timeout=30) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall("\r\n".join(lines).encode() + content)
        time.sleep(0.02)


def _checked(target: Target) -> int:
    time.sleep(SETTLED_SECONDS)
    lines = target.app.log_lines()
    check_log(lines)
    return len(lines)


ATTACKS = (
    Attack("malformed heads", malformed_heads),
    Attack("words for the log in requests", words_in_requests),
    Attack("words for the log in files and questions", words_to_the_model, brief=False),
    Attack("cut uploads with names", cut_uploads_with_names),
)
