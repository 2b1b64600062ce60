"""What an error behind the guard means: a mistake of the sender, an end of a connection, or ours.

    refused = refusal_for(head, error)      # None: it is ours, and has to be logged

Gradio looks up what a request names (an endpoint, an event, a parameter, a form) without expecting
that it may not be there. Handlers run elsewhere, so such an error is never one of theirs.
"""

from starlette.exceptions import HTTPException

from med3dvlm.hosting.gate.refusal import RefusedError
from med3dvlm.hosting.gate.request_head import RequestHead

PARAMETERS = "There is no such endpoint, or it has other parameters (docs/api.md)."
FORM = "This is no upload of files."
# Requests that name what is looked up, and how an event that is called at once has failed.
NAMING = ("queue/join", "run/", "api/", "call/", "cancel", "reset")
CALLED_AT_ONCE = ("run/", "api/")
MISNAMED = (TypeError, LookupError, ValueError)
NOT_INFERRED = "FnIndexInferError"  # Gradio's, which this floor does not import
BROKEN = "LocalProtocolError"  # the web server's own, on a connection that it has given up


def refusal_for(head: RequestHead, error: Exception) -> RefusedError | None:
    """How to refuse a request whose sender is to blame for an error."""
    if not isinstance(error, MISNAMED) and type(error).__name__ != NOT_INFERRED:
        return None
    if head.route.startswith("upload"):
        return RefusedError(400, "form", FORM)
    if head.route.startswith(NAMING):
        return RefusedError(400, "parameters", PARAMETERS)
    return None


def ends_a_stream(error: Exception) -> bool:
    """Whether it is how Gradio ends the stream of an event that there is not."""
    return isinstance(error, RuntimeError) and isinstance(error.__cause__, HTTPException)


def is_of_a_broken_connection(error: Exception) -> bool:
    """Whether no answer can be sent, because what came in after the head was not HTTP."""
    return type(error).__name__ == BROKEN


def status_for(head: RequestHead, status: int) -> int:
    """The status to send: of an event called at once, 500 says that its values did not fit it."""
    if status == 500 and head.route.startswith(CALLED_AT_ONCE):
        return 422
    return status
