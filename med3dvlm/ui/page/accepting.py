"""Lets the web server take in connections a few at a time.

    accept_few_at_once()        # before launch

Each time it looks, it would take all that wait: a crowd of two thousand, and nobody else was
answered until each of them had been welcomed.
"""

from typing import Any

from gradio import http_server

FEW = 32
MOST_WAITING = 2048  # connections that the system keeps until they are taken


class GentleServer(http_server.Server):
    """Gradio's web server; after a few new connections it does whatever else there is to do."""

    def __init__(self, config: Any, *more: Any, **named: Any) -> None:
        config.backlog = FEW
        super().__init__(config, *more, **named)

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Listen; the others wait in the system, which had taken the same number for its own."""
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                with listening.dup() as same:
                    same.listen(MOST_WAITING)


def accept_few_at_once() -> None:
    """Replace the web server of pages that are launched from now on."""
    http_server.Server = GentleServer  # type: ignore[misc]
