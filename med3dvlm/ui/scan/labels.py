"""Label maps over the open scan: added from files, or a phantom's own.

tab = build(session, switches, panel)
tab.wire(turning)
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr

from med3dvlm.errors import VolumeError
from med3dvlm.phantoms.painted import masks_of
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.components.viewer.state import Named, Overlay
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, busy, problem, told
from med3dvlm.ui.page.session import Encoded, Labelled, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import OPEN, Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.looks import with_overlay
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.scan.upload import gathered
from med3dvlm.volumes import Limits
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.labels.label_map import LabelMap, labels_of_masks
from med3dvlm.volumes.labels.place import Place

TASK = "labels"
HINT = (
    "Labels that somebody drew on this scan, or a segmentation program: NIfTI, NRRD (also of 3D "
    "Slicer), MetaImage, DICOM SEG or RTSTRUCT. They are laid over it by their place; the viewer "
    "names them under the cursor. Drop the file here, or choose it."
)
HELD = "A scan is being opened. Add the label map when it is open."
REAL = "This is no phantom: nobody painted it. Add a label map of your own."
PAINTED = "the painter's masks"


@dataclass(frozen=True, kw_only=True)
class LabelTab:
    """The components of the tab, and what happens in it."""

    session: SessionStates
    switches: Switches
    limits: Limits
    viewer: VolumeViewer
    files: gr.UploadButton
    painted: gr.Button
    again: gr.Button
    remove: gr.Button
    notice: gr.HTML
    table: gr.HTML

    def turn_to(
        self, scan: Scan | None, encoded: Encoded | None, labelled: Labelled | None
    ) -> Updates:
        """Another scan has no labels yet; the same one prepared anew keeps them."""
        if scan and labelled and labelled.of(scan):
            return self.show_again(scan, encoded, labelled)
        return {self.notice: NOTHING, self.session.labelled: None, **self._without(scan)}

    def add(
        self, paths: list[str] | None, scan: Scan | None, encoded: Encoded | None,
        request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Read a label map and lay it over the open scan."""
        if not paths:
            return
        if self.switches.current(request, OPEN):
            yield {self.notice: problem(HELD)}
            return
        scan = opened(scan)
        yield {self.notice: busy("Reading the label map.")}
        signal = self.switches.renew(request, TASK, scan.about)
        reading = self.switches.reading_for(request, lambda: not signal.is_set())
        self.switches.budget.check(scan.volume.voxels.size, reading.holder)
        with tempfile.TemporaryDirectory(prefix="med3dvlm-labels-") as folder:
            path, name = gathered([Path(path) for path in paths], Path(folder), self.limits)
            try:
                labels = reading.labels(path, Place.of(scan.volume), self.limits)
            except VolumeError:
                if not signal.is_set():
                    raise
        if signal.is_set():
            return
        self.switches.budget.hold(labels.codes, reading.holder)
        yield self._with(labels, name, scan, encoded)

    def paint(self, scan: Scan | None, encoded: Encoded | None) -> Updates:
        """The masks with which the painter of the open phantom painted it."""
        scan = opened(scan)
        if scan.seed is None:
            return {self.notice: problem(REAL)}
        slices, rows, columns = sorted(scan.volume.shape)  # whichever way it was sliced
        z_mm, y_mm, x_mm = scan.volume.spacing_mm
        masks = masks_of(scan.seed, (slices, rows, columns))
        labels = labels_of_masks(masks, z_mm * y_mm * x_mm / 1000)
        return self._with(labels, PAINTED, scan, encoded)

    def show_again(
        self, scan: Scan | None, encoded: Encoded | None, labelled: Labelled | None
    ) -> Updates:
        """The labels over the scan, after something else was shown there."""
        scan = opened(scan)
        labels = labelled and labelled.of(scan)
        return {self.viewer: with_overlay(scan, encoded, overlay_of(labels))} if labels else {}

    def take_away(self, scan: Scan | None, encoded: Encoded | None) -> Updates:
        """No labels any more."""
        scan = opened(scan)
        return {
            self.viewer: with_overlay(scan, encoded, None), self.session.labelled: None,
            self.notice: NOTHING, **self._without(scan),
        }  # fmt: skip

    def say(self, message: str) -> Updates:
        """What went wrong; labels that are there stay."""
        return {self.notice: problem(message)}

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        scan, encoded, labelled = self.session.scan, self.session.encoded, self.session.labelled
        shown = [
            self.notice, self.table, self.painted, self.again, self.remove, self.viewer, labelled,
        ]  # fmt: skip
        turning.add(self.turn_to, [scan, encoded, labelled], shown, self.say)
        reading = SHARED | {"concurrency_id": "files", "concurrency_limit": 40}
        self.files.upload(
            guarded(self.add, self.say), [self.files, scan, encoded], shown, **reading
        )
        self.painted.click(guarded(self.paint, self.say), [scan, encoded], shown, **SHARED)
        self.again.click(
            guarded(self.show_again, self.say), [scan, encoded, labelled], shown, **QUICK
        )
        self.remove.click(guarded(self.take_away, self.say), [scan, encoded], shown, **QUICK)

    def _with(
        self, labels: LabelMap, name: str, scan: Scan, encoded: Encoded | None
    ) -> Updates:  # fmt: skip
        count = len(labels.labels)
        found = f"{count} label{'s' if count > 1 else ''} of {name}."
        return {
            self.session.labelled: Labelled(scan.volume.digest, labels),
            self.viewer: with_overlay(scan, encoded, overlay_of(labels)),
            self.notice: told(" ".join((found, *labels.notes))),
            self.table: table_of(labels),
            self.painted: gr.Button(visible=False),
            self.again: gr.Button(visible=True),
            self.remove: gr.Button(visible=True),
        }

    def _without(self, scan: Scan | None) -> Updates:
        phantom = scan is not None and scan.seed is not None
        return {
            self.table: told(HINT),
            self.painted: gr.Button(visible=phantom),
            self.again: gr.Button(visible=False),
            self.remove: gr.Button(visible=False),
        }


def overlay_of(labels: LabelMap) -> Overlay:
    """Labels as the viewer shows them."""
    shape = labels.codes.shape
    grid = (shape[0], shape[1], shape[2])
    return Overlay(
        values=labels.codes, mapping=GridMap(start=(0, 0, 0), stop=grid, grid=grid),
        legend="Labels", ends=("", ""), smooth=False, combinations=labels.combinations,
        labels=tuple(
            Named(label.name, label.colour, size_of(label.millilitres)) for label in labels.labels
        ),
    )  # fmt: skip


def size_of(millilitres: float) -> str:
    """A volume in a few characters."""
    return f"{millilitres:.0f} ml" if millilitres >= 10 else f"{millilitres:.2g} ml"


def table_of(labels: LabelMap) -> str:
    """The labels with their sizes; names come from a file and are escaped."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(label.name)}</th><td>{label.millilitres:.1f} ml, "
        f"{label.voxels:,} voxels</td></tr>"
        for label in labels.labels
    )
    return f"<div class='facts'><table>{rows}</table></div>"


def build(session: SessionStates, switches: Switches, panel: ScanPanel) -> LabelTab:
    """Lay the tab out, below the viewer."""
    with panel.tabs, gr.Tab("Labels", id="labels", elem_id="labels"):
        with gr.Row():
            files = gr.UploadButton(
                "Add a label map", file_count="multiple", size="sm", elem_id="label-files",
                min_width=120,
            )  # fmt: skip
            painted, again, remove = (
                gr.Button(text, size="sm", visible=False, elem_id=name, min_width=120)
                for text, name in (
                    ("Show the painter's masks", "painted"), ("Show again", "labels-again"),
                    ("Remove", "labels-remove"),
                )
            )  # fmt: skip
        notice = gr.HTML(elem_id="label-notice")
        table = gr.HTML(told(HINT), elem_id="label-table")
    return LabelTab(
        session=session, switches=switches, limits=panel.limits, viewer=panel.viewer, files=files,
        painted=painted, again=again, remove=remove, notice=notice, table=table,
    )  # fmt: skip
