"""What the model makes of single cells: which are alike, their colours, and attention, no map.

part = build(session, switches, services, panel)
part.wire(turning)
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.explain.maps import attention, similarity
from med3dvlm.explain.maps.map import HIGH_STRIDE, LOW_STRIDE, Map, cell_at, over_cells
from med3dvlm.explain.maps.similarity import principal_colours, similar_cells
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.cells.files import write_attention, write_colours
from med3dvlm.ui.explain.cells.pictures import attention_rows, colour_layers, grid_of
from med3dvlm.ui.explain.map_files import overlay_of
from med3dvlm.ui.explain.overlaid import (
    build_downloads,
    hidden,
    laid,
    lifted,
    offered,
    saved_by,
)
from med3dvlm.ui.explain.running import Opening, Work, build_earlier
from med3dvlm.ui.explain.said import both_ways, picture
from med3dvlm.ui.explain.slices import webp
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import IN_QUEUE, QUICK
from med3dvlm.ui.page.notice import NOTHING, told
from med3dvlm.ui.page.pointing import place_in
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates, opened
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.looks import middle, window_of
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.volumes.grid import GridMap

TASK, PART = "cells", "Cells"
GRIDS = {"Low grid (finer)": LOW_STRIDE, "High grid (coarser)": HIGH_STRIDE}
LIKE = "Like the cell at the crosshair"
COLOURS = "Cells as colours"
ATTENTION = "Raw attention"
SHOWN = (LIKE, COLOURS, ATTENTION)
QUESTION = "Describe the findings."
COMPARED = "Orange is like the cell at the crosshair, blue unlike it, over the scan."
Voxel = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class CellsPart:
    """The components of the part, and what happens in it."""

    session: SessionStates
    work: Work
    viewer: VolumeViewer
    what: gr.Radio
    grid: gr.Radio
    follows: gr.Checkbox
    result: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]
    crosshair: gr.State
    failed: gr.State

    def show(
        self, what: str, grid: str, scan: Scan | None, encoded: Encoded | None,
        voxel: Voxel | None, request: gr.Request,
    ) -> Iterator[Updates]:  # fmt: skip
        """Show what is chosen of the open scan."""
        if held := self.work.held_back(request):
            yield held
            return
        scan = opened(scan)
        place = voxel or scan.center or middle(scan)
        told_of = partial(self._shown, what, GRIDS[grid], scan, encoded, place)
        yield from self.work.run(request, "Reading the cells.", told_of)

    def _shown(
        self, what: str, stride: int, scan: Scan, encoded: Encoded | None, place: Voxel,
        services: Services,
    ) -> Generator[Updates]:  # fmt: skip
        yield hidden(self.downloads)
        if what != LIKE and (bare := lifted(PART, scan)):
            yield {self.viewer: bare}  # what is shown now doesn't lie over the scan
        known = encoded.of(scan) if encoded else None
        features = known or services.encode(scan.volume, scan.choice)
        cells = features.low if stride == LOW_STRIDE else features.high
        shape = grid_of(features.mapping.grid, stride)
        if what == ATTENTION:
            yield self._attended(services.attention(features, QUESTION))
            return
        shown = over_cells(
            cells[:, 0], features.mapping, shape, stride=stride, legend="",
            means=(similarity.MEANS, similarity.MEANS_NOT),
        )  # fmt: skip
        if what == LIKE:
            yield self._alike(shown, cells, scan, encoded, place)
            return
        yield self._coloured(principal_colours(cells), shown.mapping, scan)

    def _attended(self, shares: Any) -> Updates:
        """A table alone: attention is no map."""
        *_, table = self.downloads
        return {
            self.result: attention_rows(shares) + both_ways(attention.MEANS, attention.MEANS_NOT),
            self.work.notice: NOTHING,
            **self.work.found(ATTENTION.lower()),
            **offered((table,), [write_attention(shares, self._folder)]),
        }

    def _coloured(self, colours: Any, mapping: GridMap, scan: Scan) -> Updates:
        sheet = colour_layers(colours, mapping, scan.volume, window_of(scan))
        words = "Cells as colours, layer by layer from the feet to the head"
        return {
            self.result: picture(webp(sheet), words)
            + both_ways(
                similarity.COLOURS_MEAN, similarity.COLOURS_MEAN_NOT, similarity.NO_CERTIFICATE
            ),
            self.work.notice: NOTHING,
            **self.work.found(COLOURS.lower()),
            **offered(
                self.downloads, write_colours(colours, mapping, scan.volume, sheet, self._folder)
            ),
        }

    @property
    def _folder(self) -> Path:
        """From which files of visitors expire."""
        return Path(self.downloads[0].GRADIO_CACHE)

    def _alike(
        self, cells_map: Map, cells: Any, scan: Scan, encoded: Encoded | None, place: Voxel
    ) -> Updates:
        z, y, x = cell_at(cells_map.mapping, place)
        _, rows, columns = cells_map.mapping.grid
        likeness = similar_cells(cells, (z * rows + y) * columns + x)
        shown = replace(
            cells_map, values=likeness.reshape(cells_map.mapping.grid),
            legend="likeness to the chosen cell",
        )  # fmt: skip
        overlay = replace(overlay_of(shown), ends=("unlike", "like"))
        return {
            **saved_by(self.downloads, shown, scan),
            self.viewer: laid(PART, scan, encoded, overlay, crosshair=place),
            self.result: both_ways(shown.means, shown.means_not, similarity.NO_CERTIFICATE),
            self.work.notice: told(COMPARED),
            **self.work.found(LIKE.lower()),
        }  # fmt: skip

    def go(self, event: gr.SelectData) -> Updates:
        """The crosshair has come to rest elsewhere in the open scan."""
        return {self.crosshair: place_in(event)}

    def follow(
        self, request: gr.Request, follows: bool, what: str, *given: Any
    ) -> Iterator[Updates]:  # fmt: skip
        """Compare again where the crosshair went, if that is wanted."""
        grid, scan, encoded, voxel = given
        if follows and what == LIKE and scan is not None:
            yield from self.show(what, grid, scan, encoded, voxel, request)

    def turn_to(self, request: gr.Request) -> Updates:
        """Another scan: what was shown of the one before is gone."""
        gone = {self.crosshair: None, self.result: NOTHING, self.work.notice: NOTHING}
        return gone | hidden(self.downloads) | self.work.found("") | self.work.drop(request)

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        scan, encoded = self.session.scan, self.session.encoded
        shown = [self.viewer, self.result, *self.downloads, *self.work.shown]
        given = [self.what, self.grid, scan, encoded, self.crosshair]
        self.work.on_start(self.show, given, shown)
        self.viewer.select(self.go, None, self.crosshair, **QUICK).then(
            guarded(self.follow, self.work.refuse), [self.follows, *given], shown,
            **IN_QUEUE | {"trigger_mode": "always_last"},
        )  # fmt: skip
        turning.add(self.turn_to, [], [self.crosshair, *shown[1:]])
        self.work.on_open(self.show, given, shown, Opening(turning=turning, failed=self.failed))


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> CellsPart:
    """Lay the part out."""
    what = gr.Radio(list(SHOWN), value=LIKE, label="Show", elem_id="cells-what")
    grid = gr.Radio(list(GRIDS), value=next(iter(GRIDS)), label="Cells", elem_id="cells-grid")
    follows = gr.Checkbox(
        value=False, label="Compare again wherever I click in the scan", elem_id="cells-follow"
    )
    with gr.Row():
        start = gr.Button("Show", variant="primary", elem_id="cells-show", min_width=120)
    notice = gr.HTML(elem_id="cells-told", elem_classes="explain-notice")
    earlier = build_earlier("cells")
    result = gr.HTML(elem_id="cells-result")
    downloads = build_downloads("cells")
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        start=start,
    )  # fmt: skip
    return CellsPart(
        session=session, work=work, viewer=panel.viewer, what=what, grid=grid, follows=follows,
        result=result, downloads=downloads, crosshair=gr.State(None), failed=panel.failed,
    )  # fmt: skip
