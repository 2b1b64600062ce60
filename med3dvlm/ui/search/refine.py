"""What narrows a search: what is known of a volume, when it was added, what it must not show.

refine = build(shelf)
where = conditions(["region=chest", "kinds=ascites"], "2026-11-01")
"""

import re
from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.errors import PromptError
from med3dvlm.retrieval.beside import Own
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.search.shelf import Shelf

# Facts of an entry that a search can be narrowed by, and how they are called.
FILTERS = {
    "region": "Region", "plane": "Plane", "phase": "Contrast", "kinds": "Finding",
    "modality": "Modality", "tags": "Tag", "collection": "Set",
}  # fmt: skip
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
NO_DATE = "Write the day as 2026-11-29, or a month or year of it."
LIKE = "Also like the open scan"
ABOUT = (
    "Several values of one kind are alternatives; different kinds must all hold. With \u201c"
    f"{LIKE.lower()}\u201d, the text is what is different: \u201cascites\u201d finds volumes like "
    "the scan, but with ascites."
)


def conditions(picked: list[str] | None, since: str = "") -> dict[str, Any]:
    """The filters that were picked, as conditions for the library.

    Raises:
        PromptError: the day is none.
    """
    where: dict[str, Any] = {}
    for one in picked or ():
        key, _, value = one.partition("=")
        if key in FILTERS:
            where.setdefault(key, []).append(value)
    if since.strip():
        if not DATE.fullmatch(since.strip()):
            raise PromptError(NO_DATE)
        where["added"] = {"from": since.strip()}
    return where


@dataclass(frozen=True, kw_only=True)
class Refine:
    """The fold with the filters."""

    shelf: Shelf
    fold: gr.Accordion
    only: gr.Dropdown
    since: gr.Textbox
    without: gr.Textbox
    like: gr.Checkbox

    @property
    def inputs(self) -> list[Any]:
        """The components a search reads."""
        return [self.only, self.since, self.without, self.like]

    def offer(self, place: str | None = None, own: Own | None = None) -> dict[Any, Any]:
        """The values that the library's entries have, the most frequent first."""
        loading = self.shelf.loading(place)
        if not loading.ready or loading.failed:
            return {self.only: gr.skip()}
        library = self.shelf.reader(place, own)
        values = [
            (f"{name}: {value or 'none'}", f"{key}={value}")
            for key, name in FILTERS.items()
            for value in library.values(key)
        ]
        return {self.only: gr.Dropdown(choices=values)}

    def wire(self) -> None:
        """Connect the events."""
        self.fold.expand(self.offer, self.shelf.inputs, [self.only], **QUICK)
        self.shelf.own.change(self.offer, self.shelf.inputs, [self.only], **QUICK)


def build(shelf: Shelf) -> Refine:
    """Lay the fold out."""
    with gr.Accordion("Narrow the search", open=False, elem_id="refine") as fold:
        with gr.Row():
            only = gr.Dropdown(
                [], multiselect=True, label="Only volumes with", elem_id="only", scale=4
            )
            # A box in a fold that was never opened has no value but the one that it is given here.
            without = gr.Textbox(
                "", label="Without", placeholder="ascites", max_length=200, scale=2,
                elem_id="without",
            )  # fmt: skip
            since = gr.Textbox(
                "", label="Added since", placeholder="2026-11-01", max_length=10, elem_id="since"
            )
        like = gr.Checkbox(label=LIKE, elem_id="like")
        gr.HTML(f'<p class="about">{ABOUT}</p>')
    return Refine(shelf=shelf, fold=fold, only=only, since=since, without=without, like=like)
