"""The preflight panel as HTML: what was read, how it was processed, and points to note.

html = facts_table(scan)             # everything
html = cautions_line(scan)           # the titles of the cautions, always visible

A `Volume` contains no identifiers.
"""

from collections.abc import Sequence
from html import escape

from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.preflight import Caution, preflight, times


def facts_table(scan: Scan) -> str:
    """Cautions, then rows of facts, then the reader's notes."""
    check = preflight(scan.volume)
    body = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in check.facts
    )
    return (
        f"<div class='facts'>{_cautions(check.cautions)}<p>Read from the file</p>"
        f"<table>{body}</table>{_notes(check.done)}{_credit(scan.credit)}</div>"
    )


def cautions_line(scan: Scan) -> str:
    """The title of each caution; empty if there are none."""
    cautions = preflight(scan.volume).cautions
    if not cautions:
        return ""
    chips = "".join(
        f"<li title='{escape(caution.text)}'>{escape(caution.title)}</li>" for caution in cautions
    )
    return f"<ul class='cautions' aria-label='Points to note about this scan'>{chips}</ul>"


def caption(scan: Scan) -> str:
    """One line for the viewer's title bar."""
    kind = "phantom" if scan.seed is not None else scan.volume.modality
    kind = f"real {kind}" if scan.credit else kind
    size = times(scan.volume.shape, "{:d}")
    return size if kind == "unknown" else f"{kind}, {size}"


def _cautions(cautions: Sequence[Caution]) -> str:
    items = "".join(
        f"<dt>{escape(caution.title)}</dt><dd>{escape(caution.text)}</dd>" for caution in cautions
    )
    return f"<p>Points to note</p><dl>{items}</dl>" if items else ""


def _credit(credit: str) -> str:
    return f"<p>Where it comes from</p><ul><li>{escape(credit)}</li></ul>" if credit else ""


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f"<p>How the file was read, and what it doesn't say</p><ul>{items}</ul>" if items else ""
