"""The files of a report, written to Gradio's cache, which removes old files.

paths = write_files(written, scan, cache)
"""

from dataclasses import dataclass, replace

from gradio import processing_utils

from med3dvlm.engine.provenance import Provenance
from med3dvlm.engine.report import ReportState
from med3dvlm.engine.report_files import as_json, as_markdown
from med3dvlm.engine.report_pdf import as_pdf
from med3dvlm.ui.export_names import stem_of
from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.window import model_window


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report on one scan, and its provenance."""

    digest: str
    state: ReportState
    provenance: Provenance

    def of(self, scan: Scan | None) -> ReportState | None:
        """The report, if it belongs to this scan."""
        return self.state if scan and scan.volume.digest == self.digest else None

    def edited(self, index: int, text: str) -> "Written":
        """A copy with one section replaced by the reader's text."""
        title = self.state.sections[index].title
        return replace(self, state=self.state.edited(title, text))


def write_files(written: Written, scan: Scan, cache: str) -> tuple[str, str, str]:
    """Paths of Markdown, PDF and JSON, named after the scan's file, which is not named inside.

    Only a visitor who knows an address can fetch a file.
    """
    window = scan.window or model_window(scan.volume)
    state, provenance = written.state, written.provenance
    stem = stem_of(scan.name)
    files = (
        (f"{stem}-report.md", as_markdown(state, provenance).encode()),
        (f"{stem}-report.pdf", as_pdf(state, provenance, scan.volume, window, center=scan.center)),
        (f"{stem}-report.json", as_json(state, provenance).encode()),
    )
    markdown, pdf, json = (
        str(processing_utils.save_bytes_to_cache(data, name, cache)) for name, data in files
    )
    return markdown, pdf, json
