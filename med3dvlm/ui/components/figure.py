"""Shared style of all figures: colours for light and dark pages, and no external resources.

figure = make_figure(traces, layout)      # traces and layout as plotly.js has them
drawn(figure)                             # for a gr.Plot, with what the mouse may do

The page brings plotly.js 3.3; what only later versions know must not be used.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradio.components.plot import PlotData

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

INK = "#7b8794"  # readable on white and on slate
FAINT = "rgba(123, 135, 148, 0.25)"
ACCENT = "#14b8a6"
WARM = "#f59e0b"
CLEAR = "rgba(0, 0, 0, 0)"
CONFIG = {"displaylogo": False, "displayModeBar": False}
MOVABLE = {"edits": {"shapePosition": True}}
AXIS = {
    "automargin": True, "gridcolor": FAINT, "linecolor": FAINT, "zeroline": False,
    "title": {"standoff": 6},
}  # fmt: skip


def make_figure(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> "Figure":
    """A plotly figure; arrays travel as base64, so that it stays small."""
    from plotly.graph_objects import Figure  # takes a second: only whoever opens a plot waits

    shared = {
        "template": "none", "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR,
        "font": {"color": INK, "size": 12}, "showlegend": False,
        "margin": {"l": 44, "r": 12, "t": 12, "b": 36},
        "hoverlabel": {"font": {"size": 12}},
    }  # fmt: skip
    return Figure({"data": list(traces), "layout": shared | layout})


def drawn(figure: "Figure", more: Mapping[str, Any] | None = None) -> PlotData:
    """The figure and its plotly.js configuration, which a bare figure can't carry."""
    content = json.loads(figure.to_json())
    return PlotData(type="plotly", plot=json.dumps(content | {"config": CONFIG | dict(more or {})}))
