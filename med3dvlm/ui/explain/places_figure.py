"""How probable a finding is in each of its places, as a figure, a sentence and a table.

figure = places_figure(rates, blind)
text = csv_of_places(rates, blind)
"""

from typing import TYPE_CHECKING

from med3dvlm.explain.lab.places import PlaceRates
from med3dvlm.ui.components.figure import ACCENT, AXIS, WARM, make_figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW, MARGIN = 26, 110


def places_figure(rates: PlaceRates, blind: float) -> "Figure":
    """A bar for each place with its interval, and the image-blind answer."""
    places = list(rates.means)
    means = [rates.means[place] for place in places]
    ends = [rates.intervals[place] for place in places]
    bars = {
        "type": "bar", "orientation": "h", "name": "with the image", "y": places, "x": means,
        "marker": {"color": ACCENT},
        "error_x": {
            "type": "data", "symmetric": False,
            "array": [high - mean for (_, high), mean in zip(ends, means, strict=True)],
            "arrayminus": [mean - low for (low, _), mean in zip(ends, means, strict=True)],
        },
        "hovertemplate": "%{y}: P = %{x:.2f}<extra></extra>",
    }  # fmt: skip
    without = {
        "type": "scatter", "mode": "lines", "name": "without an image", "y": places,
        "x": [blind] * len(places), "line": {"color": WARM, "width": 2, "dash": "dash"},
        "hovertemplate": "without an image: P = %{x:.2f}<extra></extra>",
    }  # fmt: skip
    return make_figure(
        [bars, without],
        {
            "height": MARGIN + ROW * len(places), "showlegend": True,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "xaxis": AXIS | {"title": {"text": "P(finding)"}, "range": [0, 1.03]},
            "yaxis": AXIS | {"automargin": True},
        },
    )  # fmt: skip


def said_of_places(rates: PlaceRates, blind: float) -> str:
    """Where the finding is seen best and where worst."""
    best, worst = (choose(rates.means, key=rates.means.__getitem__) for choose in (max, min))
    return (
        f"{rates.people} phantoms with a {rates.kind} of {rates.size_mm} mm in each place. It is "
        f"likeliest in the {best} ({rates.means[best]:.2f}) and least so in the {worst} "
        f"({rates.means[worst]:.2f}). Without an image it says {blind:.2f} whatever the place."
    )


def csv_of_places(rates: PlaceRates, blind: float) -> str:
    """The places with their probabilities and intervals, and that without the image."""
    lines = ["kind,size_mm,place,probability,low,high,without_image,people"]
    for place, mean in rates.means.items():
        low, high = rates.intervals[place]
        numbers = f"{mean:.4f},{low:.4f},{high:.4f},{blind:.4f},{rates.people}"
        lines.append(f"{rates.kind},{rates.size_mm},{place},{numbers}")
    return "\n".join(lines) + "\n"
