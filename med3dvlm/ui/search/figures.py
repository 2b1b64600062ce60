"""Figures of the library: the scores of a search, and a map of the volumes.

score_figure(scores, hits)
map_figure(points, marks=[Mark("open scan", place)])
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.retrieval import Hit
from med3dvlm.retrieval.entry import Glance
from med3dvlm.ui.components.figure import ACCENT, AXIS, FAINT, INK, WARM, make_figure
from med3dvlm.ui.search.hits import key_of_entry

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SCORE_HEIGHT, MAP_HEIGHT = 190, 380
MANY = 5_000  # points from which on the browser's graphics card draws them, without their titles
# Distinguishable with red-green colour blindness, on light and dark pages.
COLOURS = (
    "#3b82f6", "#f59e0b", "#14b8a6", "#d946ef", "#84cc16", "#ef4444", "#a78bfa", "#78716c",
)  # fmt: skip
OTHERS = "others"
DARK = "rgba(31, 41, 55, 0.85)"  # a ground for what stands among points
FEW = 9  # different numbers, from which on they make a scale and no groups
NOTHING_FOUND = "no finding"


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What is shown of a library's entries, and where each lies on the map: (n, 2).

    Attributes:
        glances: their titles, and the fact that they are coloured by.
        places: (n, 2).
        shares: of the variance, of both axes; None where neither means anything by itself.
        library: its name; None for the app's own.
    """

    glances: Sequence[Glance]
    places: NDArray[np.float64]
    shares: tuple[float, float] | None
    library: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something else that has a place on the map."""

    name: str
    place: tuple[float, float]


def score_figure(
    scores: NDArray[np.float64], hits: Sequence[Hit], *, least: float | None = None,
    opened: Sequence[Hit] = (),
) -> "Figure":  # fmt: skip
    """Histogram of all similarities in grey, with marks for the hits shown.

    Args:
        scores: similarity of every volume.
        hits: those that were found.
        least: similarity from which on a hit fits.
        opened: the hit that is open, in another colour.
    """
    every = {
        "type": "histogram", "x": np.round(scores, 4), "nbinsx": 40, "marker": {"color": FAINT},
        "hovertemplate": "%{y} volumes at %{x}<extra></extra>",
    }  # fmt: skip
    names = [f"{rank}. {hit.entry.title}" for rank, hit in enumerate(hits, start=1)]
    colours = [WARM if hit in opened else ACCENT for hit in hits]
    found = {
        "type": "scatter", "mode": "markers", "x": [hit.score for hit in hits],
        "y": [0] * len(hits), "text": names,
        "marker": {"symbol": "line-ns", "size": 34, "line": {"width": 2.5, "color": colours}},
        "hovertemplate": "%{text}<br>similarity %{x:.3f}<extra></extra>",
    }  # fmt: skip
    return make_figure(
        [every, found],
        {
            "xaxis": AXIS | {"title": {"text": "similarity", "standoff": 4}},
            "yaxis": AXIS | {"title": {"text": "volumes", "standoff": 4}, "rangemode": "tozero"},
            "height": SCORE_HEIGHT, "bargap": 0.05,
            "shapes": [] if least is None else [_line_at(least)],
        },
    )  # fmt: skip


def _line_at(least: float) -> dict[str, Any]:
    """A line at the similarity from which on a hit fits."""
    return {
        "type": "line", "x0": least, "x1": least, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": INK, "width": 1, "dash": "dot"},
        "label": {"text": "fits from here", "textposition": "end", "font": {"size": 11}},
    }  # fmt: skip


def map_figure(points: Points, *, marks: Sequence[Mark] = (), hits: Sequence[Hit] = ()) -> "Figure":
    """The library as points on two axes, those of `Points.places`.

    Args:
        points: where each entry lies.
        marks: the open scan, the words that were searched.
        hits: entries with a ring around them.
    """
    traces = [_hits(points, {hit.entry.id for hit in hits})]
    numbers = numbers_of(points.glances)
    if numbers is not None:
        traces.append(_scale(points, numbers))
    else:
        for number, (name, members) in enumerate(group_by(points.glances).items()):
            colour = INK if name == OTHERS else COLOURS[number % len(COLOURS)]
            traces.append(_group(points, name, members, {"color": colour}))
    traces += [_mark(mark) for mark in marks]
    shares = points.shares
    titles = [f"component {n}: {100 * share:.0f} %" for n, share in enumerate(shares or (), 1)]
    titles = titles or ["", ""]
    axis = AXIS | {"showticklabels": False}
    return make_figure(
        [trace for trace in traces if len(trace["x"])],
        {
            "xaxis": axis | {"title": {"text": titles[0], "standoff": 4}},
            "yaxis": axis | {"title": {"text": titles[1], "standoff": 4}},
            "height": MAP_HEIGHT, "showlegend": True, "hovermode": "closest",
            "annotations": [_label(mark) for mark in marks],
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        },
    )  # fmt: skip


def numbers_of(glances: Sequence[Glance]) -> NDArray[np.float64] | None:
    """The values as numbers, nan for those that have none; None where most are something else."""
    values = [g.value if _is_number(g.value) else None for g in glances]
    known = [value for value in values if value is not None]
    if 2 * len(known) <= len(values) or len(set(known)) < FEW:
        return None
    return np.array(values, np.float64)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def group_by(glances: Sequence[Glance]) -> Mapping[str, list[int]]:
    """Positions of entries by their value, most frequent first; what is rare is put together.

    Of several values (a volume's findings) the first one counts.
    """
    groups: dict[str, list[int]] = {}
    for number, glance in enumerate(glances):
        value = OTHERS if glance.value is None else glance.value
        if isinstance(value, list):
            value = value[0] if value else NOTHING_FOUND
        groups.setdefault(str(value), []).append(number)
    ordered = sorted(groups, key=lambda name: (name == OTHERS, -len(groups[name]), name))
    if len(ordered) <= len(COLOURS):
        return {name: groups[name] for name in ordered}
    kept = [name for name in ordered if name != OTHERS][: len(COLOURS) - 1]
    rest = [number for name in ordered if name not in kept for number in groups[name]]
    return {name: groups[name] for name in kept} | {OTHERS: rest}


def _group(
    points: Points, name: str, members: Sequence[int], colour: dict[str, Any]
) -> dict[str, Any]:
    """Points of one name; each carries its key, for a click, and its id, for the lasso."""
    places = points.places[list(members)].astype(np.float32)
    glances = [points.glances[number] for number in members]
    many = len(points.glances) > MANY
    titles = {} if many else {"text": [glance.title for glance in glances]}
    return {
        "type": "scattergl" if many else "scatter", "mode": "markers", "name": name,
        "x": places[:, 0], "y": places[:, 1],
        "customdata": [key_of_entry(glance, points.library) for glance in glances],
        "ids": [str(glance.id) for glance in glances],
        "marker": {"size": 4 if many else 8, "opacity": 0.8} | colour,
        "hovertemplate": "%{fullData.name}<extra></extra>" if many else "%{text}<extra></extra>",
    } | titles  # fmt: skip


def _scale(points: Points, numbers: NDArray[np.float64]) -> dict[str, Any]:
    """All points, coloured by a number."""
    how = {"color": numbers, "colorscale": "Viridis", "showscale": True,
           "colorbar": {"thickness": 12}}  # fmt: skip
    return _group(points, "volumes", range(len(numbers)), how) | {"showlegend": False}


def _hits(points: Points, ids: set[int]) -> dict[str, Any]:
    places = points.places[[n for n, glance in enumerate(points.glances) if glance.id in ids]]
    return {
        "type": "scatter", "mode": "markers", "name": "found", "x": places[:, 0],
        "y": places[:, 1], "hoverinfo": "skip",
        "marker": {"size": 16, "symbol": "circle-open", "color": INK, "line": {"width": 2}},
    }  # fmt: skip


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": mark.name, "x": [mark.place[0]],
        "y": [mark.place[1]], "hoverinfo": "skip", "showlegend": False,
        "marker": {"size": 17, "symbol": "star", "color": WARM, "line": {"width": 1, "color": INK}},
    }  # fmt: skip


def _label(mark: Mark) -> dict[str, Any]:
    """The name of a mark above it, on a ground of its own: among points it could not be read."""
    return {
        "x": float(mark.place[0]), "y": float(mark.place[1]), "text": mark.name, "showarrow": False,
        "yshift": 20, "font": {"color": WARM}, "bgcolor": DARK, "borderpad": 2,
    }  # fmt: skip
