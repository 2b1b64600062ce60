"""The files of a report, written to Gradio's cache, which removes old files.

paths = write_files(written, scan, cache)
"""

from dataclasses import dataclass, replace

from gradio import processing_utils

from med3dvlm.engine.provenance import Provenance
from med3dvlm.engine.report import ReportState
from med3dvlm.engine.report_files import as_json, as_markdown
from med3dvlm.ui.export_names import stem_of
from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.window import model_window

KEPT_REPORTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report on one scan, and its provenance.

    Attributes:
        digest: of the scan.
        state: the report, as it was edited.
        provenance: how it was made.
        others: reports on other scans of this visit, the latest last.
    """

    digest: str
    state: ReportState
    provenance: Provenance
    others: tuple["Written", ...] = ()

    def of(self, scan: Scan | None) -> ReportState | None:
        """The report, if it belongs to this scan."""
        return self.state if scan and scan.volume.digest == self.digest else None

    @property
    def is_edited(self) -> bool:
        """Whether a reader has changed it."""
        return any(section.edited for section in self.state.sections)

    def beside(self, kept: "Written | None") -> "Written":
        """The same, with those that were kept before."""
        others = (*kept.others, replace(kept, others=())) if kept else ()
        mine = tuple(one for one in others if one.digest != self.digest)
        return replace(self, others=mine[-KEPT_REPORTS:])

    def about(self, scan: Scan | None) -> "Written | None":
        """The report on this scan, with the others beside it."""
        if self.of(scan):
            return self
        found = next((one for one in self.others if one.of(scan)), None)
        return found and found.beside(self)

    def edited(self, index: int, text: str) -> "Written":
        """A copy with one section replaced by the reader's text."""
        title = self.state.sections[index].title
        return replace(self, state=self.state.edited(title, text))


def write_files(written: Written, scan: Scan, cache: str) -> tuple[str, str, str]:
    """Paths of Markdown, PDF and JSON, named after the scan's file, which is not named inside.

    Only a visitor who knows an address can fetch a file.
    """
    from med3dvlm.engine.report_pdf import as_pdf  # its library takes half a second

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
