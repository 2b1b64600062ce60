"""Who sent an event: the open page, and its browser.

session = session_of(request)       # one page
visitor = visitor_of(request)       # the same for all pages of a browser
"""

import gradio as gr

from med3dvlm.hosting.gate.request_head import ADDRESS_HEADER, CALLER_HEADER, VISITOR_HEADER
from med3dvlm.hosting.operations.memory import Holder

NO_PAGE = "This belongs to an open page, and none was named. Open the page and do it there."


def session_of(request: gr.Request) -> str:
    """The name of the open page.

    Raises:
        gr.Error: there is none, as the event was sent by something else.
    """
    if not request.session_hash:
        raise gr.Error(NO_PAGE, print_exception=False)
    return str(request.session_hash)


def visitor_of(request: gr.Request) -> str:
    """The tag assigned by the guard; without a guard, each page counts as a visitor."""
    headers = getattr(request, "headers", None) or {}
    return str(headers.get(VISITOR_HEADER.decode()) or session_of(request))


def call_of(request: gr.Request) -> str:
    """The name of a call without a page, used to end it when its caller disconnects."""
    headers = getattr(request, "headers", None) or {}
    return str(headers.get(CALLER_HEADER.decode()) or session_of(request))


def holder_of(request: gr.Request | None) -> Holder | None:
    """Whose memory a scan takes; None without a request, as in tests."""
    if request is None:
        return None
    headers = getattr(request, "headers", None) or {}
    address = str(headers.get(ADDRESS_HEADER.decode()) or "")
    return Holder(call_of(request), visitor_of(request), address)


def query_of(request: gr.Request | None) -> dict[str, str]:
    """What follows the `?` in the page's address; empty without a request, as in tests."""
    return dict(getattr(request, "query_params", None) or {})
