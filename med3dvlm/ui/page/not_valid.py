"""Answers a request that does not fit its route with a sentence.

answer_briefly(page.app)        # after launch

FastAPI would send back all that came in, written out anew while nobody else was answered: for a
body of 4 MB half a second, on a busy machine.
"""

from typing import Any

from gradio import routes
from starlette.requests import Request
from starlette.responses import JSONResponse

from med3dvlm.hosting.gate.failures import PARAMETERS

NotFitting = routes.fastapi.exceptions.RequestValidationError  # type: ignore[attr-defined]


async def told_briefly(_request: Request, _error: Exception) -> JSONResponse:
    """The same for whatever was sent."""
    return JSONResponse({"detail": PARAMETERS}, status_code=422)


def answer_briefly(app: Any) -> None:
    """Let a launched app answer so; its layers are built anew for the next request."""
    app.add_exception_handler(NotFitting, told_briefly)
    app.middleware_stack = None
