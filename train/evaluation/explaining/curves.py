"""Detectability curves of all kinds as one picture.

draw_curves(figures, Path("detect.png"))         # figures of `detection_figures` in detect.py
"""

import math
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from train.evaluation.cells import Figures
from train.evaluation.plots import BLIND, CHANCE, SEEING, save

ACROSS = 5


def draw_curves(figures: Figures, path: Path) -> None:
    """One small plot for each kind: probability, threshold with interval, blind, size of a cell."""
    kinds = figures["kinds"]
    across = min(ACROSS, len(kinds))
    down = math.ceil(len(kinds) / across)
    figure = Figure(figsize=(2.3 * across, 1.8 * down), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (kind, found) in enumerate(kinds.items(), start=1):
        _draw(figure.add_subplot(down, across, place), kind, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(figure, path)


def _draw(axes: Any, kind: str, found: Figures) -> None:
    steps = found["steps"]
    axes.plot(steps, found["means"], "o-", color=SEEING, markersize=3)
    axes.axhline(found["blind"], linestyle="--", color=BLIND)
    if found["threshold"] is not None:
        ends = found["low"], found["high"]
        low, high = (
            edge if end is None else end
            for end, edge in zip(ends, steps[:: len(steps) - 1], strict=True)
        )
        axes.axvspan(low, high, color=SEEING, alpha=0.15)
        axes.axvline(found["threshold"], color=SEEING, linewidth=1)
    if found["axis"] == "size_mm" and found["cell_mm"] <= steps[-1]:
        axes.axvline(found["cell_mm"], linestyle=":", color=CHANCE)
    axes.set_ylim(0, 1)
    axes.set_xlim(0, steps[-1])
    axes.tick_params(labelsize=6)
    unit = "mm" if found["axis"] == "size_mm" else "contrast"
    axes.set_title(f"{kind}, {unit}", fontsize=7)
