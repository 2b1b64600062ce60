"""Where the controls and the results of the lesion lab stand.

lab = build(session, switches, services, panel)
lab.wire(tab, turning)
"""

import gradio as gr

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.explain.lesions.files import build_files
from med3dvlm.ui.explain.lesions.painting import OPEN_SCAN, PHANTOM, sizes_of
from med3dvlm.ui.explain.lesions.part import TASK, LesionLab
from med3dvlm.ui.explain.running import Work, build_earlier
from med3dvlm.ui.page.session import SessionStates
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.ui.scan.panel import ScanPanel


def build(
    session: SessionStates, switches: Switches, services: Loading[Services], panel: ScanPanel
) -> LesionLab:
    """Lay the lab out."""
    known = KINDS[next(iter(KINDS))]
    smallest, largest, first = sizes_of(known)
    source = gr.Radio(
        [PHANTOM, OPEN_SCAN], value=PHANTOM, label="Paint in", elem_id="lesion-source"
    )
    with gr.Row():
        kind = gr.Dropdown(
            list(KINDS),
            value=known.name,
            label="Kind of finding",
            elem_id="lesion-kind",
            min_width=220,
        )
        place = gr.Dropdown(
            list(known.places), value=known.places[0], label="Place", elem_id="lesion-place",
            min_width=220,
        )  # fmt: skip
    with gr.Row():
        size = gr.Slider(
            smallest, largest, first, step=1, label="Size (mm)", elem_id="lesion-size",
            min_width=150,
        )  # fmt: skip
        contrast = gr.Slider(
            0, 1, 1, step=0.05, label="Contrast", elem_id="lesion-contrast",
            min_width=150,
        )  # fmt: skip
    notice = gr.HTML(elem_id="lesion-told", elem_classes="explain-notice")
    earlier = build_earlier("lesion")
    repeated = gr.HTML(elem_id="lesion-repeated", elem_classes="explain-notice")
    result = gr.HTML(elem_id="lesion-result")
    with gr.Row(elem_id="lesion-person-row"):
        person = gr.Number(
            SHOWROOM.start, precision=0, label="Person (seed)",
            elem_id="lesion-person", min_width=170,
        )  # fmt: skip
        another = gr.Button("Another person", size="sm", elem_id="lesion-another", min_width=120)
        export = gr.DownloadButton(
            "Trial as JSON", visible=False, size="sm", elem_id="lesion-json", min_width=120
        )
        again = gr.UploadButton(
            "Repeat a trial", file_types=[".json"], size="sm", elem_id="lesion-again",
            min_width=120,
        )  # fmt: skip
    files = build_files()
    work = Work(
        switches=switches, services=services, task=TASK, notice=notice, earlier=earlier,
        counted=False,
    )  # fmt: skip
    return LesionLab(
        session=session, work=work, viewer=panel.viewer, source=source, kind=kind, place=place,
        size=size, contrast=contrast, person=person, another=another, result=result,
        export=export, files=files, again=again, repeated=repeated, crosshair=gr.State(None),
        began=gr.State(False), unexplained=gr.State(False), earlier=gr.State(None),
        failed=panel.failed,
    )  # fmt: skip
