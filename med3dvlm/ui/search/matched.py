"""Where hits matched the text: each shown hit's parts of the similarity, over its picture.

matched = build(session, services, shelf, hits, found, switches)
matched.wire()

The parts come from the dual encoder (`med3dvlm/explain/maps/text_split.py`) and add up to the
similarity. A library keeps one vector a volume and not those of its cells, so each shown hit is
opened and read again, when somebody asks for it, one after the other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import Any

import gradio as gr

from med3dvlm.engine.starter_library import reading_window, seed_of
from med3dvlm.errors import CheckpointError, PromptError, VolumeError
from med3dvlm.explain.maps.text_split import MEANS, MEANS_NOT
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.maps import SPLIT
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.case import make_case
from med3dvlm.retrieval import Hit
from med3dvlm.retrieval.beside import Own
from med3dvlm.ui.components.cards import Card, Cards
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, loading, problem, standing, told
from med3dvlm.ui.page.session import Scan, SessionStates
from med3dvlm.ui.page.stopping import Signal, Switches
from med3dvlm.ui.page.visitor import holder_of
from med3dvlm.ui.scan.real_examples import PREFIX, open_real
from med3dvlm.ui.search.hits import Search, hit_cards, key_of_entry
from med3dvlm.ui.search.shelf import Kept, Shelf
from med3dvlm.volumes import Volume
from med3dvlm.volumes.grid import AS_TRAINED
from med3dvlm.volumes.views.body import sample
from med3dvlm.volumes.views.heat import Heat
from med3dvlm.volumes.views.opening import opening_window
from med3dvlm.volumes.views.thumbnail import thumbnail
from med3dvlm.volumes.window import Window

TASK = "matched"
NO_TEXT = "Search by a text first: what is drawn is where a hit matches it."
DRAWING = "Drawing where it matched: {done} of {count}."
COLOURS = (
    "The colours of {drawn} show what matched: orange adds to the similarity with \u201c{text}"
    "\u201d, blue takes away from it, and the slices go through the part that adds most. "
)
LEFT_OUT = "{count} can't be opened here, and have none. "


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Pictures of hits of a search, by their ids."""

    search: Search | None = None
    pictures: Mapping[int, bytes] = field(default_factory=dict)

    def cards(self, search: Search, scan: Scan | None) -> list[Card]:
        """The cards of a search, with those pictures that are of it."""
        of_it = self.pictures if self.search is search else {}
        return [
            replace(card, picture=of_it.get(hit.entry.id, card.picture))
            for card, hit in zip(hit_cards(search, scan), search.hits, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class Matched:
    """The button, and what it fills.

    Attributes:
        switches: of all visitors.
        session: the open scan, whose card is marked.
        services: the models.
        shelf: where the volumes come from.
        hits: the cards.
        found: holds the `Search`.
        drawn: holds a `Drawn`.
        button: draws.
        said: what the colours are.
    """

    switches: Switches
    session: SessionStates
    services: Loading[Services]
    shelf: Shelf
    hits: Cards
    found: gr.State
    drawn: gr.State
    button: gr.Button
    said: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What drawing changes."""
        return [self.hits, self.drawn, self.said]

    def draw(
        self, search: Search | None, scan: Scan | None, own: Own | None, kept: Kept | None,
        request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Draw over the picture of one hit after the other, until another search is made."""
        if search is None or not search.text:
            raise PromptError(NO_TEXT)
        signal = self.switches.renew(request, TASK)
        try:
            for progress in self.services.waiting():
                yield {self.said: loading(progress)}
            with self.switches.turn(request, TASK) as turn:
                for place in takewhile(lambda _: not signal.is_set(), turn.waiting()):
                    yield {self.said: standing(place)}
                volume_of = partial(self._volume, own=own, kept=kept, request=request)
                yield from self._draw_all(search, scan, volume_of, signal)
        finally:
            self.switches.done(request, TASK, signal)

    def _draw_all(
        self, search: Search, scan: Scan | None, volume_of: Any, signal: Signal
    ) -> Iterator[Updates]:  # fmt: skip
        pictures: dict[int, bytes] = {}
        for done, hit in enumerate(search.hits):
            if signal.is_set():
                return
            yield {self.said: busy(DRAWING.format(done=done, count=len(search.hits)))}
            try:
                volume, window = volume_of(hit, search.place)
                pictures[hit.entry.id] = self._picture(volume, window, search.text)
            except (VolumeError, CheckpointError):
                continue
            drawn = Drawn(search, dict(pictures))
            if not signal.is_set():
                yield {self.hits: drawn.cards(search, scan), self.drawn: drawn}
        missing = len(search.hits) - len(pictures)
        yield {
            self.said: told(
                (COLOURS.format(drawn=len(pictures), text=search.text) if pictures else "")
                + (LEFT_OUT.format(count=missing) if missing else "")
                + (f"{MEANS} {MEANS_NOT}" if pictures else "")
            )
        }

    def _volume(
        self, hit: Hit, place: str | None, *, own: Own | None, kept: Kept | None,
        request: gr.Request,
    ) -> tuple[Volume, Window]:  # fmt: skip
        """The volume of a hit, and the grey scale that it is looked at in."""
        source, budget = hit.entry.source, self.shelf.budget
        seed = seed_of(source)
        if seed is not None:
            case = make_case(seed)
            return case.volume, reading_window(case.facts)
        if source.startswith(PREFIX):
            volume = open_real(source).volume
        else:
            room = partial(budget.check_unread, holder=holder_of(request))
            volume = self.shelf.open(key_of_entry(hit.entry, place), own, kept, room).volume
        return volume, opening_window(volume, sample(volume))

    def _picture(self, volume: Volume, window: Window, text: str) -> bytes:
        [step] = self.services.value().map(SPLIT, volume, AS_TRAINED, text)
        heat = Heat(step.map.values, step.map.mapping)
        return thumbnail(volume, window, center=heat.peak, heat=heat)

    def give_up(self, search: Search | None, request: gr.Request) -> Updates:
        """Another search was made: what is being drawn is not of it."""
        self.switches.supersede(request, TASK)
        text = bool(search and search.text and search.hits)
        return {self.button: gr.Button(visible=text), self.said: NOTHING}

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.said: problem(message)}

    def wire(self) -> None:
        """Connect the events."""
        self.button.click(
            guarded(self.draw, self.say),
            [self.found, self.session.scan, self.shelf.own, self.shelf.kept],
            self.shown,
            **IN_QUEUE,
        )
        self.found.change(self.give_up, self.found, [self.button, self.said], **QUICK)


def build(
    session: SessionStates, services: Loading[Services], shelf: Shelf, hits: Cards,
    found: gr.State, switches: Switches,
) -> Matched:  # fmt: skip
    """Lay it out, below the hits."""
    button = gr.Button("Show where they matched", visible=False, elem_id="matched")
    return Matched(
        switches=switches, session=session, services=services, shelf=shelf, hits=hits,
        found=found, drawn=gr.State(Drawn()), button=button,
        said=gr.HTML(NOTHING, elem_id="matched-said"),
    )  # fmt: skip
