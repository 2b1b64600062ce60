"""What the parts on words, texts and layers say as HTML and as tables; all text is escaped.

both_ways("It means this.", "It doesn't mean that."), word_table(words)
kept(button, "words.csv", csv_of([{"word": "chest", "probability": 0.9}]))
"""

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr
from gradio import processing_utils

from med3dvlm.explain.words.inside import Word

DARKEST = 70  # percent of the accent behind a likely token
LENS_COLUMNS = 8
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def both_ways(means: str, means_not: str) -> str:
    """What a picture means, and what it doesn't."""
    rows = (("What it means", means), ("What it doesn't", means_not))
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return f"<dl class='explain-meaning'>{listed}</dl>"


def png(data: bytes, words: str) -> str:
    """A PNG picture with a description."""
    address = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return f"<img class='explain-drawn' src='{address}' alt='{escape(words, quote=True)}'>"


def csv_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table with the columns of all rows, in the order in which they come."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    table = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """A typed text that a spreadsheet would run as a formula is marked as a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def kept(button: gr.DownloadButton, name: str, data: bytes | str) -> gr.DownloadButton:
    """The button that saves a file."""
    content = data.encode() if isinstance(data, str) else data
    path = processing_utils.save_bytes_to_cache(content, name, button.GRADIO_CACHE)
    return gr.DownloadButton(value=str(path), visible=True)


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
