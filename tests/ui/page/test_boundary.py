import errno
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import LibraryError, Med3DVLMError, PromptError, VolumeError
from med3dvlm.ui.page.boundary import errors_for_callers, guarded, message_of

SECRET = "mary_shelley.nii"


def say(message: str) -> dict[str, str]:
    return {"notice": message}


def fail(error: Exception) -> dict[str, str]:
    raise error


def fail_midway(error: Exception) -> Iterator[dict[str, str]]:
    yield {"notice": "begun"}
    raise error


def run(handler: Callable[..., Any], error: Exception) -> dict[str, str]:
    """The last update of a guarded handler that changes anything, plain or streaming."""
    result = guarded(handler, say)(error)
    return result if isinstance(result, dict) else list(result)[-2]


@pytest.mark.parametrize("handler", [fail, fail_midway])
@pytest.mark.parametrize("kind", [Med3DVLMError, VolumeError, PromptError, LibraryError])
def test_an_error_for_the_user_is_shown_as_it_stands(handler, kind, caplog) -> None:
    message = f"{SECRET}: 3 slices are missing. Export the whole series."
    assert run(handler, kind(message)) == {"notice": message}
    assert not caplog.records


@pytest.mark.parametrize("handler", [fail, fail_midway])
def test_an_unexpected_error_is_found_again_by_its_reference(handler, caplog) -> None:
    shown = run(handler, KeyError(SECRET))["notice"]
    reference = shown.rstrip(".").rsplit(" ", 1)[-1]
    assert len(reference) == 8
    assert f"reference {reference}: KeyError" in caplog.text
    assert f"{handler.__name__}" in caplog.text, "the way to the error"


@pytest.mark.parametrize("handler", [fail, fail_midway])
@pytest.mark.parametrize("kind", [KeyError, ValueError, FileNotFoundError, AssertionError])
def test_what_an_unexpected_error_quotes_is_neither_shown_nor_logged(handler, kind, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    shown = run(handler, kind(f"can't open /uploads/{SECRET}: no such patient"))["notice"]
    for text in (shown, caplog.text):
        assert SECRET not in text
        assert "patient" not in text


@pytest.mark.parametrize("handler", [fail, fail_midway])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said(handler, number: int, caplog) -> None:
    """It was an unknown error with a reference, as if the visitor had met a bug."""
    shown = run(handler, OSError(number, "No space left on device", f"/cache/{SECRET}"))["notice"]
    assert "disk of the server is full" in shown
    assert "Try again" in shown
    for text in (shown, caplog.text):
        assert SECRET not in text


def test_references_differ() -> None:
    assert message_of(KeyError()) != message_of(KeyError())


@pytest.mark.parametrize("handler", [fail, fail_midway])
def test_gradios_own_errors_pass(handler) -> None:
    """ZeroGPU says so that a visitor's quota is used up."""
    with pytest.raises(gr.Error, match="quota"):
        run(handler, gr.Error("quota"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (VolumeError("3 slices are missing."), "3 slices are missing."),
        (KeyError(SECRET), "Something went wrong"),
        (gr.Error("quota"), "quota"),
    ],
)
def test_callers_of_an_endpoint_are_told_one_sentence(error: Exception, told: str) -> None:
    with pytest.raises(gr.Error, match=told) as raised, errors_for_callers():
        raise error
    assert SECRET not in raised.value.message


def test_without_an_error_nothing_changes() -> None:
    assert guarded(lambda number, by=1: number * by, say)(3, by=2) == 6

    def stream(count: int) -> Iterator[int]:
        yield from range(count)

    assert list(guarded(stream, say)(3)) == [0, 1, 2, gr.skip()]


def test_what_came_before_the_error_was_shown() -> None:
    updates = list(guarded(fail_midway, say)(PromptError("No.")))
    assert updates == [{"notice": "begun"}, {"notice": "No."}, gr.skip()]


def test_a_stream_that_ends_at_once_changes_nothing() -> None:
    """Gradio put `None` into every output: it emptied the chat, the box and a button's label."""

    def silent() -> Iterator[dict[str, str]]:
        yield from ()

    assert list(guarded(silent, say)()) == [gr.skip()]


def test_a_stream_that_is_over_takes_back_nothing() -> None:
    """Gradio sends the last update again: a map vanished with the second coming of its scan."""

    def opening() -> Iterator[dict[str, str]]:
        yield {"viewer": "a scan without a map"}

    assert list(guarded(opening, say)())[-1] == gr.skip()


def test_no_updates_at_all_change_nothing() -> None:
    """Gradio takes an empty dictionary for a handler that forgot its outputs."""
    assert guarded(dict, say)() == gr.skip()

    def stream() -> Iterator[dict[str, str]]:
        yield {}
        yield {"notice": "shown"}
        yield {}

    assert list(guarded(stream, say)()) == [gr.skip(), {"notice": "shown"}, gr.skip(), gr.skip()]


def test_a_guarded_stream_closes_the_handler() -> None:
    """A stop must reach the generator that runs the model."""
    closed = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.append(True)

    stream = guarded(endless, say)()
    next(stream)
    stream.close()
    assert closed


def test_gradio_still_sees_the_handlers_parameters() -> None:
    """It passes the event and the request by the type hints of the wrapped function."""

    def handler(event: gr.SelectData, request: gr.Request) -> None: ...

    assert gr.utils.get_type_hints(guarded(handler, say)).keys() >= {"event", "request"}
