"""Figures about real scans with their intervals, and the printed table.

figures = real_figures(told)
print(real_table(figures))

Intervals come from resampling scans; with few scans they are wide.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from med3dvlm.metrics.resampling import Resamples
from train.evaluation.real_facts.asking import Told

Figures = dict[str, Any]
Values = list[tuple[int, float]]
NON_CONTRAST = "non-contrast"
TWO_PHASES = ("arterial", "portal venous")


def real_figures(told: Sequence[Told]) -> Figures:
    """Region, plane, contrast, invented findings, recall, and scans of other body regions."""
    draws = Resamples(cases=len(told), rng=np.random.default_rng(0))
    rows = list(enumerate(told))
    trunk = [(row, one) for row, one in rows if one.scan.trunk]
    found: dict[str, Values] = {
        "region in view": [(r, float(one.named_region in one.scan.regions)) for r, one in trunk],
        "region mostly shown": [
            (r, float(one.named_region == one.scan.dominant)) for r, one in trunk
        ],
        "plane": [(r, float(one.plane_right)) for r, one in rows if one.scan.plane],
        "contrast or none": [
            (r, float((one.named_phase != NON_CONTRAST) is one.scan.contrast and
                      one.named_phase is not None))
            for r, one in trunk if one.scan.contrast is not None
        ],
        "arterial or portal venous": [
            (r, float(one.named_phase == one.scan.phase))
            for r, one in trunk if one.scan.phase in TWO_PHASES
        ],
        "said to be none of its regions": [
            (r, float(one.says_no_region)) for r, one in rows if one.scan.elsewhere
        ],
        "invented findings a trunk scan": [(r, float(len(one.invented))) for r, one in trunk],
        "invented findings a scan of elsewhere": [
            (r, float(len(one.invented))) for r, one in rows if one.scan.elsewhere
        ],
        "recall of what is plain to see": [
            (r, float(kind in one.claimed)) for r, one in trunk for kind in sorted(one.scan.kinds)
        ],
    }  # fmt: skip
    invented = Counter(kind for _, one in trunk for kind in one.invented)
    return {
        "scans": len(told),
        "facts": {name: _cell(values, draws) for name, values in found.items() if values},
        "invented": dict(invented.most_common()),
    }


def _cell(values: Values, draws: Resamples) -> Figures:
    rows, scores = zip(*values, strict=True)
    edges = draws.interval(draws.mean(rows, scores))
    return {
        "mean": float(np.mean(scores)), "low": edges.low, "high": edges.high, "of": len(values),
    }  # fmt: skip


def real_table(figures: Figures) -> str:
    """A Markdown table; shares in percent, invented findings as counts."""
    lines = [f"| {figures['scans']} real scans | | 95 % interval | of |", "|---|---|---|---|"]
    for name, cell in figures["facts"].items():
        counted = name.startswith("invented")
        low, mean, high = (_number(cell[key], counted=counted) for key in ("low", "mean", "high"))
        lines.append(f"| {name} | {mean} | {low} to {high} | {cell['of']} |")
    made = ", ".join(f"{kind} {count}" for kind, count in figures["invented"].items())
    return "\n".join([*lines, "", f"Invented in trunk scans: {made or 'nothing'}."])


def _number(value: float, *, counted: bool) -> str:
    return f"{value:.1f}" if counted else f"{100 * value:.0f} %"
