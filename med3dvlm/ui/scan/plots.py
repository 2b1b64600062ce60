"""Below the viewer: the scan as a 3-D surface, and its histogram with the window.

plots = build(session, tabs)
plots.wire(turning)

Each plot is made when its tab is open and again when the scan changes. The voxels stay on
the server.
"""

from dataclasses import dataclass

import gradio as gr
import numpy as np

from med3dvlm.ui.components.figure import MOVABLE, drawn
from med3dvlm.ui.page.boundary import Updates, guarded
from med3dvlm.ui.page.events import QUICK, SHARED
from med3dvlm.ui.page.notice import NOTHING, problem, told
from med3dvlm.ui.page.session import Encoded, Scan, SessionStates
from med3dvlm.ui.page.tabs import turned
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.figures import histogram_figure, surface_figure
from med3dvlm.ui.scan.looks import window_of
from med3dvlm.volumes.views.surface import CT_SURFACES, SurfaceKind, surface_of
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import auto_window

SOLID, VALUES = "3-D surface", "Histogram"
HISTOGRAM_ID = "value-counts"
# The viewer lays its window over the plot as soon as it is there.
TELL_VIEWER = "() => { document.dispatchEvent(new Event('med3dvlm-histogram')); }"
BRIGHT = "Bright values"
NO_SURFACE = "This scan has no surface at this threshold."


@dataclass(frozen=True, kw_only=True)
class ScanPlots:
    """The tabs, and what fills them."""

    session: SessionStates
    tabs: gr.Tabs
    solid_open: gr.State
    kind: gr.Radio
    level: gr.Slider
    surface_notice: gr.HTML
    surface: gr.Plot
    values_open: gr.State
    histogram: gr.Plot

    def new_scan(self, scan: Scan | None) -> Updates:
        """The choices for a scan."""
        shown: Updates = {
            self.surface: None, self.histogram: None, self.surface_notice: NOTHING,
        }  # fmt: skip
        if scan is None:
            return shown
        kinds = kinds_of(scan.volume)
        names = [kind.name for kind in kinds]
        return shown | {
            self.kind: gr.Radio(choices=names, value=names[0], visible=len(names) > 1),
            self.level: level_slider(scan.volume, kinds[0]),
        }

    def choose_kind(self, name: str, scan: Scan | None) -> Updates:
        """The level that belongs to a kind of surface."""
        if scan is None:
            return {self.level: gr.skip()}
        return {self.level: level_slider(scan.volume, kind_named(scan.volume, name))}

    def show_surface(self, opened: bool, scan: Scan | None, name: str, level: float) -> Updates:
        """The mesh, if its tab is open."""
        if not opened or scan is None:
            return {self.surface: gr.skip()}
        kind = kind_named(scan.volume, name).at(level)
        found = surface_of(scan.volume, kind)
        if not len(found.faces):
            return {self.surface_notice: told(NO_SURFACE), self.surface: None}
        return {
            self.surface_notice: NOTHING,
            self.surface: drawn(surface_figure(scan.volume, kind, found)),
        }

    def show_histogram(self, opened: bool, scan: Scan | None, encoded: Encoded | None) -> Updates:
        """The histogram, if its tab is open."""
        if not opened or scan is None:
            return {self.histogram: gr.skip()}
        features = encoded.of(scan) if encoded else None
        seen = features.window if features else None
        figure = histogram_figure(scan.volume, window=window_of(scan), seen=seen)
        return {self.histogram: drawn(figure, MOVABLE)}

    def say(self, message: str) -> Updates:
        """What went wrong."""
        return {self.surface_notice: problem(message)}

    def wire(self, turning: Turning) -> None:
        """Connect the events."""
        solid = guarded(self.show_surface, self.say), [
            self.solid_open, self.session.scan, self.kind, self.level,
        ], [self.surface_notice, self.surface]  # fmt: skip
        values = guarded(self.show_histogram, self.say), [
            self.values_open, self.session.scan, self.session.encoded,
        ], [self.histogram, self.surface_notice]  # fmt: skip
        how = SHARED | {"concurrency_id": "plots", "trigger_mode": "always_last"}
        turning.add(
            self.new_scan, [self.session.scan],
            [self.surface, self.histogram, self.surface_notice, self.kind, self.level], self.say,
        )  # fmt: skip
        in_sight = [self.solid_open, self.values_open]
        turning.resuming(lambda *tabs: any(tabs), in_sight)(*solid, **how).then(*values, **how)
        turned(self.tabs, SOLID, self.solid_open).then(*solid, **how)
        turned(self.tabs, VALUES, self.values_open).then(*values, **how)
        self.kind.input(
            guarded(self.choose_kind, self.say), [self.kind, self.session.scan],
            [self.level, self.surface_notice], **QUICK,
        ).then(*solid, **how)  # fmt: skip
        self.level.release(*solid, **how)
        self.session.encoded.change(*values, **how)
        self.histogram.change(None, None, None, js=TELL_VIEWER, **QUICK)


def kinds_of(volume: Volume) -> tuple[SurfaceKind, ...]:
    """Surfaces that make sense: tissues for HU, else everything brighter than the middle."""
    if volume.unit == "HU":
        return CT_SURFACES
    return (SurfaceKind(name=BRIGHT, level=auto_window(volume).center, least_ml=0.5),)


def kind_named(volume: Volume, name: str) -> SurfaceKind:
    """The kind of a name; the first for a name that belongs to another scan."""
    kinds = kinds_of(volume)
    return next((kind for kind in kinds if kind.name == name), kinds[0])


def level_slider(volume: Volume, kind: SurfaceKind) -> gr.Slider:
    """The levels that a surface can have."""
    if volume.unit == "HU":
        return gr.Slider(
            minimum=-900, maximum=2000, step=10, value=kind.level, label="Threshold (HU)"
        )
    auto = auto_window(volume)
    step = float(10 ** np.floor(np.log10(auto.width / 50)))
    low, high = auto.low, auto.high
    return gr.Slider(minimum=low, maximum=high, step=step, value=kind.level, label="Threshold")


def build(session: SessionStates, tabs: gr.Tabs) -> ScanPlots:
    """Lay the two tabs out."""
    with tabs, gr.Tab(SOLID, id="solid", elem_id="solid"):
        with gr.Row():
            kind = gr.Radio(
                [kind.name for kind in CT_SURFACES], value=CT_SURFACES[0].name, show_label=False,
                container=False, elem_id="surface-kind", scale=3, min_width=300,
            )  # fmt: skip
            level = gr.Slider(
                -900, 2000, CT_SURFACES[0].level, step=10, label="Threshold (HU)",
                elem_id="surface-level", scale=2, min_width=200,
            )  # fmt: skip
        notice = gr.HTML(elem_id="surface-notice")
        surface = gr.Plot(show_label=False, elem_id="surface")
    with tabs, gr.Tab(VALUES, id="values", elem_id="values"):
        histogram = gr.Plot(show_label=False, elem_id=HISTOGRAM_ID)
    return ScanPlots(
        session=session, tabs=tabs, solid_open=gr.State(False), kind=kind, level=level,
        surface_notice=notice, surface=surface, values_open=gr.State(False), histogram=histogram,
    )  # fmt: skip
