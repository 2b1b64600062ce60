"""A report as a PDF of one or two pages, with a slice of each plane.

data = as_pdf(state, provenance, volume, window)
"""

import io
from datetime import UTC, datetime

import numpy as np
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from PIL import Image

from med3dvlm.engine.provenance import PURPOSE, Provenance
from med3dvlm.engine.report import ReportState, Section
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

PLANES = ("Axial", "Coronal", "Sagittal")
PICTURE_MM, GAP_MM = 55.0, 5.0
PICTURE_PIXELS = 480
GREY = (90, 90, 90)
MARGIN_MM = 18
# Characters that PDF's built-in fonts lack, and replacements that they have.
PLAIN = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-",
    "\u2026": "...", "\u2264": "<=", "\u2265": ">=", "\u00a0": " ",
})  # fmt: skip


class _Paper(FPDF):
    """A page with the purpose statement in its footer."""

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font("Helvetica", "I", 8)
        self.set_text_color(*GREY)
        self.cell(0, 6, f"{PURPOSE}   Page {self.page_no()}", align="C")


def as_pdf(
    state: ReportState,
    provenance: Provenance,
    volume: Volume,
    window: Window,
    *,
    center: tuple[float, float, float] | None = None,
) -> bytes:
    """The report on A4.

    Args:
        state: the report.
        provenance: where it comes from.
        volume: for the images.
        window: their grey scale.
        center: voxel `(z, y, x)` the slices go through; the middle when None.
    """
    paper = _Paper(format="A4")
    paper.set_creation_date(
        datetime.strptime(provenance.made, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    )
    paper.set_title("Med3DVLM report")
    paper.set_margin(MARGIN_MM)
    paper.add_page()
    _line(paper, "Report", size=18, bold=True)
    _line(paper, PURPOSE, size=10, bold=True)
    _pictures(paper, volume, window, center)
    for section in state.sections:
        _section(paper, section)
    _provenance(paper, provenance)
    return bytes(paper.output())


def _line(paper: FPDF, text: str, *, size: int = 10, bold: bool = False) -> None:
    paper.set_font("Helvetica", "B" if bold else "", size)
    paper.set_text_color(0)
    paper.multi_cell(0, size * 0.48, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(1)


def _pictures(
    paper: FPDF, volume: Volume, window: Window, center: tuple[float, float, float] | None
) -> None:
    top = paper.get_y() + 2
    paper.set_font("Helvetica", "", 8)
    paper.set_text_color(*GREY)
    for number, (name, picture) in enumerate(
        zip(PLANES, slices(volume, window, center), strict=True)
    ):
        left = MARGIN_MM + number * (PICTURE_MM + GAP_MM)
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        paper.image(stream, x=left, y=top, w=PICTURE_MM, h=PICTURE_MM, alt_text=f"{name} slice")
        paper.set_xy(left, top + PICTURE_MM)
        paper.cell(PICTURE_MM, 5, name, align="C")
    paper.set_xy(MARGIN_MM, top + PICTURE_MM + 8)


def slices(
    volume: Volume, window: Window, center: tuple[float, float, float] | None = None
) -> list[Image.Image]:
    """Axial, coronal and sagittal slice, at their true aspect ratio on black squares."""
    place = center or tuple((n - 1) / 2 for n in volume.shape)
    z, y, x = (min(max(round(p), 0), n - 1) for p, n in zip(place, volume.shape, strict=True))
    dz, dy, dx = volume.spacing_mm
    # Rows from the top of the screen: front first, or head first; the patient's right is left.
    planes = (
        (volume.voxels[z], dy, dx),
        (volume.voxels[::-1, y], dz, dx),
        (volume.voxels[::-1, :, x], dz, dy),
    )
    return [
        _square(np.asarray(window.apply(pixels)), down, along) for pixels, down, along in planes
    ]


def _square(grey: np.ndarray, down_mm: float, along_mm: float) -> Image.Image:
    rows_mm, columns_mm = grey.shape[0] * down_mm, grey.shape[1] * along_mm
    scale = PICTURE_PIXELS / max(rows_mm, columns_mm)
    size = max(1, round(columns_mm * scale)), max(1, round(rows_mm * scale))
    picture = Image.fromarray(np.rint(grey * 255).astype(np.uint8)).resize(
        size, Image.Resampling.LANCZOS
    )
    sheet = Image.new("L", (PICTURE_PIXELS, PICTURE_PIXELS))
    sheet.paste(picture, ((PICTURE_PIXELS - size[0]) // 2, (PICTURE_PIXELS - size[1]) // 2))
    return sheet


def _section(paper: FPDF, section: Section) -> None:
    if not section.text:
        return
    paper.ln(2)
    _line(
        paper,
        section.title + (" (edited by a reader)" if section.edited else ""),
        size=12,
        bold=True,
    )
    for name, sentences in section.groups:
        text = " ".join(sentence.text for sentence in sentences)
        _line(paper, f"{name}: {text}" if name else text)


def _provenance(paper: FPDF, provenance: Provenance) -> None:
    paper.ln(3)
    _line(paper, "How this report was made", size=11, bold=True)
    for name, value in provenance.rows:
        paper.set_font("Helvetica", "", 8)
        paper.set_text_color(*GREY)
        paper.multi_cell(0, 4, latin(f"{name}: {value}"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def latin(text: str) -> str:
    """Text in the characters of PDF's built-in fonts; others become question marks."""
    return text.translate(PLAIN).encode("latin-1", "replace").decode("latin-1")
