"""Errors behind the guard: whose they are, and how each is told."""

from typing import Any

import pytest
from starlette.exceptions import HTTPException

from med3dvlm.hosting.gate.middleware import GuardMiddleware
from tests.hosting.conftest import ANNA, GuardedApp, run_apart

FnIndexInferError = type("FnIndexInferError", (Exception,), {})
LocalProtocolError = type("LocalProtocolError", (Exception,), {})


def failing_by(error: Exception, *, started: bool = False) -> Any:
    """An app that fails."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        if started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return app


@pytest.mark.parametrize("error", [TypeError("Mary"), KeyError("Mary"), FnIndexInferError("Mary")])
@pytest.mark.parametrize("route", ["run/x", "api/x", "call/x", "queue/join", "cancel", "reset"])
def test_a_name_that_there_is_not_is_the_senders_mistake(
    guarded: GuardedApp, caplog, route: str, error: Exception
) -> None:
    guarded.app = failing_by(error)
    answer = guarded.post(f"/gradio_api/{route}", {"Mary": 1}, cookie=ANNA)
    assert answer.status_code == 400
    assert "Mary" not in answer.text
    assert not caplog.records


def test_a_form_that_cannot_be_read_is_the_senders_mistake(guarded: GuardedApp, caplog) -> None:
    guarded.app = failing_by(ValueError("Mary"))
    answer = guarded.ask("POST", "/gradio_api/upload", content=b"Mary", cookie=ANNA)
    assert answer.status_code == 400
    assert not caplog.records


@pytest.mark.parametrize(
    ("path", "error"), [("/config", KeyError("x")), ("/gradio_api/queue/join", OSError("x"))]
)
def test_other_errors_are_ours(guarded: GuardedApp, caplog, path: str, error: Exception) -> None:
    guarded.app = failing_by(error)
    assert guarded.post(path, {}, cookie=ANNA).status_code == 500
    assert len(caplog.records) == 1


def test_a_stream_of_an_event_that_there_is_not_has_an_end(guarded: GuardedApp, caplog) -> None:
    error = RuntimeError("Caught handled exception, but response already started.")
    error.__cause__ = HTTPException(404)
    guarded.app = failing_by(error, started=True)
    assert guarded.ask("GET", "/gradio_api/call/x/y", cookie=ANNA).status_code == 200
    assert not caplog.records


def test_values_that_do_not_fit_an_event_are_no_error_of_ours(guarded: GuardedApp) -> None:
    """Of an event called at once, Gradio tells any failure by 500."""

    async def failed(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    guarded.app = failed
    assert guarded.post("/gradio_api/run/predict", {}, cookie=ANNA).status_code == 422
    assert guarded.ask("GET", "/config", cookie=ANNA).status_code == 500


def test_a_body_that_is_not_http_ends_the_connection_quietly(guarded: GuardedApp, caplog) -> None:
    """The web server gives such a connection up; whoever answers on it fails."""
    waited = []

    async def receive() -> dict[str, Any]:
        waited.append("http.request" if len(waited) < 2 else "http.disconnect")
        return {"type": waited[-1]}

    async def send(_: Any) -> None:
        raise AssertionError("nothing can be sent")

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None}
    app = GuardMiddleware(failing_by(LocalProtocolError("Mary")), guarded.guard)
    run_apart(app(scope, receive, send))
    assert waited[-1] == "http.disconnect"
    assert not caplog.records


def test_a_refusal_that_can_not_be_sent_is_no_error_of_ours(guarded: GuardedApp, caplog) -> None:
    """What followed the head was not HTTP, so the web server failed on our refusal, in the log."""
    waited: list[str] = []

    async def receive() -> dict[str, Any]:
        waited.append("http.disconnect")
        return {"type": waited[-1]}

    async def send(_: Any) -> None:
        raise LocalProtocolError("Mary")

    scope = {"type": "http", "method": "GET", "path": "/gradio_api/proxy=x", "client": None}
    app = GuardMiddleware(failing_by(ValueError()), guarded.guard)
    run_apart(app(scope | {"headers": [(b"host", b"127.0.0.1")]}, receive, send))
    assert waited == ["http.disconnect"]
    assert not caplog.records
