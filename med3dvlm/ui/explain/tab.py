"""The Explain tab: how the model behaves, and how far what is seen of that is true.

build(session, switches, services, panel, library).wire()
"""

from dataclasses import dataclass

import gradio as gr

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.retrieval import Library
from med3dvlm.ui.explain import (
    bench,
    built,
    cells,
    curve,
    ground,
    inside,
    lesions,
    maps,
    perturb,
)
from med3dvlm.ui.explain.bench import Bench
from med3dvlm.ui.explain.built import BuiltPart
from med3dvlm.ui.explain.cells import CellsPart
from med3dvlm.ui.explain.curve import CurvePart
from med3dvlm.ui.explain.ground import GroundPart
from med3dvlm.ui.explain.inside import InsidePart
from med3dvlm.ui.explain.lesions import LesionLab
from med3dvlm.ui.explain.maps import Maps
from med3dvlm.ui.explain.perturb import PerturbationLab
from med3dvlm.ui.page.session import SessionStates
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.scan.panel import ScanPanel


@dataclass(frozen=True, kw_only=True)
class ExplainTab:
    """The parts of the tab."""

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

    def wire(self) -> None:
        """Connect the events of all parts."""
        self.maps.wire()
        self.lesions.wire(self.lesion_tab)
        self.curve.wire(self.lesions.kind)
        self.perturb.wire()
        self.ground.wire()
        self.cells.wire()
        self.inside.wire()
        self.bench.wire()
        self.built.wire(self.built_tab)


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel,
    library: Loading[Library],
) -> ExplainTab:  # fmt: skip
    """Lay the parts out as tabs of their own."""
    with gr.Tabs(elem_id="explain-tabs"):
        with gr.Tab("Maps", id="maps"):
            maps_part = maps.build(session, switches, services, panel)
        with gr.Tab("Lesion lab", id="lesions") as lesion_tab:
            lab = lesions.build(session, switches, services, panel)
            curve_part = curve.build(switches, services)
        with gr.Tab("Changes", id="changes"):
            perturbed = perturb.build(session, switches, services, panel)
        with gr.Tab("Cells", id="cells"):
            single = cells.build(session, switches, services, panel)
        with gr.Tab("Grounding", id="grounding"):
            grounded = ground.build(switches, services)
        with gr.Tab("Answer", id="answer"):
            inside_part = inside.build(session, switches, services, panel)
        with gr.Tab("Prompts", id="prompts"):
            bench_part = bench.build(session, switches, services)
        with gr.Tab("Model", id="built") as built_tab:
            built_part = built.build(session, switches, services, panel, library)
    return ExplainTab(
        maps=maps_part, lesions=lab, lesion_tab=lesion_tab, curve=curve_part, perturb=perturbed,
        ground=grounded, cells=single, inside=inside_part, bench=bench_part, built=built_part,
        built_tab=built_tab,
    )  # fmt: skip
