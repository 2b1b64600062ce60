"""Who sent an event: the open page, and the browser that it is open in.

session = session_of(request)       # one page
visitor = visitor_of(request)       # the same for all pages of a browser
"""

import gradio as gr

from med3dvlm.hosting.gate.request_head import CALLER_HEADER, VISITOR_HEADER


def session_of(request: gr.Request) -> str:
    """The name of the open page."""
    assert request.session_hash, "an event of the page has a session"
    return str(request.session_hash)


def visitor_of(request: gr.Request) -> str:
    """The tag that the guard gave; without a guard, each page is a visitor."""
    headers = getattr(request, "headers", None) or {}
    return str(headers.get(VISITOR_HEADER.decode()) or session_of(request))


def call_of(request: gr.Request) -> str:
    """The name of a call without a page, by which it is told that its caller hung up."""
    headers = getattr(request, "headers", None) or {}
    return str(headers.get(CALLER_HEADER.decode()) or session_of(request))
