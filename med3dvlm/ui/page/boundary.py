"""Where errors become words for the user: around every handler and endpoint, and nowhere else.

    button.click(guarded(handler, say), inputs, outputs)     # say(message) returns updates

A `Med3DVLMError` is shown as it stands. Anything else is our fault: the user gets an apology with
a reference, the log the same reference, the kind of error and the lines of code it passed. Texts
of such errors are not logged: they may quote a file's name, a question or a header.

Each stream ends with an update that changes nothing. When a stream is over Gradio sends its last
update once more, which would take back what another handler has shown meanwhile; and where there
was none it sends `None` to every output, which empties a conversation and the labels of buttons.
"""

import functools
import inspect
import logging
import secrets
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import gradio as gr

from med3dvlm.errors import Med3DVLMError, is_disk_full

Updates = dict[Any, Any]
Say = Callable[[str], Updates]

DISK_FULL = (
    "The disk of the server is full. Nothing is wrong with what you did. Try again in a while; "
    "whoever runs the server has to free some space."
)

logger = logging.getLogger(__name__)


def guarded(handler: Callable[..., Any], say: Say) -> Callable[..., Any]:
    """The handler, plain or a generator, with its errors told by `say`."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def streaming(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                with closing(handler(*args, **kwargs)) as updates:
                    yield from map(_sent, updates)
            except gr.Error:
                raise  # how ZeroGPU says that a quota is used up
            except Exception as error:  # noqa: BLE001
                yield say(message_of(error))
            yield gr.skip()

        return streaming

    @functools.wraps(handler)
    def plain(*args: Any, **kwargs: Any) -> Any:
        try:
            return _sent(handler(*args, **kwargs))
        except gr.Error:
            raise
        except Exception as error:  # noqa: BLE001
            return say(message_of(error))

    return plain


def _sent(updates: Any) -> Any:
    """What Gradio takes for these updates: an empty dictionary changes nothing, and is an error."""
    return gr.skip() if updates == {} and isinstance(updates, dict) else updates


@contextmanager
def errors_for_callers() -> Iterator[None]:
    """For endpoints, and where no handler is: an error becomes one sentence for the caller."""
    try:
        yield
    except gr.Error:
        raise
    except Exception as error:  # noqa: BLE001
        raise gr.Error(message_of(error), print_exception=False) from None


def message_of(error: Exception) -> str:
    """What the user is told of an error; an unexpected one is logged under a reference."""
    if isinstance(error, Med3DVLMError):
        return str(error)
    if is_disk_full(error):
        logger.error(DISK_FULL)
        return DISK_FULL
    reference = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)
    way = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    logger.error("reference %s: %s at %s", reference, type(error).__name__, way)
    return (
        "Something went wrong on our side. Please try again. If it happens again, report it "
        f"with the reference {reference}."
    )
