"""How probable a finding is in each of its places, as a figure, a sentence and a table.

figure = places_figure(rates, blind)
rows = place_rows(rates, blind)
"""

from typing import TYPE_CHECKING, Any

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
    most, least = (f"{rates.means[place]:.2f}" for place in (best, worst))
    found = (
        f"likeliest in the {best} ({most}) and least so in the {worst} ({least})"
        if most != least
        else f"equally likely in each ({most})"
    )
    return (
        f"{rates.people} phantoms with a {rates.kind} of {rates.size_mm} mm in each place. It is "
        f"{found}. Without an image it says {blind:.2f} whatever the place."
    )


def place_rows(rates: PlaceRates, blind: float) -> list[dict[str, Any]]:
    """A row for each place: its probability with its interval, and that without the image."""
    rows = []
    for place, mean in rates.means.items():
        low, high = rates.intervals[place]
        rows.append(
            {
                "kind": rates.kind, "size_mm": rates.size_mm, "place": place,
                "probability": round(mean, 4), "low": round(low, 4), "high": round(high, 4),
                "without_image": round(blind, 4), "people": rates.people,
            }
        )  # fmt: skip
    return rows
