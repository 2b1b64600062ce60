"""The Gradio component; `postprocess` is the only boundary between Python and the JavaScript.

viewer = VolumeViewer(elem_id="viewer", height="78vh")
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.ui.components.base import NoStub
from med3dvlm.ui.components.viewer.payload import FileStore, ViewerData, make_payload
from med3dvlm.ui.components.viewer.state import ViewerState
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.volumes.window import CT_PRESETS

FOLDER = Path(__file__).parent
REST_MS = 250
HISTOGRAM_PLOT = "#value-counts .js-plotly-plot"  # the plot on which the window is drawn
SCRIPTS = (
    "data",
    "view",
    "draw",
    "slab",
    "overlay",
    "labels",
    "words",
    "measure",
    "marked",
    "controls",
    "panel",
    "histogram",
    "plotted",
    "input",
    "dom",
    "main",
)


def script(*, height: str, empty_text: str) -> str:
    """All of the viewer's JavaScript in one closure; startup errors are shown on the page."""
    config = {
        "presets": [asdict(window) for window in CT_PRESETS],
        "height": height,
        "emptyText": empty_text,
        "restMs": REST_MS,
        "plot": HISTOGRAM_PLOT,
    }
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join(
        [
            "(() => { try {",
            '"use strict";',
            f"const CONFIG = {json.dumps(config)};",
            *parts,
            "start();",
            "} catch (error) {",
            '  element.textContent = "The viewer could not start: " + error;',
            "  console.error(error);",
            "} })();",
        ]
    )


class VolumeViewer(gr.HTML, metaclass=NoStub):
    """Linked axial, coronal and sagittal planes of one scan.

    The value is a `ViewerState` or None. `viewer.select(fn)` fires when the crosshair has come to
    rest after the user moved it: `gr.SelectData.index` is `[z, y, x]`, `.value` the voxel's value.

    Args:
        value: what is shown first.
        height: of the planes, as a CSS length.
        empty_text: shown while there is no scan.
        kwargs: passed to `gr.HTML` (`elem_id`, `scale`, `visible`, `render`, ...).
    """

    data_model = ViewerData

    def __init__(
        self,
        value: ViewerState | None = None,
        *,
        height: str = "min(78vh, 60rem)",
        empty_text: str = "Open a scan to see it here.",
        **kwargs: Any,
    ) -> None:
        self.height = height
        self.empty_text = empty_text
        super().__init__(
            value=value,
            html_template=(FOLDER / "viewer.html").read_text(encoding="utf-8"),
            css_template=(FOLDER / "viewer.css").read_text(encoding="utf-8"),
            js_on_load=script(height=height, empty_text=empty_text),
            apply_default_css=False,
            **kwargs,
        )

    # gr.HTML types its value as str; components with a data model have their own.
    def preprocess(self, payload: ViewerData | None) -> None:  # type: ignore[override]
        """The browser sends nothing back: handlers find what they need in their session."""

    def postprocess(  # type: ignore[override]
        self, value: ViewerState | None
    ) -> ViewerData | None:
        """Write the scan's missing files and give their addresses to the browser."""
        if value is None:
            return None
        with errors_for_callers():  # a full disk, above all; it is no handler's error
            return make_payload(value, FileStore(Path(self.GRADIO_CACHE)))

    def api_info(self) -> dict[str, Any]:
        """The value is meant for the viewer's own script."""
        return {"type": "object"}

    def example_payload(self) -> None:
        """There is no value that a caller could send."""

    def example_value(self) -> None:
        """Nothing is shown without a scan."""
