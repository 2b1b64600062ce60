"""Opens the volume of a hit, or of a point of the map, whatever it is.

OpensHits(panel=panel, shelf=shelf).on(cards.select)

A phantom is made again and an example comes with the app. A file of a library is read where the
operator allows it (`MED3DVLM_SCANS`); visitors never learn its path. A scan that the visitor has
added is as it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from med3dvlm.retrieval.beside import Own
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import busy
from med3dvlm.ui.page.visitor import holder_of
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.search.hits import IN_LIBRARY, key_of_hit
from med3dvlm.ui.search.shelf import Kept, Shelf


@dataclass(frozen=True, kw_only=True)
class OpensHits:
    """What opens them, and where they come from."""

    panel: ScanPanel
    shelf: Shelf

    def open_hit(
        self, key: str | None, own: Own | None, kept: Kept | None,
        request: gr.Request | None = None,
    ) -> Iterator[Updates]:  # fmt: skip
        """Open the volume whose key was chosen."""
        if key is None or not key.startswith(IN_LIBRARY):
            yield from self.panel.open_example(key, request)
            return
        yield {self.panel.notice: busy("Opening it.")}
        room = partial(self.shelf.budget.check_unread, holder=holder_of(request))
        yield from self.panel.show_alone(self.shelf.open(key, own, kept, room), request)

    def on(self, event: Callable[..., Any]) -> None:
        """Open what is chosen on an event."""
        self.panel.open_on(event, key_of_hit, self.open_hit, [self.shelf.own, self.shelf.kept])
