"""Turns a `ViewerState` into what the browser gets: a small value with file addresses.

    data = make_payload(state, FileStore(Path(cache)))

Voxels are sent as files. A file is named after the digest of its content, so a scan that is shown
again is not compressed again.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gradio.data_classes import FileData, GradioModel
from gradio.processing_utils import hash_bytes

from med3dvlm.ui.components.viewer.codec import Stored, encode, scale_of, stored_type
from med3dvlm.ui.components.viewer.state import Overlay, ViewerState
from med3dvlm.ui.export_names import stem_of
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.views.blocks import block_factor, block_means
from med3dvlm.volumes.views.body import body_box, sample
from med3dvlm.volumes.views.opening import opening_window
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window, auto_window

PREVIEW_ABOVE_VOXELS = 4_000_000
PREVIEW_AXIS = 112


class GridFile(GradioModel):
    """A file of voxels; each of its voxels stands for `factor` voxels of the scan."""

    file: FileData
    shape: list[int]
    dtype: Stored
    size: int
    factor: list[int]


class WindowData(GradioModel):
    """Grey scale in the unit of the scan."""

    center: float
    width: float
    name: str = ""


class Placement(GradioModel):
    """A grid and the box of voxels it covers, z, y, x."""

    start: list[int]
    stop: list[int]
    grid: list[int]


class Box(GradioModel):
    """First voxel and the one after the last, z, y, x."""

    start: list[int]
    stop: list[int]


class OverlayData(GradioModel):
    """Grid of colours, its place and its legend."""

    values: GridFile
    place: Placement
    legend: str
    ends: list[str]
    stops: list[list[float]]
    opacity: float
    smooth: bool


class ViewerData(GradioModel):
    """The value in the browser. `message` differs each time, `scan` only for another scan.

    `stem` is what the names of saved files begin with.
    """

    message: str
    scan: str
    title: str
    stem: str
    caption: str
    shape: list[int]
    body: Box
    spacing: list[float]
    affine: list[list[float]]
    unit: str
    modality: str
    orientation_known: bool
    full: GridFile | None
    preview: GridFile | None
    window: WindowData
    window_given: bool
    auto_window: WindowData
    crosshair: list[float] | None
    overlay: OverlayData | None
    move: str
    opened: str
    cells: Placement | None


@dataclass(frozen=True, slots=True)
class FileStore:
    """Files by content, under names that only this server can compute."""

    folder: Path

    def keep(self, key: str, pieces: Iterable[bytes]) -> Path:
        """The file for `key`; `pieces` are only asked for when it isn't there yet."""
        name = str(hash_bytes(key.encode()))  # Gradio's hash, seeded with a secret of the server
        path = self.folder / name / "voxels.bin"
        if path.exists():
            path.touch()  # the sweep of old files looks at the time
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(secrets.token_hex(8))
        try:
            with draft.open("wb") as stream:
                stream.writelines(pieces)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)  # of a write that failed, as on a full disk
        return path


def make_payload(state: ViewerState, store: FileStore) -> ViewerData:
    """Write the files that are not there yet and describe them."""
    volume = state.volume
    auto, preview, sampled = auto_window(volume), _preview(volume, store), sample(volume)
    start, stop = body_box(sampled, volume)
    return ViewerData(
        message=secrets.token_hex(8),
        scan=volume.digest,
        title=state.title,
        stem=stem_of(state.title),
        caption=state.caption,
        shape=list(volume.shape),
        body=Box(start=list(start), stop=list(stop)),
        spacing=list(volume.spacing_mm),
        affine=volume.affine.tolist(),
        unit=volume.unit,
        modality=volume.modality,
        orientation_known=volume.orientation_known,
        full=_full(volume, store) if preview is None or not state.draft else None,
        preview=preview,
        window=_window(state.window or opening_window(volume, sampled)),
        window_given=state.window is not None,
        auto_window=_window(auto),
        crosshair=list(state.crosshair) if state.crosshair else None,
        overlay=_overlay(state.overlay, store) if state.overlay else None,
        move=state.move,
        opened=state.opened,
        cells=_placement(state.cells) if state.cells else None,
    )


def _window(window: Window) -> WindowData:
    return WindowData(center=window.center, width=window.width, name=window.name)


def _placement(mapping: GridMap) -> Placement:
    return Placement(start=list(mapping.start), stop=list(mapping.stop), grid=list(mapping.grid))


def _full(volume: Volume, store: FileStore) -> GridFile:
    path = store.keep(f"full {volume.digest}", encode(volume.voxels))
    return _grid_file(path, volume.shape, stored_type(volume.voxels))


def _preview(volume: Volume, store: FileStore) -> GridFile | None:
    """Block means that arrive at once; None for a scan that is small anyway."""
    if volume.voxels.size <= PREVIEW_ABOVE_VOXELS:
        return None
    factor = list(block_factor(volume.shape, PREVIEW_AXIS))
    stored = stored_type(volume.voxels)

    def pieces() -> Iterator[bytes]:
        means = block_means(volume.voxels, factor)
        scale = scale_of(volume.voxels)
        yield from encode(scale.store(means, stored), scale)

    path = store.keep(f"preview {volume.digest}", pieces())
    shape = [n // f for n, f in zip(volume.shape, factor, strict=True)]
    return _grid_file(path, shape, stored, factor)


def _overlay(overlay: Overlay, store: FileStore) -> OverlayData:
    digest = hashlib.blake2b(overlay.values.tobytes(), digest_size=16).hexdigest()
    path = store.keep(f"overlay {overlay.values.shape} {digest}", encode(overlay.values))
    return OverlayData(
        values=_grid_file(path, overlay.values.shape, "uint8"),
        place=_placement(overlay.mapping),
        legend=overlay.legend,
        ends=list(overlay.ends),
        stops=[list(stop) for stop in overlay.colours.stops],
        opacity=overlay.opacity,
        smooth=overlay.smooth,
    )


def _grid_file(
    path: Path, shape: Iterable[int], dtype: Stored, factor: list[int] | None = None
) -> GridFile:
    return GridFile(
        file=FileData(path=os.fspath(path)),
        shape=list(shape),
        dtype=dtype,
        size=path.stat().st_size,
        factor=factor or [1, 1, 1],
    )
