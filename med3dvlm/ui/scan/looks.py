"""What the viewer is given of a scan.

picture_of(scan)             # as it is looked at first
unmoved(scan, encoded)       # where the visitor has moved it
"""

from dataclasses import replace

from med3dvlm.ui.components.viewer import ViewerState
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.facts import caption


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
