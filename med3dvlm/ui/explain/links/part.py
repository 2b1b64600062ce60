"""A state of the tab as a link, which opens the same on another server of this app.

    links = build(session, parts, tabs)
    links.wire(turning, page_tabs)

A link holds the part that is open, what its controls say, and the open scan if it comes with the
app; of a visitor's own scan it holds nothing. What was computed is computed again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.insights import Inside
from med3dvlm.ui.explain.changes.part import names_of
from med3dvlm.ui.explain.links.controls import Query, texts_of
from med3dvlm.ui.explain.links.parts import ExplainParts, Linked, linked_parts
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import PRIVATE, QUICK
from med3dvlm.ui.page.notice import NOTHING, problem
from med3dvlm.ui.page.session import Scan, SessionStates
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.page.visitor import query_of
from med3dvlm.ui.scan.linked import SCAN, key_of, scan_part

NAME = KEY = "explain"
WITH_SCAN = "It holds the open scan, the part and its controls; what comes out is computed anew."
WITHOUT_SCAN = (
    "Your own scan is not in it, nor anything about it: who opens the link chooses a scan and "
    "presses the button."
)
NO_PART = "This link names no part of Explain: choose one of {known}."
# The title of the part that is open, in place of the first value.
OPEN_PART = """(first, ...given) => [
  document.querySelector("#explain-tabs > .tab-wrapper [role=tab][aria-selected=true]")
    ?.textContent.trim() ?? "", ...given]"""
# Presses the button of the part that a link leads to, once the page shows it.
BEGIN = """async () => {
  const starts = STARTS;
  const asked = new URLSearchParams(location.search);
  const id = starts[asked.get("explain")];
  if (!id || !asked.get("scan") || window.linkBegun) return;
  window.linkBegun = true;
  for (let n = 0; n < 100; n += 1) {
    const button = document.getElementById(id);
    if (button?.offsetParent) { button.click(); return; }
    await new Promise((done) => setTimeout(done, 100));
  }
}"""
Voxel = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class LinkPart:
    """The button and the link, and what happens to them."""

    session: SessionStates
    linked: Mapping[str, Linked]
    crosshair: gr.State
    inside: gr.State
    tabs: gr.Tabs
    make: gr.Button
    address: gr.HTML
    arrived: gr.State  # whether the page's own link was followed
    go: gr.State  # the part to begin

    def write(
        self, title: str, voxel: Voxel | None, inside: Inside | None, scan: Scan | None,
        *values: Any,
    ) -> Updates:  # fmt: skip
        """A link to what is shown now."""
        name = next((key for key, part in self.linked.items() if part.title == title), "")
        if not name:
            raise PromptError(NO_PART.format(known=self._known))
        said = dict(zip(self._components, values, strict=True))
        chosen = {key: said[part] for key, part in self.linked[name].controls.items()}
        if name == "answer" and inside is not None and not chosen["question"]:
            chosen["question"] = inside.question
        if chosen.get("organ") and chosen["organ"] not in names_of(scan, None):
            chosen.pop("organ", None)  # a name from a visitor's label map is in no link
        query = {KEY: name, **scan_part(scan, voxel), **texts_of(chosen)}
        return {self.address: link_words(query, own=scan is not None and not key_of(scan))}

    def follow(self, arrived: bool, scan: Scan | None, request: gr.Request) -> Updates:
        """Set the page as its link says, once its scan is open."""
        query = query_of(request)
        if arrived or scan is None:
            return {}
        if KEY not in query:
            return {self.arrived: True}
        try:
            found = self._set_from(query, scan)
        except PromptError as error:
            found = {self.address: problem(str(error))}
        return found | {self.arrived: True}

    def _set_from(self, query: Query, scan: Scan) -> Updates:
        name = query[KEY]
        if name not in self.linked:
            raise PromptError(NO_PART.format(known=self._known))
        set_so = self.linked[name].from_link(query, scan)
        return set_so | {self.tabs: gr.Tabs(selected=name), self.go: name}

    def refuse(self, message: str) -> Updates:
        """Why there is no link."""
        return {self.address: problem(message)}

    def turn_to(self) -> Updates:
        """Another scan: the link to the one before is gone."""
        return {self.address: NOTHING}

    @property
    def _known(self) -> str:
        return ", ".join(part.title for part in self.linked.values())

    @property
    def _components(self) -> list[Any]:
        return list(dict.fromkeys(
            control for part in self.linked.values() for control in part.controls.values()
        ))  # fmt: skip

    def wire(self, turning: Turning, page_tabs: gr.Tabs) -> None:
        """Connect the events; `page_tabs` are those that the Explain tab is one of."""
        self.make.click(
            guarded(self.write, self.refuse),
            [self.address, self.crosshair, self.inside, self.session.scan, *self._components],
            self.address, js=OPEN_PART, **QUICK,
        )  # fmt: skip

        def follow(arrived: bool, scan: Scan | None, request: gr.Request) -> Updates:
            found = self.follow(arrived, scan, request)
            return found | ({page_tabs: gr.Tabs(selected=NAME)} if self.go in found else {})

        turning.add(self.turn_to, [], [self.address])
        turning.add_later(
            follow, [self.arrived, self.session.scan],
            [self.arrived, self.go, self.address, self.tabs, page_tabs, *self._components,
             *self._more],
        )  # fmt: skip
        starts = json.dumps({name: part.start for name, part in self.linked.items()})
        self.go.change(None, None, None, js=BEGIN.replace("STARTS", starts), **PRIVATE)

    @property
    def _more(self) -> list[Any]:
        """What setting controls changes besides them."""
        return [part for linked in self.linked.values() for part in linked.more]


def link_words(query: Query, *, own: bool) -> str:
    """The link, and what is in it; what it holds is escaped."""
    address = escape("?" + urlencode(query, safe=",:"), quote=True)
    said = WITHOUT_SCAN if own or SCAN not in query else WITH_SCAN
    return (
        f"<p class='explain-note'>Link to this state: <a href='{address}'>{address}</a></p>"
        f"<p class='explain-note'>{said}</p>"
    )


def build(session: SessionStates, parts: ExplainParts, tabs: gr.Tabs) -> LinkPart:
    """Lay the button and its link out, below the parts."""
    make = gr.Button("Link to this state", size="sm", elem_id="explain-link", min_width=120)
    address = gr.HTML(elem_id="explain-address")
    return LinkPart(
        session=session, linked=linked_parts(parts), crosshair=parts.lesions.crosshair,
        inside=parts.inside.found, tabs=tabs, make=make, address=address,
        arrived=gr.State(False), go=gr.State(""),
    )  # fmt: skip
