"""Figures of one scan: its 3-D surface and its histogram.

surface_figure(volume, BONE_SURFACE, surface_of(volume, BONE_SURFACE))
histogram_figure(volume, window=ABDOMEN, seen=MODEL_CT)
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from med3dvlm.ui.components.figure import ACCENT, AXIS, CLEAR, FAINT, INK, WARM, make_figure
from med3dvlm.volumes.views.histogram import count_values
from med3dvlm.volumes.views.surface import Surface, SurfaceKind
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SCENE_HEIGHT, HISTOGRAM_HEIGHT = 460, 260
WINDOW_SHAPE = "window"  # the viewer's script moves the shape of this name
SHARE_FLOOR = 2e-6
SIDES = ("R", "L", "A", "P", "I", "S")
LETTER_GAP = 0.05  # of the longest edge, from the scan's box
# Approximate HU of tissues; for orientation, not for diagnosis.
TISSUES = (
    ("air", -1000), ("lung", -750), ("fat", -95), ("water", 0), ("soft tissue", 50),
    ("contrast", 200), ("bone", 600),
)  # fmt: skip
LIGHT = {"ambient": 0.45, "diffuse": 0.75, "specular": 0.25, "roughness": 0.6, "fresnel": 0.1}


def surface_figure(volume: Volume, kind: SurfaceKind, surface: Surface) -> "Figure":
    """The mesh seen from the front, with the patient's left on the right as on the planes."""
    x, y, z = surface.vertices.T
    small = np.uint16 if len(surface.vertices) <= np.iinfo(np.uint16).max else np.int32
    i, j, k = surface.faces.T.astype(small)
    mesh = {
        "type": "mesh3d", "x": x, "y": y, "z": z, "i": i, "j": j, "k": k, "color": kind.colour,
        "flatshading": False, "lighting": LIGHT, "lightposition": {"x": -2e4, "y": -4e4, "z": 3e4},
        "hovertemplate": "%{x:.0f}, %{y:.0f}, %{z:.0f} mm<extra></extra>", "name": kind.name,
    }  # fmt: skip
    axes = {f"{letter}axis": {"visible": False, "showspikes": False} for letter in "xyz"}
    camera = {"eye": {"x": -0.45, "y": -1.6, "z": 0.4}, "up": {"x": 0, "y": 0, "z": 1}}
    scene = axes | {"aspectmode": "data", "camera": camera, "bgcolor": CLEAR, "dragmode": "orbit"}
    return make_figure(
        [mesh, _letters(volume)],
        {
            "scene": scene, "height": SCENE_HEIGHT, "uirevision": volume.digest,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        },
    )  # fmt: skip


def _letters(volume: Volume) -> dict[str, Any]:
    """The patient's sides, each at the middle of its side of the scan, as far as they are known."""
    corners = np.array(
        [volume.millimetres((z, y, x)) for z in (0, volume.shape[0] - 1)
         for y in (0, volume.shape[1] - 1) for x in (0, volume.shape[2] - 1)]
    )  # fmt: skip
    low, high = corners.min(axis=0), corners.max(axis=0)
    gap = LETTER_GAP * float((high - low).max())
    places = np.tile((low + high) / 2, (6, 1))
    for axis in range(3):
        places[2 * axis, axis] = low[axis] - gap
        places[2 * axis + 1, axis] = high[axis] + gap
    x, y, z = places.T
    letters = SIDES if volume.orientation_known else ("?",) * 6
    return {
        "type": "scatter3d", "mode": "text", "x": x, "y": y, "z": z, "text": list(letters),
        "textfont": {"size": 16, "color": INK}, "hoverinfo": "skip",
    }  # fmt: skip


def histogram_figure(volume: Volume, *, window: Window, seen: Window | None = None) -> "Figure":
    """Shares of the voxels on a logarithmic scale, with the viewer's window and the model's.

    Args:
        volume: the scan.
        window: the viewer's; its edges are moved by the viewer and by the mouse.
        seen: the model's, drawn as dashed lines.
    """
    counts = count_values(volume)
    hounsfield = volume.unit == "HU"
    bars = {
        "type": "scatter", "mode": "lines", "line": {"shape": "hvh", "width": 1, "color": INK},
        "fill": "tozeroy", "fillcolor": FAINT, "x": counts.middles,
        "y": np.maximum(100 * counts.shares, 100 * SHARE_FLOOR),
        "hovertemplate": "%{x:.4g}" + (" HU" if hounsfield else "") + ", %{y:.3g} %<extra></extra>",
    }  # fmt: skip
    top = float(np.log10(200 * counts.shares.max() + 1e-3))
    values = AXIS | {"title": {"text": "HU" if hounsfield else "voxel value", "standoff": 4}}
    shares = AXIS | {
        "title": {"text": "% of voxels", "standoff": 4}, "type": "log", "fixedrange": True,
        "range": [float(np.log10(100 * SHARE_FLOOR)), top], "exponentformat": "power", "dtick": 1,
    }  # fmt: skip
    notes, traces = [], [bars]
    if seen:
        traces += [_edge(value, (100 * SHARE_FLOOR, 10**top)) for value in (seen.low, seen.high)]
        notes.append(_note(seen.high, 0.98, "the model's window", color=WARM, xanchor="right"))
    if hounsfield:
        notes += [_note(value, 0.02, name, textangle=-90) for name, value in TISSUES]
    return make_figure(
        traces,
        {
            "xaxis": values, "yaxis": shares, "shapes": [_window_shape(window)],
            "annotations": notes, "height": HISTOGRAM_HEIGHT, "uirevision": volume.digest,
        },
    )  # fmt: skip


def _window_shape(window: Window) -> dict[str, Any]:
    return {
        "type": "rect", "name": WINDOW_SHAPE, "xref": "x", "yref": "paper", "x0": window.low,
        "x1": window.high, "y0": 0, "y1": 1, "fillcolor": ACCENT, "opacity": 0.22,
        "line": {"color": ACCENT, "width": 2}, "layer": "above",
    }  # fmt: skip


def _edge(value: float, heights: tuple[float, float]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": [value, value], "y": list(heights),
        "line": {"color": WARM, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip",
    }  # fmt: skip


def _note(x: float, y: float, text: str, **more: Any) -> dict[str, Any]:
    colour = more.pop("color", INK)
    return {
        "x": x, "y": y, "xref": "x", "yref": "paper", "text": text, "showarrow": False,
        "yanchor": "top" if y > 0.5 else "bottom", "font": {"size": 11, "color": colour},
    } | more  # fmt: skip
