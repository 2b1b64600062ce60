"""What a visitor saves of the tab: tables as CSV, folders for files, and the buttons that save one.

kept(button, "words.csv", csv_of([{"word": "chest", "probability": 0.9}]))
"""

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import processing_utils

FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    return gr.DownloadButton(value=str(path), visible=True, interactive=True)


def new_folder(folder: Path) -> Path:
    """A new folder below this one, from which its files expire; nobody can guess its name."""
    place = folder / secrets.token_hex(16)
    place.mkdir(parents=True)
    return place
