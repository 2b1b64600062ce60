"""The series of an upload to choose from, and the volumes of a series.

`series_cards` are pictures to click, `frame_slider` counts the volumes of one series.
"""

from collections.abc import Mapping

import gradio as gr

from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.scan.upload import VisitorUpload
from med3dvlm.volumes import SeriesInfo
from med3dvlm.volumes.series import Preview


def series_cards(
    upload: VisitorUpload, current: str, previews: Mapping[str, Preview]
) -> list[Card]:
    """One card for each series of an upload; pictures and guesses where there are previews."""
    return [
        Card(
            key=info.key,
            title=info.description,
            note=_note(info, previews.get(info.key)),
            picture=previews[info.key].picture if info.key in previews else b"",
            current=info.key == current,
        )
        for info in upload.series
    ]


def _note(info: SeriesInfo, preview: Preview | None) -> str:
    """Modality and size; a modality that the file doesn't state is a guess, or left out."""
    kind = "" if info.modality == "unknown" else info.modality
    if preview is not None and not kind and preview.modality != "unknown":
        kind = f"probably {preview.modality}"
    slices, rows, columns = info.shape
    more = f", {info.frames} volumes" if info.frames > 1 else ""
    return f"{kind}{', ' if kind else ''}{columns} x {rows} x {slices}{more}"


def frame_slider(info: SeriesInfo) -> gr.Slider:
    """The choice among the volumes of a series, where there are several."""
    return gr.Slider(
        minimum=1, maximum=max(2, info.frames), value=1, visible=info.frames > 1,
        label=f"Volume ({info.frames} in this series)",
    )  # fmt: skip
