"""Plots of the figures: model against baselines, kinds of finding, confidence against accuracy.

draw_figures(figures, Path("out"))         # writes bench.png
"""

from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from train.evaluation.cells import Figures
from train.evaluation.table import TableRow, rows

PICTURE = "bench.png"
COLOURS = 128
SEEING, BLIND, CHANCE = "#2f6db3", "#c2c7cf", "#d1495b"


def draw_figures(figures: Figures, out: Path) -> Path:
    """Draw one image with all tasks that were run."""
    wanted = ((_tasks, ""), (_kinds, "report"), (_calibration, "calibration"))
    parts = [part for part, name in wanted if not name or _there(figures, name)]
    figure = Figure(figsize=(5.2 * len(parts), 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    for place, draw in enumerate(parts, start=1):
        draw(figure.add_subplot(1, len(parts), place), figures)
    path = out / PICTURE
    save(figure, path)
    return path


def save(figure: Figure, path: Path) -> None:
    """Write a plot as a PNG of few colours, a third as large as one of all."""
    drawn = BytesIO()
    figure.savefig(drawn, dpi=80)
    picture = Image.open(drawn).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _there(figures: Figures, name: str) -> bool:
    found = figures.get(name, {})
    return bool(found.get("kinds") or found.get("bins"))


def _tasks(axes: Any, figures: Figures) -> None:
    """For each deciding figure a bar with its interval, a bar for blind, a mark for chance."""
    decisive = [row for row in rows(figures) if row.decides][::-1]
    places = range(len(decisive))
    axes.barh([p + 0.2 for p in places], [100 * row.seeing for row in decisive], 0.4,
              xerr=_errors(decisive), color=SEEING, label="model")  # fmt: skip
    axes.barh([p - 0.2 for p in places], [100 * (row.blind or 0) for row in decisive], 0.4,
              color=BLIND, label="image-blind")  # fmt: skip
    chance = [(100 * row.chance, p) for p, row in zip(places, decisive, strict=True) if row.chance]
    if chance:
        axes.plot(*zip(*chance, strict=True), "|", color=CHANCE, markersize=18, label="chance")
    axes.set_yticks(list(places), [row.name.split(" (")[0] for row in decisive], fontsize=7)
    axes.set_xlim(0, 100)
    axes.set_title(f"{figures['cases']} {figures['of']}, percent", fontsize=9)
    axes.legend(fontsize=7, loc="lower right")


def _errors(decisive: list[TableRow]) -> list[list[float]]:
    low = [100 * (row.seeing - (row.seeing if row.low is None else row.low)) for row in decisive]
    high = [100 * ((row.seeing if row.high is None else row.high) - row.seeing) for row in decisive]
    return [[max(0.0, value) for value in side] for side in (low, high)]


def _kinds(axes: Any, figures: Figures) -> None:
    """F1 of each kind of finding in generated reports, the highest on top."""
    kinds = sorted(figures["report"]["kinds"].items(), key=lambda pair: pair[1])
    axes.barh([kind for kind, _ in kinds], [100 * f1 for _, f1 in kinds], color=SEEING)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlim(0, 100)
    axes.set_title("findings in reports, F1 by kind", fontsize=9)


def _calibration(axes: Any, figures: Figures) -> None:
    """Reliability diagram: accuracy by confidence; the diagonal is perfect calibration."""
    bins = figures["calibration"]["bins"]
    axes.plot([0, 1], [0, 1], "--", color=BLIND)
    axes.scatter(
        [bar["confidence"] for bar in bins],
        [bar["accuracy"] for bar in bins],
        s=[12 + 200 * bar["questions"] / figures["calibration"]["questions"] for bar in bins],
        color=SEEING,
    )
    axes.set_xlabel("confidence", fontsize=8)
    axes.set_ylabel("accuracy", fontsize=8)
    error = 100 * figures["calibration"]["expected_calibration_error"]
    axes.set_title(f"closed questions, calibration error {error:.1f} points", fontsize=9)
