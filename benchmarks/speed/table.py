"""The recorded figures as tables, between the marks of docs/results.md and README.md.

write_documents(json.loads(RECORD.read_text()))
"""

from pathlib import Path
from typing import Any

from train.evaluation.results import put_into

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "benchmarks" / "speed.json"
MARK = "<!-- speed -->"
ABOUT = (
    "How fast the app is, compared with the plain way of doing the same (`make bench`; "
    "`docs/results.md` has every row):\n\n"
)
TELLING = (
    "encoder, released size, ", "encoder, released size in bfloat16", "first word", "8 samples",
    "reading",
)  # fmt: skip
HEAD = (
    "| what | plain, s | ours, s | times as fast | lowest to highest round | by processor time |",
    "|---|---|---|---|---|---|",
)


def whole_table(record: dict[str, Any]) -> str:
    """All rows and how cost grows."""
    growths = [
        f"| {one['name']} | {one['sizes'][0]:,} to {one['sizes'][-1]:,} | {one['exponent']:.2f} |"
        for one in record["growths"]
    ]
    return "\n".join([
        *_lines(record, record["rows"]), "",
        "| cost, seconds of the processor | from, to | exponent (1 is linear) |", "|---|---|---|",
        *growths, *_peaks(record.get("peaks", [])),
    ])  # fmt: skip


def _peaks(peaks: list[dict[str, Any]]) -> list[str]:
    """Memory beside the size of the volume; nothing in a record from before it was measured."""
    if not peaks:
        return []
    lines = [
        "",
        "| most memory while reading | volume, MiB | memory, MiB | times |",
        "|---|---|---|---|",
    ]
    for one in peaks:
        times = one["peak_mib"] / one["volume_mib"]
        lines.append(
            f"| {one['name']} | {one['volume_mib']:.0f} | {one['peak_mib']:.0f} | {times:.2f} |"
        )
    return lines


def telling_table(record: dict[str, Any]) -> str:
    """The first row of each kind that a visitor feels."""
    chosen = [
        next(row for row in record["rows"] if row["name"].startswith(kind)) for kind in TELLING
    ]
    return ABOUT + "\n".join(_lines(record, chosen))


def write_documents(record: dict[str, Any]) -> None:
    """Put the tables where they are shown."""
    put_into(ROOT / "docs" / "results.md", whole_table(record), mark=MARK)
    put_into(ROOT / "README.md", telling_table(record), mark=MARK)


def _lines(record: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    machine = f"{record['machine']}, load before {record['load']}, torch {record['torch']}"
    lines = [f"{record['day']}, {machine}.", "", *HEAD]
    for row in rows:
        spread = f"{row['lowest']:.2f} to {row['highest']:.2f}"
        lines.append(
            f"| {row['name']} | {row['plain']:.3f} | {row['ours']:.3f} | {row['ratio']:.2f} "
            f"| {spread} of {row['rounds']} | {row['processor']:.2f} |"
        )
    return lines
