"""What the model says of a phantom, held against what was painted, finding by finding.

`true_rows` are what was painted, `judged` adds what a text says, and `table_of` makes HTML of it.
Words are not compared: findings are read out of the text, as kind and place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from med3dvlm.engine.starter_library import Voxel, middle_of, window_for
from med3dvlm.phantoms.case import Case
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.volumes.window import ABDOMEN, Window

NOT_ASKED, FOUND, MISSED, INVENTED = "", "found", "missed", "invented"
ELSEWHERE = "found at another place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finding.

    Attributes:
        kind: what it is.
        place: side or part of the organ; empty where there is only one.
        size: as a report gives it; empty where none is given, and for an invented one.
        center: voxel to go to; None for an invented one.
        window: the grey scale in which it is seen.
        said: where the model says it is; empty where it says nothing of it.
        verdict: `FOUND`, `ELSEWHERE`, `MISSED`, `INVENTED` or `NOT_ASKED`.
    """

    kind: str
    place: str = ""
    size: str = ""
    center: Voxel | None = None
    window: Window = ABDOMEN
    said: str = ""
    verdict: str = NOT_ASKED


def true_rows(case: Case) -> tuple[Row, ...]:
    """What was painted, with the place to look at."""
    rows = []
    for finding, boxes in zip(case.facts.findings, case.extents, strict=True):
        center = middle_of(boxes[0]) if boxes else None
        size = f"{finding.size_mm} mm" if KINDS[finding.kind].sized else ""
        window = window_for(finding.kind, case.facts.acquisition.region)
        rows.append(
            Row(kind=finding.kind, place=finding.place, size=size, center=center, window=window)
        )
    return tuple(rows)


def judged(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """The rows with what a text says of each, and then what it says beyond them."""
    said = read_findings(text)
    judged_rows = [_judged(row, said) for row in rows]
    kinds = {row.kind for row in rows}
    invented = [
        Row(kind=kind, said=place or "present", verdict=INVENTED)
        for kind, place in sorted(said)
        if kind not in kinds
    ]
    return (*judged_rows, *invented)


def _judged(row: Row, said: set[tuple[str, str]]) -> Row:
    places = sorted(place for kind, place in said if kind == row.kind)
    if not places:
        return replace(row, said="nothing of it", verdict=MISSED)
    verdict = FOUND if row.place in places else ELSEWHERE
    return replace(row, said=", ".join(place or "present" for place in places), verdict=verdict)


def table_of(rows: Sequence[Row]) -> str:
    """The rows as a table; the name of a finding is a button that goes there."""
    if not rows:
        return "<p>Nothing was painted into this phantom but normal anatomy.</p>"
    head = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("finding", "side", "size", "the model said", "verdict")
    )
    body = "".join(_line(number, row) for number, row in enumerate(rows))
    return f"<table class='verdicts'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(number: int, row: Row) -> str:
    name = escape(row.kind)
    if row.center is not None:
        name = f"<button type='button' data-row='{number}' title='Go there'>{name}</button>"
    cells = "".join(f"<td>{escape(text)}</td>" for text in (row.place, row.size, row.said))
    verdict = f"<td class='{row.verdict.split()[0] if row.verdict else ''}'>{row.verdict}</td>"
    return f"<tr><th scope='row'>{name}</th>{cells}{verdict}</tr>"
