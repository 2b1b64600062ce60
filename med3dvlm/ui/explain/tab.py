"""The Explain tab: how the model behaves, and how far what is seen of that is true.

build(session, switches, services, panel, library).wire(page_tabs, turning)
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.answer import part as answer
from med3dvlm.ui.explain.answer.part import InsidePart
from med3dvlm.ui.explain.cells import part as cells
from med3dvlm.ui.explain.cells.part import CellsPart
from med3dvlm.ui.explain.changes import part as changes
from med3dvlm.ui.explain.changes.part import PerturbationLab
from med3dvlm.ui.explain.curve import part as curve
from med3dvlm.ui.explain.curve.part import CurvePart
from med3dvlm.ui.explain.grounding import part as grounding
from med3dvlm.ui.explain.grounding.part import GroundPart
from med3dvlm.ui.explain.lesions import layout as lesions
from med3dvlm.ui.explain.lesions.part import LesionLab
from med3dvlm.ui.explain.links import part as links
from med3dvlm.ui.explain.links.part import LinkPart
from med3dvlm.ui.explain.links.parts import ExplainParts
from med3dvlm.ui.explain.maps import part as maps
from med3dvlm.ui.explain.maps.part import Maps
from med3dvlm.ui.explain.model import part as model
from med3dvlm.ui.explain.model.part import BuiltPart
from med3dvlm.ui.explain.overlaid import laid_again
from med3dvlm.ui.explain.prompts import part as prompts
from med3dvlm.ui.explain.prompts.part import Bench
from med3dvlm.ui.page.events import QUICK
from med3dvlm.ui.page.session import Scan, SessionStates
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.page.turning import Turning
from med3dvlm.ui.scan.panel import ScanPanel


@dataclass(frozen=True, kw_only=True)
class ExplainTab:
    """The parts of the tab, and the states of a visit."""

    session: SessionStates
    viewer: VolumeViewer
    tabs: gr.Tabs
    maps: Maps
    lesions: LesionLab
    lesion_tab: gr.Tab
    curve: CurvePart
    perturb: PerturbationLab
    ground: GroundPart
    cells: CellsPart
    inside: InsidePart
    bench: Bench
    built: BuiltPart
    built_tab: gr.Tab
    links: LinkPart

    def wire(self, page_tabs: gr.Tabs, turning: Turning) -> None:
        """Connect the events of all parts; `page_tabs` are those that this tab is one of."""
        self.maps.wire(turning)
        self.lesions.wire(self.lesion_tab, turning)
        self.curve.wire(self.lesions.kind)
        self.perturb.wire(turning)
        self.ground.wire()
        self.cells.wire(turning)
        self.inside.wire(turning)
        self.bench.wire(turning)
        self.built.wire(self.built_tab, turning)
        self.links.wire(turning, page_tabs)
        self.tabs.select(self.look_in, self.session.scan, self.viewer, **QUICK)

    def look_in(self, event: gr.SelectData, scan: Scan | None) -> Any:
        """What a part laid over the scan lies there again when the part is opened again."""
        return laid_again(str(event.value), scan) or gr.skip()


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel,
    library: Loading[Library],
) -> ExplainTab:  # fmt: skip
    """Lay the parts out as tabs of their own."""
    with gr.Tabs(elem_id="explain-tabs", overflow_behavior="wrap") as tabs:
        with gr.Tab("Maps", id="maps"):
            maps_part = maps.build(session, switches, services, panel)
        with gr.Tab("Lesion lab", id="lesions") as lesion_tab:
            lab = lesions.build(session, switches, services, panel)
            curve_part = curve.build(switches, services)
        with gr.Tab("Changes", id="changes"):
            perturbed = changes.build(session, switches, services, panel)
        with gr.Tab("Cells", id="cells"):
            single = cells.build(session, switches, services, panel)
        with gr.Tab("Grounding", id="grounding"):
            grounded = grounding.build(switches, services)
        with gr.Tab("Answer", id="answer"):
            inside_part = answer.build(session, switches, services, panel)
        with gr.Tab("Prompts", id="prompts"):
            bench_part = prompts.build(session, switches, services, panel)
        with gr.Tab("Model", id="built") as built_tab:
            built_part = model.build(session, switches, services, panel, library)
    parts = ExplainParts(
        maps=maps_part, lesions=lab, curve=curve_part, perturb=perturbed, cells=single,
        ground=grounded, inside=inside_part, bench=bench_part, built=built_part,
    )  # fmt: skip
    return ExplainTab(
        session=session, viewer=panel.viewer, tabs=tabs, maps=maps_part, lesions=lab,
        lesion_tab=lesion_tab, curve=curve_part, perturb=perturbed, ground=grounded, cells=single,
        inside=inside_part, bench=bench_part, built=built_part, built_tab=built_tab,
        links=links.build(session, parts, tabs),
    )  # fmt: skip
