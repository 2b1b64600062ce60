"""One map over the open scan, with what it means and as files.

overlaid = Overlaid(viewer=viewer, meaning=html, downloads=buttons)
yield overlaid.showing(shown, scan, encoded, meaning(shown, certificate))
yield overlaid.gone()
"""

from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr

from med3dvlm.explain.maps.map import Map
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.map_files import overlay_of, write_map
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.looks import unmoved
from med3dvlm.volumes.window import ABDOMEN, Window, auto_window

FILES = ("NIfTI", "PNG", "CSV")


@dataclass(frozen=True, kw_only=True)
class Overlaid:
    """Where a map is shown, explained and saved."""

    viewer: VolumeViewer
    meaning: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]

    @property
    def shown(self) -> list[gr.components.Component]:
        """What it changes besides the viewer."""
        return [self.meaning, *self.downloads]

    def showing(self, shown: Map, scan: Scan, encoded: Encoded | None, meant: str) -> Updates:
        """The map over the scan, what is said of it, and the buttons that save it."""
        folder = Path(self.downloads[0].GRADIO_CACHE)
        paths = write_map(shown, scan.volume, window_of(scan), folder)
        buttons = {
            button: gr.DownloadButton(value=str(path), visible=True)
            for button, path in zip(self.downloads, paths, strict=True)
        }
        return {
            self.viewer: replace(unmoved(scan, encoded), overlay=overlay_of(shown)),
            self.meaning: meant,
            **buttons,
        }

    def gone(self) -> Updates:
        """No meaning and no files; the viewer is left as it is."""
        hidden = {button: gr.DownloadButton(visible=False) for button in self.downloads}
        return {self.meaning: NOTHING, **hidden}


def window_of(scan: Scan) -> Window:
    """The grey scale of a scan."""
    return scan.window or (ABDOMEN if scan.volume.unit == "HU" else auto_window(scan.volume))


def build_overlaid(viewer: VolumeViewer, name: str) -> Overlaid:
    """Lay out what explains and saves a map; `name` begins the ids of its elements."""
    meant = gr.HTML(elem_id=f"{name}-meaning")
    with gr.Row():
        downloads = tuple(
            gr.DownloadButton(
                f"Map as {kind}", visible=False, size="sm", min_width=90,
                elem_id=f"{name}-{kind.lower()}",
            )
            for kind in FILES
        )  # fmt: skip
    return Overlaid(viewer=viewer, meaning=meant, downloads=downloads)
