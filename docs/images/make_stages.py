"""Draws the three training stages as one picture: docs/images/stages.svg.

python docs/images/make_stages.py
"""

from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 960, 400
COLUMN, TOP = 320, 86
BLUE, ORANGE, GREY, INK = "#0072b2", "#e69f00", "#8a929b", "#1d2733"
# Title, what is asked of the model, boxes from the scan on (text, learns), what comes out.
STAGES = (
    (
        "1  Contrast", "which report belongs to which scan?",
        (("scan: volume encoder (DCFormer)", True), ("report: text tower", True)),
        "one space: both can be searched",
    ),
    (
        "2  Alignment", "can the language model read the scan?",
        (("scan: volume encoder", False), ("projector (dual-stream mixer)", True),
         ("language model (Qwen2)", False)),
        "image tokens that stand for words",
    ),
    (
        "3  Instruction", "what is to be seen in the scan?",
        (("scan: volume encoder", False), ("projector", True), ("language model", True)),
        "answers and reports, word by word",
    ),
)  # fmt: skip


def picture() -> str:
    """The picture as SVG."""
    columns = "".join(column(n, *stage) for n, stage in enumerate(STAGES))
    legend = (
        f"{box(20, 358, 26, BLUE)}{text(56, 375, 'learns in this stage', 14)}"
        f"{box(230, 358, 26, GREY)}{text(266, 375, 'stays as it is', 14)}"
        f"{box(400, 358, 26, ORANGE)}{text(436, 375, 'what comes out', 14)}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="The three training stages, what learns in each, and what comes out">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{columns}{legend}</svg>\n'
    )


def column(
    number: int, title: str, asked: str, parts: tuple[tuple[str, bool], ...], out: str
) -> str:  # fmt: skip
    """One stage, from top to bottom."""
    left = number * COLUMN + 20
    drawn = text(left, 34, title, 22, bold=True) + text(left, 60, asked, 14)
    y = TOP
    for part, learns in parts:
        drawn += block(left, y, part, BLUE if learns else GREY) + arrow(left + 140, y + 46)
        y += 66
    return drawn + block(left, y, out, ORANGE, dark=True)


def block(left: int, top: int, words: str, colour: str, *, dark: bool = False) -> str:
    """A box with words in it."""
    ink = INK if dark else "#fff"
    return (
        f'<rect x="{left}" y="{top}" width="280" height="44" rx="8" fill="{colour}"/>'
        f"{text(left + 14, top + 27, words, 14, ink=ink)}"
    )


def box(left: int, top: int, size: int, colour: str) -> str:
    """A sample of a colour."""
    return f'<rect x="{left}" y="{top}" width="{size}" height="{size}" rx="5" fill="{colour}"/>'


def arrow(x: int, y: int) -> str:
    """From a box to the next."""
    return f'<path d="M{x} {y}v16m-5-6l5 6l5-6" fill="none" stroke="{INK}" stroke-width="1.6"/>'


def text(x: int, y: int, words: str, size: int, *, bold: bool = False, ink: str = INK) -> str:
    """A line of text."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-family="system-ui, sans-serif" font-size="{size}"{weight} '
        f'fill="{ink}">{escape(words)}</text>'
    )


if __name__ == "__main__":
    (FOLDER / "stages.svg").write_text(picture(), encoding="utf-8")
