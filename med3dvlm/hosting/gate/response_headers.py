"""The headers that every response gets: nothing of another site runs, and no file is kept."""

from collections.abc import Iterator

from med3dvlm.hosting.gate.rate_limits import Visitor
from med3dvlm.hosting.gate.request_head import RequestHead

CONTENT_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    b"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    b"media-src 'self' blob:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
FRAMED_BY_SPACES = b" https://huggingface.co https://*.hf.space"


def response_headers(
    head: RequestHead, visitor: Visitor, *, framed: bool
) -> Iterator[tuple[bytes, bytes]]:
    """Headers added to every response."""
    yield b"x-content-type-options", b"nosniff"
    yield b"referrer-policy", b"no-referrer"
    yield b"cross-origin-resource-policy", b"same-origin"
    yield b"permissions-policy", b"camera=(), microphone=(), geolocation=()"
    yield b"content-security-policy", CONTENT_POLICY + (FRAMED_BY_SPACES if framed else b"")
    if head.route.startswith(("file", "queue", "call")):
        yield b"cache-control", b"private, no-store"
    if visitor.cookie:
        yield b"set-cookie", visitor.cookie.encode()
