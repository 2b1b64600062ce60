"""What pairs of prompts find, as a figure: ROC curves, and the probability of every scan.

figure = bench_figure(measured, threshold=0.5)
said(measured, 0.5), bench_rows(measured)
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.explain.prompt_pairs import Floats, Prompts, pair_share, rates_at, roc, single_share
from med3dvlm.metrics.ranking import area_under_curve
from med3dvlm.ui.components.figure import ACCENT, AXIS, FAINT, INK, WARM, make_figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 520
# Told apart by colour-blind readers, and by their dashes without any colour.
LINES = ((ACCENT, "solid"), (WARM, "dash"), ("#3b82f6", "dot"), ("#d946ef", "dashdot"))
RESAMPLES = 500
OPEN_SCAN = "The open scan"
AREA = ("area_under_curve", "area_low", "area_high")  # columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What pairs of prompts made of scans.

    Attributes:
        kind: the finding that the ill have.
        pairs: of prompts.
        seeds: of the person of each scan.
        ill: whether each scan has the finding.
        logits: (scans, pairs, 2).
        opened: (pairs, 2), of the scan that is open; None if none is.
    """

    kind: str
    pairs: tuple[Prompts, ...]
    seeds: tuple[int, ...]
    ill: tuple[bool, ...]
    logits: Floats
    opened: Floats | None = None

    @property
    def shares(self) -> Floats:
        """Probability (scans, pairs) of the text that states the finding."""
        return pair_share(self.logits)

    def area(self, pair: int) -> tuple[float, float, float]:
        """Area under the curve of a pair, with the ends of its 95 % interval over people."""
        ill, shares = np.array(self.ill), self.shares[:, pair]
        found, healthy = shares[ill], shares[~ill]
        rng = np.random.default_rng(0)
        people = min(len(found), len(healthy))
        drawn = rng.integers(people, size=(RESAMPLES, people))
        areas = [area_under_curve(found[row], healthy[row]) for row in drawn]
        low, high = np.quantile(areas, (0.025, 0.975))
        return area_under_curve(found, healthy), float(low), float(high)


def bench_figure(measured: Measured, *, threshold: float) -> "Figure":
    """The curves with the threshold on them, and below it the probability of each scan."""
    traces: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": "chance",
         "line": {"color": FAINT, "width": 2}, "hoverinfo": "skip", "showlegend": False}
    ]  # fmt: skip
    for number in range(len(measured.pairs)):
        traces += _curve(measured, number, threshold)
        traces += _scans(measured, number)
    rows = [f"pair {n + 1}" for n in range(len(measured.pairs))]
    line = {
        "type": "line", "x0": threshold, "x1": threshold, "xref": "x2", "yref": "paper", "y0": 0,
        "y1": 0.3, "line": {"color": INK, "width": 2},
    }  # fmt: skip
    return make_figure(
        traces,
        {
            "height": HEIGHT, "showlegend": True, "shapes": [line],
            "legend": {"orientation": "h", "y": -0.16, "yanchor": "top"},
            "xaxis": AXIS | {"title": {"text": "false-positive rate (scans without it)"},
                             "range": [-0.02, 1.02], "anchor": "y"},
            "yaxis": AXIS | {"title": {"text": "sensitivity (scans with it)"},
                             "range": [-0.02, 1.04], "domain": [0.46, 1]},
            "xaxis2": AXIS | {"title": {"text": "probability of the pair"},
                              "range": [-0.02, 1.02], "anchor": "y2"},
            "yaxis2": AXIS | {"domain": [0, 0.3], "range": [len(rows) - 0.4, -0.6],
                              "tickvals": list(range(len(rows))), "ticktext": rows},
        },
    )  # fmt: skip


def _curve(measured: Measured, number: int, threshold: float) -> list[dict[str, Any]]:
    shares = list(map(float, measured.shares[:, number]))
    points = roc(shares, measured.ill)
    rates = rates_at(threshold, shares, measured.ill)
    colour, dash = LINES[number]
    name = f"pair {number + 1}"
    return [
        {"type": "scatter", "mode": "lines", "name": name, "legendgroup": name,
         "x": [point.false_alarms for point in points],
         "y": [point.sensitivity for point in points],
         "line": {"color": colour, "dash": dash, "width": 2.5},
         "hovertemplate": "sensitivity %{y:.2f}, false-positive rate %{x:.2f}<extra></extra>"},
        {"type": "scatter", "mode": "markers", "showlegend": False, "legendgroup": name,
         "x": [rates.alarms / max(rates.healthy, 1)], "y": [rates.found / max(rates.ill, 1)],
         "marker": {"size": 12, "color": colour, "line": {"color": INK, "width": 2}},
         "hovertemplate": "at the threshold<extra></extra>"},
    ]  # fmt: skip


def _scans(measured: Measured, number: int) -> list[dict[str, Any]]:
    """A mark for each scan: filled above for the ill, open below for the healthy."""
    shares, ill = measured.shares[:, number], np.array(measured.ill)
    first = number == 0
    marks = [
        _marks("with the finding", shares[ill], number - 0.18, first, {"color": WARM, "size": 8}),
        _marks("without it", shares[~ill], number + 0.18, first,
               {"color": INK, "size": 8, "symbol": "circle-open"}),
    ]  # fmt: skip
    if measured.opened is not None:
        here = pair_share(measured.opened)[number : number + 1]
        star = {"color": ACCENT, "size": 15, "symbol": "star", "line": {"color": INK, "width": 1}}
        marks.append(_marks("the open scan", here, number, first, star))
    return marks


def _marks(
    name: str, shares: NDArray[Any], y: float, legend: bool, marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": name, "legendgroup": name,
        "showlegend": legend, "xaxis": "x2", "yaxis": "y2", "x": list(map(float, shares)),
        "y": [y] * len(shares), "marker": marker | {"opacity": 0.85},
        "hovertemplate": f"{name}: %{{x:.3f}}<extra></extra>",
    }  # fmt: skip


def said(measured: Measured, threshold: float) -> list[str]:
    """What each pair finds at a threshold, and what it says of the open scan: a sentence each."""
    lines = []
    for number, pair in enumerate(measured.pairs):
        area, low, high = measured.area(number)
        rates = rates_at(threshold, list(measured.shares[:, number]), measured.ill)
        lines.append(
            f"Pair {number + 1}, \u201c{pair.states}\u201d or \u201c{pair.denies}\u201d: the area "
            f"under the curve is {area:.2f} (95 % interval over people {low:.2f} to {high:.2f}; "
            f"0.5 is chance). At {threshold:.2f} it detects "
            f"{rates.found} of {rates.ill} findings, with {rates.alarms} of {rates.healthy} scans "
            "without the finding falsely positive."
        )
        if measured.opened is not None:
            lines.append(_of_open_scan(measured.opened[number], threshold))
    return lines


def _of_open_scan(logits: Floats, threshold: float) -> str:
    share = float(pair_share(logits))
    states, denies = map(float, single_share(logits))
    verdict = "stated" if share >= threshold else "denied"
    return (
        f"{OPEN_SCAN}: {share:.3f}, so at this threshold the finding is {verdict}. Taken alone, as "
        f"in training (SigLIP), the prompt that states it belongs to the scan with a probability "
        f"of {states:.3g}, the one that denies it with {denies:.3g}."
    )


def bench_rows(measured: Measured) -> list[dict[str, Any]]:
    """A row for each scan and pair, with the area under the pair's curve and its interval."""
    scans = list(zip(measured.seeds, measured.ill, measured.logits, strict=True))
    areas = [
        dict(zip(AREA, (f"{end:.4f}" for end in measured.area(number)), strict=True))
        for number in range(len(measured.pairs))
    ]
    rows = [
        {"scan": f"phantom {seed}", "finding": measured.kind, "has_it": "yes" if ill else "no"}
        | _row(pair, logits[number])
        | areas[number]
        for seed, ill, logits in scans
        for number, pair in enumerate(measured.pairs)
    ]
    if measured.opened is not None:
        rows += [
            {"scan": OPEN_SCAN.lower(), "finding": measured.kind, "has_it": ""}
            | _row(pair, measured.opened[number])
            | areas[number]
            for number, pair in enumerate(measured.pairs)
        ]
    return rows


def _row(pair: Prompts, logits: Floats) -> dict[str, Any]:
    states, denies = single_share(logits)
    return {
        "states": pair.states, "denies": pair.denies, "probability": f"{pair_share(logits):.5f}",
        "siglip_states": f"{states:.3e}", "siglip_denies": f"{denies:.3e}",
    }  # fmt: skip
