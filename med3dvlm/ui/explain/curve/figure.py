"""The detectability curve as a figure: probability of a finding against its size or contrast.

figure = curve_figure(measured)
rows = curve_rows(measured)
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from med3dvlm.explain.lab.detectability import Curve
from med3dvlm.ui.components.figure import ACCENT, AXIS, FAINT, INK, WARM, make_figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 300
AXES = {"size_mm": "size (mm)", "contrast": "contrast (share of the usual)"}
HU_AXIS = "difference from healthy tissue (HU)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A curve, and what it is held against.

    Attributes:
        curve: probability against size or contrast.
        blind: probability of the answer without an image.
        cell_mm: mean edge of one of the model's finer cells.
        hu: mean difference of the usual lesion from healthy tissue; None if nothing was painted.
    """

    curve: Curve
    blind: float
    cell_mm: float
    hu: float | None = None

    @property
    def scale(self) -> float:
        """What the curve's steps are multiplied by to be shown: contrast is shown in HU."""
        return self.hu if self.curve.axis == "contrast" and self.hu else 1.0

    @property
    def axis(self) -> str:
        """What is varied, with its unit."""
        in_hu = self.curve.axis == "contrast" and self.hu
        return HU_AXIS if in_hu else AXES[self.curve.axis]

    @property
    def unit(self) -> str:
        """To be read after a number of the axis."""
        if self.curve.axis == "size_mm":
            return " mm"
        return " HU" if self.hu else " of the usual contrast"


def curve_figure(measured: Measured) -> "Figure":
    """The curve, its threshold with its interval, the image-blind answer, and a cell's size."""
    curve, scale = measured.curve, measured.scale
    last = scale * curve.steps[-1]
    means = {
        "type": "scatter", "mode": "lines+markers", "name": "with the image",
        "x": [scale * step for step in curve.steps], "y": list(curve.means),
        "line": {"color": ACCENT, "width": 3}, "marker": {"size": 8},
        "hovertemplate": "%{x}: P = %{y:.2f}<extra></extra>",
    }  # fmt: skip
    blind = {
        "type": "scatter", "mode": "lines", "name": "without an image", "x": [0, last],
        "y": [measured.blind] * 2, "line": {"color": WARM, "width": 2, "dash": "dash"},
        "hovertemplate": "without an image: P = %{y:.2f}<extra></extra>",
    }  # fmt: skip
    return make_figure(
        [means, blind],
        {
            "height": HEIGHT, "showlegend": True, "shapes": _shapes(measured),
            "annotations": _annotations(measured),
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
            "xaxis": AXIS | {"title": {"text": measured.axis}, "range": [0, 1.03 * last]},
            "yaxis": AXIS | {"title": {"text": "P(finding)"}, "range": [-0.03, 1.03]},
        },
    )  # fmt: skip


def _shapes(measured: Measured) -> list[dict[str, Any]]:
    curve, scale = measured.curve, measured.scale
    last = scale * curve.steps[-1]
    shapes: list[dict[str, Any]] = [
        {"type": "line", "x0": 0, "x1": last, "y0": 0.5, "y1": 0.5, "line": {"color": FAINT}}
    ]
    if curve.threshold is not None:
        low = scale * (curve.low or 0.0)
        high = last if curve.high is None else scale * curve.high
        shapes.append(
            {"type": "rect", "x0": low, "x1": high, "y0": 0, "y1": 1, "fillcolor": FAINT,
             "line": {"width": 0}, "layer": "below"}
        )  # fmt: skip
        shapes.append(_upright(scale * curve.threshold, {"color": INK, "width": 2}))
    if curve.axis == "size_mm" and measured.cell_mm <= last:
        shapes.append(_upright(measured.cell_mm, {"color": INK, "width": 2, "dash": "dot"}))
    return shapes


def _upright(x: float, line: dict[str, Any]) -> dict[str, Any]:
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line}


def _annotations(measured: Measured) -> list[dict[str, Any]]:
    curve, found = measured.curve, []
    if curve.threshold is not None:
        found.append(_note(measured.scale * curve.threshold, 0.04, "half"))
    if curve.axis == "size_mm" and measured.cell_mm <= curve.steps[-1]:
        found.append(_note(measured.cell_mm, 0.14, "a cell"))
    return found


def _note(x: float, y: float, text: str) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "xshift": 4}


def said(measured: Measured) -> str:
    """The curve in a sentence or two."""
    curve, scale, unit = measured.curve, measured.scale, measured.unit
    if curve.threshold is None:
        always = curve.means[0] > 0.5
        found = "at every step, even in healthy people" if always else "at no step up to the last"
        crossing = f"The probability is above one half {found}."
    else:
        low = "below" if curve.low is None else f"{scale * curve.low:.3g}"
        high = "above" if curve.high is None else f"{scale * curve.high:.3g}"
        crossing = (
            f"The probability crosses one half at {scale * curve.threshold:.3g}{unit} "
            f"(95 % interval over people: {low} to {high})."
        )
    cell = f" A cell of the model is {measured.cell_mm:.0f} mm wide here." if unit == " mm" else ""
    return (
        f"{curve.kind.capitalize()}: {curve.people} phantoms, {len(curve.steps)} steps. "
        f"{crossing} Without an image it says "
        f"{measured.blind:.2f} whatever the {AXES[curve.axis].split(' ')[0]}.{cell}"
    )


def curve_rows(measured: Measured) -> list[dict[str, Any]]:
    """A row for each step: its mean probability, with and without the image."""
    curve = measured.curve
    axis = "contrast_hu" if measured.unit == " HU" else curve.axis
    return [
        {
            "kind": curve.kind, axis: f"{measured.scale * step:g}",
            "probability": round(mean, 4), "without_image": round(measured.blind, 4),
            "people": curve.people,
        }
        for step, mean in zip(curve.steps, curve.means, strict=True)
    ]  # fmt: skip
