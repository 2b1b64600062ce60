"""What a model detects, as a Markdown table.

print(detection_text(figures))        # of `detection_figures` in detect.py
"""

from train.evaluation.cells import Figures
from train.evaluation.explaining.detect import affirmed_anyway

HEAD = (
    "| finding | varied | 50 % at | 95 % interval | largest in training | healthy | smallest | "
    "below a voxel | largest | image-blind | people |"
)
CORRELATION = "Rank correlation of thresholds with F1 of the kinds in reports: {:.2f}."
LEFT_OUT = " Left out are those to which the model says yes where there is nothing: {}."
NO_CORRELATION = "There are too few kinds to compare thresholds with reports."


def detection_text(figures: Figures) -> str:
    """The table, and how thresholds go with reports."""
    found = figures["rank_correlation"]
    sentence = NO_CORRELATION if found is None else CORRELATION.format(found)
    return f"{detection_table(figures)}\n\n{sentence}{_left_out(figures)}"


def _left_out(figures: Figures) -> str:
    """Which kinds have no size to compare, because a yes needs no lesion."""
    names = [kind for kind, found in figures["kinds"].items() if affirmed_anyway(found)]
    return LEFT_OUT.format(", ".join(names)) if names else ""


def detection_table(figures: Figures) -> str:
    """The figures as a Markdown table."""
    lines = [HEAD, "|---" * 11 + "|"]
    for kind, found in figures["kinds"].items():
        unit = " mm" if found["axis"] == "size_mm" else " of its contrast"
        axis, threshold = found["axis"].removesuffix("_mm"), _threshold(found, unit)
        lines.append(
            f"| {kind} | {axis} | {threshold} | "
            f"{_interval(found)} | {found['steps'][-1]:g}{unit} | {found['means'][0]:.2f} | "
            f"{found['means'][1]:.2f} at {_shown(found['steps'][1], unit)} | "
            f"{_apart(found['below_voxel'])} | {found['means'][-1]:.2f} | "
            f"{found['blind']:.2f} | {found['people']} |"
        )
    return "\n".join(lines)


def _threshold(found: Figures, unit: str) -> str:
    if found["threshold"] is not None:
        return _shown(found["threshold"], unit)
    return "passed without any" if affirmed_anyway(found) else "not reached"


def _shown(value: float, unit: str) -> str:
    return f"{value:.3g}{unit}"


def _interval(found: Figures) -> str:
    low, high = (found[end] for end in ("low", "high"))
    return "-" if low is None and high is None else f"{_end(low, 'below')} to {_end(high, 'above')}"


def _apart(found: Figures | None) -> str:
    return (
        "-" if found is None else f"{found['area']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
    )


def _end(value: float | None, beyond: str) -> str:
    return beyond if value is None else f"{value:.3g}"
