"""One map over the open scan, with what it means and as files.

overlaid = Overlaid(part="Answer", viewer=viewer, meaning=html, downloads=buttons)
yield overlaid.showing(shown, scan, encoded, meaning(shown, certificate))
yield overlaid.gone()
yield {viewer: laid("Maps", scan, encoded, overlay)}
laid_again("Maps", scan)            # when the part is opened again
lifted("Maps", scan)                # when what it shows is no longer of use
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr

from med3dvlm.explain.maps.map import Map
from med3dvlm.ui.components.viewer import Overlay, ViewerState, VolumeViewer
from med3dvlm.ui.explain.map_files import overlay_of, write_map
from med3dvlm.ui.page.boundary import Updates
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.looks import window_of, with_overlay
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

Voxel = tuple[float, float, float]
FILES = ("NIfTI", "PNG", "CSV")


@dataclass(frozen=True, kw_only=True)
class Overlaid:
    """Where a map is shown, explained and saved."""

    part: str
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
            self.viewer: laid(self.part, scan, encoded, overlay_of(shown)),
            self.meaning: meant,
            **saved_by(self.downloads, shown, scan),
        }

    def gone(self) -> Updates:
        """No meaning and no files; the viewer is left as it is."""
        return {self.meaning: NOTHING, **hidden(self.downloads)}


def laid(
    part: str, scan: Scan, encoded: Encoded | None, overlay: Overlay, *,
    crosshair: Voxel | None = None,
) -> ViewerState:  # fmt: skip
    """An overlay whose legend says which part drew it; it lies there until another is laid."""
    named = replace(overlay, legend=f"{overlay.legend} ({part})")
    scan.looks.keep(part, named)
    return with_overlay(scan, encoded, named, crosshair=crosshair)


def laid_again(part: str, scan: Scan | None) -> ViewerState | None:
    """What a part laid over the scan last; None if that is nothing, or lies there still."""
    kept = scan.looks.kept(part) if scan else None
    if scan is None or kept is None or kept is scan.looks.overlay:
        return None
    return with_overlay(scan, None, kept)


def lifted(part: str, scan: Scan | None) -> ViewerState | None:
    """The scan without a part's overlay, which is forgotten; None if it doesn't lie there."""
    kept = scan.looks.forget(part) if scan else None
    if scan is None or kept is None or kept is not scan.looks.overlay:
        return None
    return with_overlay(scan, None, None)


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


def build_overlaid(part: str, viewer: VolumeViewer, name: str) -> Overlaid:
    """Lay out what explains and saves a map of a part; `name` begins the ids of its elements."""
    meant = gr.HTML(elem_id=f"{name}-meaning")
    return Overlaid(
        part=part, viewer=viewer, meaning=meant, downloads=build_downloads(name, "Map as {kind}")
    )
