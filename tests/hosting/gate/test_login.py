import asyncio
import time
from pathlib import Path

import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.hosting.gate.login import (
    LOGIN_SECONDS,
    SENDER,
    TRIES,
    TRIES_OF_ADDRESS,
    WINDOW_SECONDS,
    Logins,
    LoginTokens,
    hashed,
    read_logins,
)
from tests.hosting.conftest import GuardedApp, make_guarded, run_apart


def accepts(logins: Logins, name: str, password: str, sender: str = "here") -> bool:
    async def ask() -> bool:
        SENDER.set(sender)
        return await logins.accepts(name, password)

    return run_apart(ask())


def test_the_right_password_enters_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "logins.txt"
    path.write_text(f"# the class\n\nanna:{hashed('schmetterling')}\nben:{hashed('käfer')}\n")
    logins = read_logins(path)
    assert accepts(logins, "anna", "schmetterling")
    assert accepts(logins, "ben", "käfer")
    for name, password in (("anna", "käfer"), ("carl", "käfer"), ("anna", ""), ("", "")):
        assert not accepts(logins, name, password)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hashed("secret") != hashed("secret")
    assert "secret" not in hashed("secret")


def test_guessing_is_slowed_where_it_comes_from() -> None:
    """Eight wrong tries of a stranger locked the right password out."""
    now = [0.0]
    logins = Logins({"anna": hashed("a"), "ben": hashed("b")}, clock=lambda: now[0])
    for _ in range(TRIES):
        assert not accepts(logins, "anna", "guess", "stranger")
    assert not accepts(logins, "anna", "a", "stranger"), "even the right one has to wait now"
    assert accepts(logins, "anna", "a", "here")
    assert accepts(logins, "ben", "b", "stranger")
    now[0] += WINDOW_SECONDS + 1
    assert accepts(logins, "anna", "a", "stranger")


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_known_and_unknown_names_are_told_the_same(name: str, monkeypatch) -> None:
    """A known name that was locked was answered at once, an unknown one was not."""
    logins, hashes = Logins({"anna": hashed("a")}), []
    monkeypatch.setattr(logins, "_fits", lambda name, _: hashes.append(name) or False)
    for _ in range(TRIES + 3):
        accepts(logins, name, "guess")
    assert len(hashes) == TRIES


def test_many_names_from_one_address_are_slowed_too(monkeypatch) -> None:
    logins = Logins({"anna": hashed("a")})
    monkeypatch.setattr(logins, "_fits", lambda *_: False)
    for number in range(TRIES_OF_ADDRESS):
        accepts(logins, f"name {number}", "guess")
    monkeypatch.undo()
    assert not accepts(logins, "anna", "a")
    assert accepts(logins, "anna", "a", "elsewhere")


def test_others_do_not_wait_while_a_password_is_hashed(monkeypatch) -> None:
    """It ran on the event loop: half a second was added to everybody's request."""
    logins = Logins({"anna": hashed("a")})
    monkeypatch.setattr(logins, "_fits", lambda *_: time.sleep(0.5) or False)

    async def go() -> float:
        asked = asyncio.create_task(logins.accepts("anna", "a"))
        started = time.monotonic()
        await asyncio.sleep(0.01)
        took = time.monotonic() - started
        await asked
        return took

    assert run_apart(go()) < 0.4


def test_a_token_is_forgotten_after_a_while() -> None:
    now = [0.0]
    tokens = LoginTokens(lambda: now[0])
    tokens["t"] = "anna"
    assert tokens.get("t") == "anna"
    now[0] += LOGIN_SECONDS
    assert tokens.get("t") is None
    tokens["u"] = "ben"
    assert list(tokens) == ["u"]


def with_login(folder: Path) -> GuardedApp:
    guarded = make_guarded(folder, logins=Logins({"anna": hashed("a")}))
    guarded.guard.logins.tokens["token"] = "anna"
    return guarded


IN = {"cookie": "access-token-unsecure-xyz=token"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/reset"),
        ("GET", "/gradio_api/heartbeat/a"),
        ("GET", "/gradio_api/info"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/logout"),
    ],
)
def test_a_stranger_is_asked_to_log_in_before_anything_is_read(
    tmp_path: Path, method: str, path: str
) -> None:
    """A megabyte was checked for two seconds before the answer; some routes asked for nothing."""
    guarded = with_login(tmp_path)
    body = {"content": b"[" * 1_000_000} if method == "POST" else {}
    for cookie in ("", "access-token-1=guess", "other=token"):
        refused = guarded.ask(method, path, headers={"cookie": cookie}, **body)
        assert refused.status_code == 401
    assert not guarded.app.seen
    body = {"content": b"{}"} if method == "POST" else {}
    assert guarded.ask(method, path, headers=IN, **body).status_code == 200


def test_the_login_form_is_there_for_strangers(tmp_path: Path) -> None:
    guarded = with_login(tmp_path)
    for path in ("/", "/config", "/theme.css", "/assets/index.js", "/gradio_api/user"):
        assert guarded.ask("GET", path).status_code == 200
    assert guarded.ask("POST", "/login", content=b"username=a").status_code == 200


def test_a_link_does_not_log_out(tmp_path: Path) -> None:
    guarded = with_login(tmp_path)
    assert guarded.ask("GET", "/logout", headers=IN).status_code == 405
    assert guarded.ask("POST", "/logout", headers=IN).status_code == 200
    assert guarded.app.seen[-1]["scope"]["method"] == "GET"
    foreign = IN | {"origin": "https://evil.example"}
    assert guarded.ask("POST", "/logout", headers=foreign).status_code == 403


def test_a_password_of_a_megabyte_is_not_hashed() -> None:
    assert not accepts(Logins({"anna": hashed("a")}), "anna", "a" * 10**6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("anna:geheim", "line 1: expected name:hash"),
        (f":{hashed('a')}", "line 1"),
        (f"anna:{hashed('a').replace('16384', '99999999')}", "line 1"),
        ("# nobody\n", "lists no users"),
    ],
    ids=["no hash", "no name", "too costly", "nobody"],  # salts differ from process to process
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "logins.txt"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_logins(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        read_logins(tmp_path / "nobody.txt")
