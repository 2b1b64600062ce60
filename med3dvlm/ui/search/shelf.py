"""Which library is searched, and the scans that a visitor has put beside it for this visit.

shelf = build({"Phantoms": library, "Trauma": loading_of_trauma}, {}, switches)
reader = shelf.reader("Trauma", own)        # what is searched: the library and the visitor's scans
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import gradio as gr

from med3dvlm.engine.scan_entry import scan_entry
from med3dvlm.engine.scan_files import NO_FILE, ScanFiles
from med3dvlm.engine.starter_library import SOURCE
from med3dvlm.errors import Med3DVLMError, VolumeError
from med3dvlm.hosting.models.loading import Loading, Progress
from med3dvlm.hosting.models.services import Services
from med3dvlm.hosting.operations.memory import MemoryBudget
from med3dvlm.retrieval.beside import Beside, Own
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.notice import NOTHING, busy, standing, told
from med3dvlm.ui.page.session import LIFETIME_SECONDS, Encoded, Scan, features_of, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.search.hits import IN_LIBRARY

FIRST = "Phantoms that come with the app"
Libraries = Mapping[str, Loading[Any]]
BeforeReading = Callable[[int], None]
ADDED = (
    "Of your scans, {count} will be searched with the library until you close the page. Nobody "
    "else finds what you add, and nothing of it is kept."
)
ESTIMATING = "The model is asked for the findings of this scan, by which searches will rank it."
TASK = "own scan"
NO_ESTIMATES: Mapping[str, float] = MappingProxyType({})
OWN_SET = "this visit"
NOT_KEPT = (
    "This scan was too large to be kept beside the others that you added. Open its file again."
)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Scans that a visitor has added and that no seed or card opens, by digest."""

    scans: Mapping[str, Scan] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The choice of a library, and what a visitor adds.

    Attributes:
        libraries: those to choose from by name, the app's own first.
        box: the choice, out of sight where there is nothing to choose.
        own: holds an `Own`.
        kept: holds a `Kept`.
        files: of further libraries' scans, by the library's name.
        budget: memory of open scans, and of those that are kept.
        switches: the queue for the model.
        name: what the open scan is to be called.
        add: puts the open scan beside the library.
        clear: takes all of the visitor's scans away again.
        said: how many there are.
        services: what estimates the findings of a scan that is added.
    """

    libraries: Libraries
    box: gr.Dropdown
    own: gr.State
    name: gr.Textbox
    add: gr.Button
    clear: gr.Button
    said: gr.HTML
    kept: gr.State
    files: Mapping[str, ScanFiles]
    budget: MemoryBudget
    switches: Switches
    services: Loading[Services] | None = None

    @property
    def inputs(self) -> list[Any]:
        """What `reader` is called with."""
        return [self.box, self.own]

    @property
    def outputs(self) -> list[Any]:
        """What adding a scan changes."""
        return [self.own, self.kept, self.said, self.clear, self.name]

    def loading(self, name: str | None) -> Loading[Any]:
        """The library of this name; the app's own for a name that nobody knows."""
        return self.libraries.get(name or "", next(iter(self.libraries.values())))

    def waiting(self, name: str | None) -> Iterator[Progress]:
        """Yields until the library is open."""
        return self.loading(name).waiting()

    def note(self, name: str | None) -> str:
        """What whoever searches the library should know of it."""
        return str(getattr(self.loading(name).value(), "note", ""))

    def reader(self, name: str | None, own: Own | None) -> VectorReader:
        """What is searched: the library, and the visitor's scans that its model has read.

        Raises:
            Med3DVLMError: the library can't be opened.
        """
        library: VectorReader = self.loading(name).value()
        return Beside(library, own) if own and own.of(library.model)[0] else library

    def put(  # noqa: PLR0913  (each is a component)
        self, scan: Scan | None, encoded: Encoded | None, name: str, place: str | None,
        own: Own | None, kept: Kept | None = None, estimates: Mapping[str, float] = NO_ESTIMATES,
    ) -> Updates:  # fmt: skip
        """Put the open scan beside the library, with what the model makes of its findings.

        Raises:
            PromptError: no scan is open, or the model has not read it.
            LibraryError: there are too many already.
        """
        scan = opened(scan)
        now = self._with(scan, encoded, name, place, own, estimates)
        entry = now.held[-1][0]
        held = dict(kept.scans) if kept else {}
        if not entry.source and self.budget.keep(scan.volume.voxels):
            held[entry.digest] = scan
        return self._told(now) | {self.kept: Kept(held), self.name: ""}

    def put_estimated(  # noqa: PLR0913  (each is a component)
        self, scan: Scan | None, encoded: Encoded | None, name: str, place: str | None,
        own: Own | None, kept: Kept | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """The same once the model, in this visitor's turn, has estimated the scan's findings.

        Raises:
            PromptError, LibraryError: as `put`.
            BusyError: there is no room in the queue.
        """
        scan, estimates = opened(scan), NO_ESTIMATES
        features = features_of(encoded, scan)
        try:
            if self.services:
                self._with(scan, encoded, name, place, own)  # no model's time for what has no room
                with self.switches.turn(request, TASK) as turn:
                    for before in turn.waiting():
                        yield {self.said: standing(before)}
                    yield {self.said: busy(ESTIMATING)}
                    estimates = self.services.value().estimates(features)
            done = self.put(scan, encoded, name, place, own, kept, estimates)
        except Med3DVLMError:
            yield self._told(own or Own())
            raise
        yield done

    def _with(
        self, scan: Scan, encoded: Encoded | None, name: str, place: str | None,
        own: Own | None, estimates: Mapping[str, float] = NO_ESTIMATES,
    ) -> Own:  # fmt: skip
        """What was added before, and the open scan as the last."""
        entry = scan_entry(
            scan.volume, title=name.strip(), collection=OWN_SET,
            source=(scan.card or "") if scan.seed is None else f"{SOURCE}{scan.seed}",
            estimates=estimates,
        )  # fmt: skip
        vector = features_of(encoded, scan).embedding
        return (own or Own()).with_entry(entry, vector, model=self.loading(place).value().model)

    def take_away(self) -> Updates:
        """Take all of the visitor's scans away."""
        return self._told(Own()) | {self.kept: Kept()}

    def open(self, key: str, own: Own | None, kept: Kept | None, before: BeforeReading) -> Scan:
        """The scan of an entry, by what `key_of_entry` gives.

        Args:
            key: of the entry.
            own: what the visitor has added.
            kept: the scans of it.
            before: called with the number of voxels before a file is read.

        Raises:
            VolumeError: there is no such volume, its file is unknown here, or can't be read.
        """
        number, _, place = key.removeprefix(IN_LIBRARY).partition(":")
        if not re.fullmatch(r"-?\d{1,18}", number, re.ASCII):
            raise VolumeError(NO_FILE)
        entry = self.reader(place, own).get([int(number)]).get(int(number))
        if entry is None:
            raise VolumeError(NO_FILE)
        if entry.id < 0:
            scan = kept.scans.get(entry.digest) if kept else None
            if scan is None:
                raise VolumeError(NOT_KEPT)
            return scan
        found = self.files[place].find(entry.digest) if place in self.files else None
        if found is None:
            raise VolumeError(NO_FILE)
        return Scan(volume=found.open(before=before), name=entry.title)

    def _told(self, own: Own) -> Updates:
        count = len(own.held)
        return {
            self.own: own,
            self.said: told(ADDED.format(count=count)) if count else NOTHING,
            self.clear: gr.Button(visible=bool(count)),
        }

    def wire(self) -> None:
        """Connect the event that needs no scan."""
        self.clear.click(self.take_away, None, self.outputs, **QUICK)


def build(
    libraries: Libraries, files: Mapping[str, ScanFiles], switches: Switches,
    services: Loading[Services] | None = None,
) -> Shelf:  # fmt: skip
    """Lay it out."""
    names = list(libraries)
    box = gr.Dropdown(
        names, value=names[0], label="Search in", visible=len(names) > 1, elem_id="library-choice"
    )
    with gr.Accordion("Add scans of your own", open=False, elem_id="own-fold"):
        with gr.Row(elem_id="own-row"):
            name = gr.Textbox(
                show_label=False, container=False, scale=3, min_width=140, max_length=80, lines=1,
                max_lines=1, placeholder="A name for the open scan", elem_id="own-name",
            )  # fmt: skip
            add = gr.Button("Add the open scan", scale=1, min_width=140, elem_id="own-add")
            clear = gr.Button(
                "Take mine away", scale=1, min_width=120, visible=False, elem_id="own-clear"
            )
        said = gr.HTML(NOTHING, elem_id="own-said")
    return Shelf(
        libraries=libraries, box=box, own=gr.State(Own(), time_to_live=LIFETIME_SECONDS),
        name=name, add=add, clear=clear, said=said,
        kept=gr.State(Kept(), time_to_live=LIFETIME_SECONDS), files=files,
        budget=switches.budget, switches=switches, services=services,
    )  # fmt: skip
