"""One map over the open scan, with what it means and as files.

overlaid = Overlaid(viewer=viewer, meaning=html, downloads=buttons)
yield overlaid.showing(shown, scan, encoded, meaning(shown, certificate))
yield overlaid.gone()
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from med3dvlm.explain.maps.map import Map
from med3dvlm.ui.components.viewer import VolumeViewer
from med3dvlm.ui.explain.map_files import overlay_of, write_map
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.looks import window_of, with_overlay
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

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
        return {
            self.viewer: with_overlay(scan, encoded, overlay_of(shown)),
            self.meaning: meant,
            **saved_by(self.downloads, shown, scan),
        }

    def gone(self) -> Updates:
        """No meaning and no files; the viewer is left as it is."""
        return {self.meaning: NOTHING, **hidden(self.downloads)}


def build_downloads(name: str, label: str = "{kind}") -> tuple[gr.DownloadButton, ...]:
    """Buttons that save a map, one for each kind of file; `name` begins their ids."""
    with gr.Row():
        return tuple(
            gr.DownloadButton(
                label.format(kind=kind), visible=False, size="sm", min_width=90,
                elem_id=f"{name}-{kind.lower()}",
            )
            for kind in FILES
        )  # fmt: skip


def saved_by(downloads: tuple[gr.DownloadButton, ...], shown: Map, scan: Scan) -> Updates:
    """The buttons with the files of a map."""
    return written(downloads, shown, scan.volume, window_of(scan))


def written(
    downloads: tuple[gr.DownloadButton, ...], shown: Map, volume: Volume, window: Window
) -> Updates:
    """The buttons with the files of a map over any volume."""
    return offered(downloads, write_map(shown, volume, window, Path(downloads[0].GRADIO_CACHE)))


def offered(downloads: tuple[gr.DownloadButton, ...], paths: Sequence[Path]) -> Updates:
    """The buttons with files that were written, one for each button."""
    return {
        button: gr.DownloadButton(value=str(path), visible=True, interactive=True)
        for button, path in zip(downloads, paths, strict=True)
    }


def hidden(downloads: tuple[gr.DownloadButton, ...]) -> Updates:
    """The buttons while there is no map."""
    return {button: gr.DownloadButton(visible=False) for button in downloads}


def build_overlaid(viewer: VolumeViewer, name: str) -> Overlaid:
    """Lay out what explains and saves a map; `name` begins the ids of its elements."""
    meant = gr.HTML(elem_id=f"{name}-meaning")
    return Overlaid(viewer=viewer, meaning=meant, downloads=build_downloads(name, "Map as {kind}"))
