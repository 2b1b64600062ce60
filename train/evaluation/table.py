"""The figures as a Markdown table in percent, and whether the model beats the baselines."""

from collections.abc import Iterator
from dataclasses import dataclass

from train.evaluation.cells import Figures

COLUMNS = "model | 95 % interval | image-blind | chance"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of the table; shares from 0 to 1, None if there is no such figure."""

    name: str
    seeing: float
    low: float | None = None
    high: float | None = None
    blind: float | None = None
    chance: float | None = None
    decides: bool = False

    @property
    def beats(self) -> bool:
        """Whether the whole interval is above the blind model and above chance."""
        bar = max(value for value in (self.blind, self.chance, 0.0) if value is not None)
        return (self.seeing if self.low is None else self.low) > bar


def table(figures: Figures) -> str:
    """A Markdown table of every figure."""
    head = f"| task ({figures['cases']} {figures['of']}) | {COLUMNS} |"
    return "\n".join([head, "|---|---|---|---|---|", *map(_line, rows(figures))])


def _line(row: TableRow) -> str:
    interval = "-" if row.low is None else f"{_percent(row.low)} to {_percent(row.high)}"
    cells = (_percent(row.seeing), interval, _percent(row.blind), _percent(row.chance))
    return f"| {row.name} | {' | '.join(cells)} |"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def rows(figures: Figures) -> Iterator[TableRow]:
    """All lines; `decides` marks the one per task that a model must win to pass."""
    if "retrieval" in figures:
        yield from _retrieval(figures["retrieval"])
    for task, title in (
        ("closed", "closed question by letter"),
        ("closed by words", "closed question by words"),
        ("closed lenient", "closed question, lenient"),
        ("closed by options", "closed question by whole options, as the page asks"),
        ("yes/no", "yes/no question"),
    ):
        for kind, cell in figures.get(task, {}).items():
            decides = kind == "mean" and task in {"closed", "yes/no"}
            yield _cell(f"{title}, {kind}: accuracy", cell, decides=decides)
    yield from _open(figures.get("open", {}))
    if "report" in figures:
        yield from _report(figures["report"])


def _cell(name: str, cell: Figures, *, decides: bool = False) -> TableRow:
    return TableRow(
        name, cell["seeing"], cell["low"], cell["high"], cell["blind"], cell.get("chance"), decides
    )


WAYS = (("text_to_volume", "text to volume"), ("volume_to_text", "volume to text"))


def _retrieval(found: Figures) -> Iterator[TableRow]:
    ceiling = _percent(found["ceiling_r1"])
    for way, name in WAYS:
        scores = found[way]
        for k in ("r1", "r5", "r10"):
            limit = f" (ceiling {ceiling})" if k == "r1" else ""
            yield TableRow(
                f"retrieval {name} R@{k[1:]}{limit}",
                scores[k],
                scores["intervals"][k]["low"],
                scores["intervals"][k]["high"],
                chance=scores[f"chance_{k}"],
                decides=k == "r1",
            )
        same = scores.get("same_report", {})
        for k in (k for k in ("r1", "r5", "r10") if k in same):
            yield TableRow(
                f"retrieval {name} R@{k[1:]}, equal reports are hits",
                same[k],
                chance=same[f"chance_{k}"],
            )
    for count, scores in found.get("pools", {}).items():
        for way, name in WAYS:
            for k in (k for k in ("r1", "r5", "r10") if f"{way}_{k}" in scores):
                yield TableRow(
                    f"retrieval {name} R@{k[1:]}, first {count}",
                    scores[f"{way}_{k}"],
                    chance=int(k[1:]) / int(count),
                )


def _open(opened: Figures) -> Iterator[TableRow]:
    for metric, title in (("exact", "exact match"), ("meteor", "METEOR")):
        for kind, cell in opened.get(metric, {}).items():
            decides = (kind, metric) == ("mean", "exact")
            yield _cell(f"open question, {kind}: {title}", cell, decides=decides)
    for metric, title in (("bleu_1", "BLEU-1"), ("rouge_1", "ROUGE-1")):
        if opened:
            yield _cell(f"open question, mean: {title}", opened[metric]["mean"])


REPORT_ROWS = (
    ("finding_f1", "findings with place, F1"),
    ("kind_f1", "kinds of finding, F1"),
    ("meteor", "METEOR"),
    ("rouge_1", "ROUGE-1"),
    ("rouge_l", "ROUGE-L"),
    ("bleu_1", "BLEU-1"),
    ("bleu_4", "BLEU-4"),
    ("bertscore", "BERTScore F1"),
)


def _report(found: Figures) -> Iterator[TableRow]:
    for key, title in REPORT_ROWS:
        if key in found["seeing"]:
            edges = found["intervals"].get(key, {})
            yield TableRow(
                f"report: {title}", found["seeing"][key], edges.get("low"), edges.get("high"),
                found["blind"][key], decides=key == "finding_f1",
            )  # fmt: skip


def all_tables(figures: Figures) -> str:
    """The table and, where reports were scored by kind of finding, the table of kinds."""
    by_kind = figures.get("report", {}).get("kinds")
    return "\n\n".join([table(figures), *([kinds_table(figures)] if by_kind else [])])


def kinds_table(figures: Figures) -> str:
    """F1 of each kind of finding in generated reports, the lowest first."""
    kinds = sorted(figures["report"]["kinds"].items(), key=lambda pair: pair[1])
    lines = [f"| {kind} | {_percent(f1)} |" for kind, f1 in kinds]
    return "\n".join(["| kind of finding, in reports | F1 |", "|---|---|", *lines])


def verdict(figures: Figures) -> tuple[str, bool]:
    """A table of the deciding figures, and whether all beat blind and chance."""
    decisive = [row for row in rows(figures) if row.decides]
    lines = [f"{_line(row)} {'beats both' if row.beats else 'DOES NOT'} |" for row in decisive]
    head = [f"| task | {COLUMNS} | verdict |", "|---" * 6 + "|"]
    return "\n".join([*head, *lines]), all(row.beats for row in decisive)
