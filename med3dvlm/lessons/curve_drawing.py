"""The curve that a class drew beside the model's, as SVG in the page's own colours.

svg = curve_drawing(step.sizes_mm, model=(0, 50, 100), learners=[(0, 40, 90), (10, 60, 95)])
"""

from collections.abc import Sequence
from html import escape

import numpy as np

from med3dvlm.lessons.content import read_words

WIDE, TALL, LEFT, TOP = 440, 220, 44, 12
PLOT_WIDE, PLOT_TALL = 380, 168
Curve = Sequence[float]


def curve_drawing(sizes_mm: Sequence[int], *, model: Curve, learners: Sequence[Curve]) -> str:
    """Percent of people against size: each learner thin, their mean dashed, the model thick.

    Args:
        sizes_mm: where the curves have their points.
        model: percentages.
        learners: percentages, a curve for each.
    """
    mean = [float(one) for one in np.mean(learners, axis=0)]
    thin = "".join(_line(sizes_mm, one, "learner") for one in learners)
    lines = thin + _line(sizes_mm, mean, "mean") + _line(sizes_mm, model, "model")
    told = "; ".join(
        f"{size} mm: class {a:.0f} %, model {b:.0f} %"
        for size, a, b in zip(sizes_mm, mean, model, strict=True)
    )
    return (
        f"<svg class='learn-curve' viewBox='0 0 {WIDE} {TALL}' role='img' aria-label='{told}'>"
        f"{_axes(sizes_mm)}{lines}</svg>"
        f"<p class='learn-note'>{escape(read_words()['curve'])}</p>"
    )


def _line(sizes_mm: Sequence[int], curve: Curve, name: str) -> str:
    points = " ".join(
        f"{_across(size, sizes_mm):.1f},{_down(percent):.1f}"
        for size, percent in zip(sizes_mm, curve, strict=True)
    )
    return f"<polyline class='{name}' points='{points}'/>"


def _axes(sizes_mm: Sequence[int]) -> str:
    sizes = "".join(
        f"<text x='{_across(size, sizes_mm):.1f}' y='{TOP + PLOT_TALL + 16}' "
        f"text-anchor='middle'>{size} mm</text>"
        for size in sizes_mm
    )
    levels = "".join(
        f"<line x1='{LEFT}' x2='{LEFT + PLOT_WIDE}' y1='{_down(percent):.1f}' "
        f"y2='{_down(percent):.1f}'/><text x='{LEFT - 6}' y='{_down(percent) + 4:.1f}' "
        f"text-anchor='end'>{percent} %</text>"
        for percent in (0, 50, 100)
    )
    return sizes + levels


def _across(size: float, sizes_mm: Sequence[int]) -> float:
    low, high = min(sizes_mm), max(sizes_mm)
    return LEFT + 14 + (PLOT_WIDE - 28) * (size - low) / max(high - low, 1)


def _down(percent: float) -> float:
    return TOP + PLOT_TALL * (1 - percent / 100)
