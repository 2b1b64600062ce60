"""The ten rows of the README: own words beside others' words, phantoms beside real scans.

    print(overview(read_all(Path("assets/default_model"))))

PhantomBench asks in the words that the model was trained on, about pictures from its own generator.
Figures from elsewhere stand beside it: visitors' words that training never saw, and real scans.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.engine.real_scans import FIGURES as REAL_FACTS
from train.evaluation.cells import Figures
from train.evaluation.results import read_figures
from train.evaluation.visitors.command import FIGURES as VISITORS

OTHER_WORDS = ("radiological", "lay", "abbreviation")
HEAD = "| figure | own words | others' words | real scans | image-blind | chance |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All figures that are stored with a model; empty where something was not measured."""

    bench: Figures
    visitors: Figures
    real: Figures


def read_all(model: Path) -> Measured:
    """The figures in a model's folder.

    Raises:
        TrainingError: PhantomBench's are missing.
    """
    visitors, real = (
        json.loads(path.read_text()) if (path := model / name).exists() else {}
        for name in (VISITORS, REAL_FACTS)
    )
    return Measured(bench=read_figures(model), visitors=visitors, real=real)


@dataclass(frozen=True, slots=True)
class Row:
    """A line: shares from 0 to 1, or counts; None if there is no such figure."""

    name: str
    own: float | None = None
    others: float | None = None
    real: float | None = None
    blind: float | None = None
    chance: float | None = None
    counted: bool = False


def overview(measured: Measured) -> str:
    """A Markdown table in percent."""
    return "\n".join([HEAD, "|---" * 6 + "|", *map(_line, rows(measured))])


def rows(measured: Measured) -> Iterator[Row]:
    """The ten rows."""
    bench, visitors = measured.bench, measured.visitors
    search = visitors.get("search", {})
    yield Row(
        "search for a report: its volume comes first",
        bench["retrieval"]["text_to_volume"]["r1"],
        chance=bench["retrieval"]["text_to_volume"]["chance_r1"],
    )
    yield Row(
        "search for a finding: right among the first ten",
        _share(search.get("own")), _mean(search.get(name) for name in OTHER_WORDS),
        chance=search.get("own", {}).get("chance"),
    )  # fmt: skip
    yield _asked("question with choices", bench["closed"]["mean"])
    yield _asked("yes/no question", bench["yes/no"]["mean"], others=_yes_no(visitors))
    yield _asked("open question, word for word", bench["open"]["exact"]["mean"])
    yield Row(
        "free input: the right kind of answer",
        others=_share(visitors.get("kinds", {}).get("all")),
    )
    yield Row(
        "report: findings with place, F1",
        bench["report"]["seeing"]["finding_f1"],
        blind=bench["report"]["blind"]["finding_f1"],
    )
    facts = measured.real.get("facts", {})
    yield Row("body region", real=_mean_of(facts, "region in view"))
    yield Row("contrast or none", real=_mean_of(facts, "contrast or none"))
    yield Row(
        "report: findings that aren't there, a scan",
        real=_mean_of(facts, "invented findings a trunk scan"),
        counted=True,
    )


def _asked(name: str, cell: Figures, *, others: float | None = None) -> Row:
    return Row(name, cell["seeing"], others, None, cell["blind"], cell.get("chance"))


def _share(cell: Figures | None) -> float | None:
    return cell.get("share") if cell else None


def _mean_of(facts: Figures, name: str) -> float | None:
    cell = facts.get(name)
    return cell["mean"] if cell else None


def _yes_no(visitors: Figures) -> float | None:
    """The mean over other registers and over both kinds of sentence frames."""
    asked = visitors.get("yes/no", {})
    return _mean(cell for name in OTHER_WORDS for cell in asked.get(name, {}).values())


def _mean(cells: Iterable[Figures | None]) -> float | None:
    shares = [cell["share"] for cell in cells if cell]
    return sum(shares) / len(shares) if shares else None


def _line(row: Row) -> str:
    cells = (row.own, row.others, row.real, row.blind, row.chance)
    return f"| {row.name} | {' | '.join(_cell(value, counted=row.counted) for value in cells)} |"


def _cell(value: float | None, *, counted: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if counted else f"{100 * value:.1f}"
