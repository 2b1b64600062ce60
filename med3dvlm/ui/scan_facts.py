"""What the file says of a scan, as HTML: for the metadata panel. No identifiers are in a `Volume`.

html = facts_table(scan)
"""

from html import escape

from med3dvlm.ui.session import Scan
from med3dvlm.volumes.volume import Volume

UNITS = {"HU": "HU", "arbitrary": "no unit"}
DIRECTIONS = "right-left x front-back x foot-head"


def facts_table(scan: Scan) -> str:
    """Rows of facts, then the reader's notes."""
    volume = scan.volume
    rows = [*_rows(volume), *volume.details.items()]
    body = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in rows
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in volume.notes)
    listed = f"<p>What the reader noted</p><ul>{notes}</ul>" if notes else ""
    return f"<div class='facts'><table>{body}</table>{listed}</div>"


def _rows(volume: Volume) -> list[tuple[str, str]]:
    return [
        ("Modality", volume.modality),
        ("Size", f"{_times(volume.shape, '{:d}')} voxels"),
        ("Spacing", f"{_times(volume.spacing_mm, '{:.2f}')} mm"),
        ("Extent", f"{_times(volume.extent_mm, '{:.0f}')} mm"),
        ("Axes", DIRECTIONS if volume.orientation_known else "unknown: the file doesn't say"),
        ("Values", f"{volume.voxels.min():g} to {volume.voxels.max():g} {UNITS[volume.unit]}"),
    ]


def _times(numbers: tuple[float, ...], form: str) -> str:
    """In the order x, y, z, as radiologists give it."""
    return " x ".join(form.format(number) for number in reversed(numbers))


def caption(scan: Scan) -> str:
    """One line for the viewer's title bar."""
    kind = "phantom" if scan.seed is not None else scan.volume.modality
    return f"{kind}, {_times(scan.volume.shape, '{:d}')}"
