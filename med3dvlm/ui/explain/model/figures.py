"""Figures of how the model is built: a decomposed convolution in space, and a similarity matrix.

convolution_figure(layer), matrix_figure(similarity, titles)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.explain.structure.convolution import Layer
from med3dvlm.ui.components.figure import ACCENT, AXIS, CLEAR, FAINT, INK, WARM, make_figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 320
BLUE = "#3b82f6"
ARMS = (("depth", ACCENT, "circle"), ("height", WARM, "square"), ("width", BLUE, "diamond"))
# Lightness alone orders these, so they hold without any colour (after Nunez et al., cividis).
SCALE = [[0, "#00224e"], [0.25, "#35456c"], [0.5, "#7c7b78"], [0.75, "#bcad6c"], [1, "#fee838"]]


def convolution_figure(layer: Layer) -> "Figure":
    """The voxels that three lines read, in the cube that one kernel would read."""
    half = layer.kernel // 2
    reach = np.arange(-half, half + 1)
    traces: list[dict[str, Any]] = [_cube(half + 0.5)]
    for axis, (name, colour, symbol) in enumerate(ARMS):
        places = np.zeros((3, len(reach)))
        places[axis] = reach
        z, y, x = places
        traces.append({
            "type": "scatter3d", "mode": "markers", "name": f"along {name}",
            "x": x, "y": y, "z": z, "hovertemplate": f"read along {name}<extra></extra>",
            "marker": {"size": 7, "color": colour, "symbol": symbol, "opacity": 1},
        })  # fmt: skip
    axes = {
        name: {"title": {"text": title}, "showbackground": False, "gridcolor": FAINT,
               "zeroline": False, "range": [-half - 1, half + 1], "nticks": 5}
        for name, title in (("xaxis", "width"), ("yaxis", "height"), ("zaxis", "depth"))
    }  # fmt: skip
    return make_figure(
        traces,
        {
            "height": HEIGHT, "showlegend": True, "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            # On a phone the legend has two lines, for which the cube leaves room.
            "legend": {"orientation": "h", "y": 1, "yanchor": "top"},
            "scene": axes | {"aspectmode": "cube", "bgcolor": CLEAR,
                             "domain": {"x": [0, 1], "y": [0, 0.84]},
                             "camera": {"eye": {"x": 1.5, "y": 1.5, "z": 0.9}}},
        },
    )  # fmt: skip


def _cube(edge: float) -> dict[str, Any]:
    """The twelve edges of a cube, as one line with gaps."""
    ends = [(a, b) for a in (-edge, edge) for b in (-edge, edge)]
    lines: list[list[float | None]] = [[], [], []]
    for axis in range(3):
        for a, b in ends:
            for end in (-edge, edge, None):
                others = iter((a, b))
                for i in range(3):
                    value = end if i == axis else next(others)
                    lines[i].append(None if end is None else value)
    return {
        "type": "scatter3d", "mode": "lines", "name": "whole cube", "x": lines[0], "y": lines[1],
        "z": lines[2], "line": {"color": INK, "width": 2}, "hoverinfo": "skip",
    }  # fmt: skip


def matrix_figure(similarity: NDArray[np.floating[Any]], titles: Sequence[str]) -> "Figure":
    """Rows are scans, columns texts; a ring marks the most similar scan of each text."""
    count = len(similarity)
    numbers = [str(n + 1) for n in range(count)]
    best = similarity.argmax(axis=0)
    heat = {
        "type": "heatmap", "x": numbers, "y": numbers, "z": np.round(similarity, 3),
        "colorscale": SCALE, "colorbar": {"thickness": 10, "title": {"text": "cosine"}},
        "text": [[f"scan: {a}<br>text: {b}" for b in titles] for a in titles],
        "hovertemplate": "%{text}<br>cosine %{z:.3f}<extra></extra>",
    }  # fmt: skip
    rings = {
        "type": "scatter", "mode": "markers", "x": numbers, "y": [numbers[n] for n in best],
        "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 13, "color": "#ffffff",
                   "line": {"width": 2.5}},
    }  # fmt: skip
    axis = AXIS | {"type": "category", "showgrid": False}
    return make_figure(
        [heat, rings],
        {
            "height": 380,
            "xaxis": axis | {"title": {"text": "text"}},
            "yaxis": axis | {"title": {"text": "scan"}, "autorange": "reversed"},
        },
    )  # fmt: skip
