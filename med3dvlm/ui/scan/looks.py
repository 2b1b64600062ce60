"""What the viewer is given of a scan: each message says all that is known to lie over it.

picture_of(scan)                               # as it is looked at first
unmoved(scan, encoded)                         # where the visitor has moved it
with_overlay(scan, encoded, overlay, crosshair=(12, 80, 64))
window_of(scan), middle(scan)
"""

from typing import Any

from med3dvlm.ui.components.viewer import Overlay, ViewerState
from med3dvlm.ui.components.viewer.state import new_token
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.facts import caption
from med3dvlm.volumes.window import ABDOMEN, Window, auto_window

Voxel = tuple[float, float, float]


def picture_of(scan: Scan, *, draft: bool = False) -> ViewerState:
    """A scan as it is looked at first."""
    return _said(scan, draft=draft)


def unmoved(scan: Scan, encoded: Encoded | None) -> ViewerState:
    """The open scan where the visitor has moved it, with the model's grid once it was read."""
    return _said(scan, **_cells(scan, encoded))


def with_overlay(
    scan: Scan, encoded: Encoded | None, overlay: Overlay | None, *,
    window: Window | None = None, crosshair: Voxel | None = None,
) -> ViewerState:  # fmt: skip
    """The open scan with an overlay, or without any; on request in a window and at a place."""
    moved: dict[str, Any] = {}
    if window or crosshair:
        moved = {"window": window, "crosshair": crosshair, "move": new_token()}
    return _said(scan, overlay=overlay, **moved, **_cells(scan, encoded))


def window_of(scan: Scan) -> Window:
    """The grey scale of pictures of a scan."""
    return scan.window or (ABDOMEN if scan.volume.unit == "HU" else auto_window(scan.volume))


def middle(scan: Scan) -> Voxel:
    """The voxel `(z, y, x)` in the middle, where the viewer begins."""
    z, y, x = ((n - 1) / 2 for n in scan.volume.shape)
    return z, y, x


def _cells(scan: Scan, encoded: Encoded | None) -> dict[str, Any]:
    features = encoded.of(scan) if encoded else None
    return {"cells": features.mapping} if features else {}


def _said(scan: Scan, *, draft: bool = False, **changed: Any) -> ViewerState:
    first = ViewerState(
        volume=scan.volume, window=scan.window, title=scan.name, caption=caption(scan),
        crosshair=scan.center,
    )  # fmt: skip
    return scan.looks.say(first, draft=draft, **changed)
