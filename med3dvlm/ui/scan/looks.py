"""What the viewer is given of a scan.

picture_of(scan)             # as it is looked at first
unmoved(scan, encoded)       # where the visitor has moved it
window_of(scan), middle(scan)
"""

from dataclasses import replace

from med3dvlm.ui.components.viewer import ViewerState
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.facts import caption
from med3dvlm.volumes.window import ABDOMEN, Window, auto_window


def unmoved(scan: Scan, encoded: Encoded | None) -> ViewerState:
    """The open scan where the visitor has moved it, with the model's grid once it was read."""
    features = encoded.of(scan) if encoded else None
    cells = features.mapping if features else None
    return replace(picture_of(scan), window=None, crosshair=None, cells=cells)


def picture_of(scan: Scan, *, draft: bool = False) -> ViewerState:
    """A scan as it is looked at first."""
    return ViewerState(
        volume=scan.volume, window=scan.window, title=scan.name, caption=caption(scan),
        crosshair=scan.center, draft=draft,
    )  # fmt: skip


def window_of(scan: Scan) -> Window:
    """The grey scale of pictures of a scan."""
    return scan.window or (ABDOMEN if scan.volume.unit == "HU" else auto_window(scan.volume))


def middle(scan: Scan) -> tuple[float, float, float]:
    """The voxel `(z, y, x)` in the middle, where the viewer begins."""
    z, y, x = ((n - 1) / 2 for n in scan.volume.shape)
    return z, y, x
