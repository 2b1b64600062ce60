"""The words of an answer as cards: alternatives, what one grid alone gives, and the layers.

word_table(words)

All text is escaped.
"""

from collections.abc import Sequence
from html import escape

from med3dvlm.explain.words.inside import Word

DARKEST = 70  # percent of the accent behind a likely token
LENS_COLUMNS = 8


def word_table(words: Sequence[Word]) -> str:
    """A card for each word: its alternatives, what one grid alone gives, and the layers."""
    return f"<div class='explain-words'>{''.join(_word(word) for word in words)}</div>"


def _word(word: Word) -> str:
    others = ", ".join(f"{escape(t.strip())} {_percent(p)}" for t, p in word.alternatives)
    layers = len(word.layers)
    when = f"from layer {word.settled} of {layers} on" if word.settled > 1 else "from the first on"
    return (
        f"<section><h4>{escape(word.text)} <small>{_percent(word.probability)}</small></h4>"
        f"<p class='explain-note'>Instead: {others or 'nothing that is at all likely'}</p>"
        f"{_shares(word)}{_lens(word)}"
        f"<p class='explain-note'>The layers say this {when}.</p></section>"
    )


def _shares(word: Word) -> str:
    rows = (
        ("both grids", word.probability), ("low only", word.low_only),
        ("high only", word.high_only),
    )  # fmt: skip
    cells = "".join(
        f"<li><span class='name'>{name}</span><span class='bar'>"
        f"<i style='width:{100 * share:.1f}%'></i></span>"
        f"<span class='share'>{_percent(share)}</span></li>"
        for name, share in rows
    )
    return f"<ul class='explain-bars'>{cells}</ul>"


def _lens(word: Word) -> str:
    """The likeliest token of each layer; of many layers, some of them, the last included."""
    count = len(word.layers)
    step = -(-count // LENS_COLUMNS)
    cells = []
    for number in sorted({*range(count, 0, -step)}):
        text, share = word.layers[number - 1]
        dark = round(DARKEST * share)
        colour = f"color-mix(in srgb, var(--color-accent) {dark}%, transparent)"
        cells.append(
            f"<li style='background:{colour}'><small>{number}</small> "
            f"{escape(text.strip()) or '(space)'} <small>{_percent(share)}</small></li>"
        )
    return f"<ol class='explain-lens'>{''.join(cells)}</ol>"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else "under 1 %"
