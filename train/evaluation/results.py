"""The output of an evaluation: bench.json, every case's outcome, the table; and a comparison.

write_result(result, out)
renew_result(result, out)               # the figures of some tasks alone; the others stay
differences = compare(again, read_figures(out), read_outcomes(out))
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from med3dvlm.errors import TrainingError
from train.evaluation.cells import Figures
from train.evaluation.evaluate import SUBSET, Result
from train.evaluation.table import table

ROUNDING = 1e-4
FIGURES, OUTCOMES, TABLE = "bench.json", "bench_cases.jsonl", "bench.md"
MARK = "<!-- results -->"  # stands before and after the table of a document


def write_result(result: Result, out: Path) -> None:
    """Write figures and outcomes as JSON, one line per case."""
    out.mkdir(parents=True, exist_ok=True)
    (out / FIGURES).write_text(json.dumps(result.figures, indent=1) + "\n")
    lines = [json.dumps(row, separators=(",", ":")) + "\n" for row in result.outcomes]
    (out / OUTCOMES).write_text("".join(lines))


def renew_result(result: Result, out: Path) -> Result:
    """Replace what a run of some tasks measured in a folder's records; the rest stays as it is.

    Raises:
        TrainingError: the folder's records are of other cases.
    """
    figures, outcomes = read_figures(out), read_outcomes(out)
    cases = [row["case"] for row in result.outcomes]
    if [row["case"] for row in outcomes] != cases:
        raise TrainingError(
            f"{out / OUTCOMES} is about {len(outcomes)} cases, this run about {len(cases)}: "
            "run all of the stored ones (--cases), or write the result elsewhere (--out)"
        )
    subset = figures.get("subset", {}) | result.figures.get("subset", {})
    figures |= result.figures | ({"subset": subset} if subset else {})
    rows = [old | new for old, new in zip(outcomes, result.outcomes, strict=True)]
    renewed = Result(figures, rows)
    write_result(renewed, out)
    return renewed


def write_table(result: Result, out: Path) -> None:
    """Write the table next to the figures."""
    (out / TABLE).write_text(table(result.figures) + "\n")


def put_into(document: Path, table: str, *, mark: str = MARK) -> None:
    """Replace the table between two marks of a document.

    Raises:
        TrainingError: the document has no such place.
    """
    parts = document.read_text(encoding="utf-8").split(mark)
    if len(parts) != 3:
        raise TrainingError(f"{document} must have {mark} before and after its table of results")
    before, _, after = parts
    document.write_text(f"{before}{mark}\n{table}\n{mark}{after}", encoding="utf-8")


def read_figures(folder: Path) -> Figures:
    """The figures of a folder.

    Raises:
        TrainingError: there are none.
    """
    path = folder / FIGURES
    if not path.exists():
        raise TrainingError(f"{folder} contains no {FIGURES}: python -m train evaluate writes it")
    figures: Figures = json.loads(path.read_text())
    return figures


def read_outcomes(folder: Path) -> list[Figures]:
    """The outcome of every case."""
    return [json.loads(line) for line in (folder / OUTCOMES).read_text().splitlines()]


def same(new: Any, old: Any) -> bool:
    """Whether figures are equal, up to rounding."""
    if isinstance(new, dict) and isinstance(old, dict):
        return new.keys() == old.keys() and all(same(new[name], old[name]) for name in new)
    if isinstance(new, list) and isinstance(old, list):
        return len(new) == len(old) and all(map(same, new, old))
    if isinstance(new, float) and isinstance(old, float):
        return math.isclose(new, old, rel_tol=0, abs_tol=ROUNDING)
    return bool(new == old)


def compare(again: Result, stored: Figures, outcomes: Sequence[Figures]) -> list[str]:
    """Differences between a run on fewer cases and the stored results; empty if they agree.

    Ranks depend on the number of volumes searched, so they are compared only if the counts agree.
    Figures are compared only if the run has as many cases as the stored subset or as all.
    """
    count = again.figures["cases"]
    whole = stored["cases"] == count
    lost = {} if whole else {"rank"}
    differences = [
        f"case {new['case']}: {name} is {new[name]!r}, stored {old.get(name)!r}"
        for new, old in zip(again.outcomes, outcomes, strict=False)
        for name in new
        if name not in lost and new[name] != old.get(name)
    ]
    wanted = stored if whole else stored.get("subset", {}) if count == SUBSET else {}
    for name, figure in again.figures.items():
        if (
            name in wanted
            and name not in {"subset", "bertscore"}
            and not same(figure, wanted[name])
        ):
            differences.append(f"{name}: the figures differ from the stored ones")
    return differences
