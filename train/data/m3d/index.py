"""Reads the index files of M3D exactly as published: M3D_Cap.json and the M3D_VQA CSV files.

captions = read_captions(raw)            # {"train": [CaptionItem, ...], "validation": ...}
questions = read_questions(path)         # [QuestionItem, ...]

A row that can't be used raises an error with the file's name and the row's number.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from med3dvlm.choices import LETTERS
from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.questions import QUESTION_TYPES
from train.data.m3d.captions import caption
from train.data.m3d.layout import CAPTION_SPLITS, TEXT_NAME, RawData, series_name

COLUMNS = (
    "Image Path", "Text", "Question Type", "Question", "Choice A", "Choice B", "Choice C",
    "Choice D", "Answer", "Answer Choice",
)  # fmt: skip
COLUMN_LETTERS = LETTERS[:4]
ABSENT = ("NA", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionItem:
    """A series with its caption; `source` says where the index lists it."""

    series: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionItem:
    """A question about a series.

    Attributes:
        kind: one of the five types, by name.
        choices: the non-empty ones, in the order of their letters.
        letter: of the right choice; empty if the question has no choices.
    """

    series: str
    kind: str
    question: str
    answer: str
    source: str
    choices: tuple[str, ...] = ()
    letter: str = ""


def read_captions(raw: RawData) -> dict[str, list[CaptionItem]]:
    """Read every split of M3D_Cap.json, and its texts by the text rule.

    Raises:
        TrainingError: an entry is broken or its text is missing.
    """
    path = raw.captions_file
    stored = _json(path)
    known: dict[str, str] = {}
    return {
        split: [
            _caption_item(raw, entry, f"{path.name}: {split}[{i}]", known)
            for i, entry in enumerate(_entries(stored, split, path))
        ]
        for split in CAPTION_SPLITS
    }


def _json(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise TrainingError(f"{path.name} can't be read: {error}") from None
    if not isinstance(stored, dict):
        raise TrainingError(f"{path.name}: expected an object of {', '.join(CAPTION_SPLITS)}")
    return stored


def _entries(stored: dict[str, Any], split: str, path: Path) -> list[Any]:
    entries = stored.get(split)
    if not isinstance(entries, list):
        raise TrainingError(f"{path.name}: {split!r} is missing or not a list")
    return entries


def _caption_item(raw: RawData, entry: Any, source: str, known: dict[str, str]) -> CaptionItem:
    """One entry; `known` caches texts that were already read."""
    if not isinstance(entry, dict):
        raise TrainingError(f"{source}: expected an object with image and text")
    for key in ("image", "text"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise TrainingError(f"{source}: {key!r} is missing or empty")
    stored = entry["text"]
    try:
        series = series_name(entry["image"])
        if stored not in known:
            known[stored] = caption(_text(raw, stored))
    except TrainingError as error:
        raise TrainingError(f"{source}: {error}") from None
    if not known[stored]:
        raise TrainingError(f"{source}: the caption {stored!r} is empty")
    return CaptionItem(series=series, text=known[stored], source=source)


def _text(raw: RawData, stored: str) -> str:
    """The text itself, or the content of the file that it names."""
    if not stored.strip().endswith(f"/{TEXT_NAME}"):
        return stored
    path = raw.text(stored)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise TrainingError(f"{stored} can't be read: {error}") from None


def read_questions(path: Path) -> list[QuestionItem]:
    """Read every row of an M3D_VQA file.

    Raises:
        TrainingError: a column is missing, or a row is broken.
    """
    try:
        return list(_questions(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(f"{path.name} can't be read: {error}") from None


def _questions(path: Path) -> Iterator[QuestionItem]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, strict=True)
        heading = [name.strip() for name in next(rows, [])]
        missing = [name for name in COLUMNS if name not in heading]
        if missing:
            raise TrainingError(f"{path.name}: the column {missing[0]!r} is missing")
        for number, row in enumerate(rows, start=2):
            source = f"{path.name}: row {number}"
            if len(row) != len(heading):
                raise TrainingError(f"{source}: {len(row)} cells, expected {len(heading)}")
            yield question_item(dict(zip(heading, row, strict=True)), source)


def question_item(row: dict[str, str], source: str) -> QuestionItem:
    """Parse one row, given as column to cell.

    Raises:
        TrainingError: the row is broken; the message begins with `source`.
    """
    cells = {name: row[name].strip() for name in COLUMNS}
    try:
        series = series_name(cells["Image Path"])
    except TrainingError as error:
        raise TrainingError(f"{source}: {error}") from None
    for name in ("Question", "Answer"):
        if not cells[name]:
            raise TrainingError(f"{source}: {name!r} is empty")
    choices = _choices(cells, source)
    letter = cells["Answer Choice"].rstrip(".").upper()
    letter = "" if letter in ABSENT else letter
    if choices and (len(letter) != 1 or letter not in COLUMN_LETTERS[: len(choices)]):
        raise TrainingError(
            f"{source}: the answer choice {cells['Answer Choice']!r} is not one of "
            f"{', '.join(COLUMN_LETTERS[: len(choices)])}"
        )
    return QuestionItem(
        series=series, kind=_kind(cells, source), question=cells["Question"],
        answer=cells["Answer"], source=source, choices=choices,
        letter=letter if choices else "",
    )  # fmt: skip


def _kind(cells: dict[str, str], source: str) -> str:
    stated = cells["Question Type"].removesuffix(".0")
    if not stated.isdigit() or not 1 <= int(stated) <= len(QUESTION_TYPES):
        raise TrainingError(f"{source}: the question type {stated!r} is not 1 to 5")
    return QUESTION_TYPES[int(stated) - 1]


def _choices(cells: dict[str, str], source: str) -> tuple[str, ...]:
    """The non-empty choices; an empty one may only be followed by empty ones."""
    stated = [cells[f"Choice {letter}"] for letter in COLUMN_LETTERS]
    present = [choice not in ABSENT for choice in stated]
    if sorted(present, reverse=True) != present:
        gap = COLUMN_LETTERS[present.index(False)]
        raise TrainingError(f"{source}: choice {gap} is empty, but a later one isn't")
    return tuple(choice for choice, there in zip(stated, present, strict=True) if there)
