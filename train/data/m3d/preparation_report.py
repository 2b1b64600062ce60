"""The report of a preparation, as JSON for machines and Markdown for people."""

import json
from pathlib import Path
from typing import Any

SHOWN = 50


def write_preparation_report(out: Path, report: dict[str, Any]) -> None:
    """Write `report.json` and `report.md` next to the data."""
    (out / "report.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    (out / "report.md").write_text(markdown(report), encoding="utf-8")


def markdown(report: dict[str, Any]) -> str:
    """The report for people; it shortens long lists, the JSON has them in full."""
    broken, dropped = report["broken"], report["dropped files"]
    files = {
        f"{series}/{name}": why for series, found in dropped.items() for name, why in found.items()
    }
    lines = [
        "# Ready M3D data",
        "",
        f"{report['series']} series from {report['slices']} slices in {report['seconds']:.0f} s; "
        f"data digest `{report['digest']}`.",
        "",
        "| file | rows |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in report["rows"].items()),
        "",
        f"Rows left out: {len(report['rows left out'])}.",
        "",
        "## Leaks between splits",
        "",
        "| shared | values | rows |",
        "|---|---|---|",
        *(
            f"| {name} | {found['shared']} | {found['rows']} |"
            for name, found in report["audit"]["leaks"].items()
        ),
        "",
        "## Duplicates within a split",
        "",
        "| same | repeated rows |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in report["audit"]["duplicates"].items()),
        "",
        *_list("Broken series", broken),
        *_list("Dropped files", files),
    ]
    return "\n".join(lines)


def _list(title: str, entries: dict[str, str]) -> list[str]:
    shown = [f"- {name}: {why}" for name, why in list(entries.items())[:SHOWN]]
    if len(entries) > len(shown):
        shown.append(f"- and {len(entries) - len(shown)} more")
    return [f"## {title}: {len(entries)}", "", *shown, ""]
