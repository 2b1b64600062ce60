"""The text rows of the ready volumes, without rows that lack a volume or leak between splits.

index = read_index(RawData(folder))
report = write_items(out, index, records, drop_leaks=False)
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.data.m3d.audit import audit
from train.data.m3d.index import CaptionItem, QuestionItem, read_captions, read_questions
from train.data.m3d.layout import VQA_SPLITS, RawData
from train.data.m3d.shards import RECORDS, write_lines


@dataclass(frozen=True, kw_only=True)
class Index:
    """All rows of all index files, and the series they name, in order."""

    captions: dict[str, list[CaptionItem]]
    questions: dict[str, list[QuestionItem]]

    @property
    def series(self) -> list[str]:
        """Names of all series."""
        named = {item.series for rows in self.captions.values() for item in rows}
        return sorted(named | {item.series for rows in self.questions.values() for item in rows})


def read_index(raw: RawData) -> Index:
    """Read captions and questions; M3D_VQA may be missing."""
    questions = {split: read_questions(path) for split, path in raw.vqa_files().items()}
    return Index(captions=read_captions(raw), questions=questions)


def write_items(
    out: Path, index: Index, records: dict[int, dict[str, Any]], *, drop_leaks: bool
) -> dict[str, Any]:
    """Write the text rows that have a volume; returns the report."""
    by_name = {record["series"]: record for record in records.values()}
    found = audit(index.captions, index.questions, by_name)
    leaking = found.leaking if drop_leaks else frozenset()
    files: dict[str, int] = {}
    left_out: list[str] = []
    for name, split, items in _files(index):
        kept = []
        for item in items:
            record = by_name[item.series]
            if "broken" in record or (split == "train" and item.source in leaking):
                left_out.append(item.source)
            else:
                kept.append(_row(item, record["row"]))
        write_lines(out / f"{name}.jsonl", kept)
        files[name] = len(kept)
    return {
        "series": len(records),
        "slices": sum(record.get("slices", 0) for record in records.values()),
        "rows": files,
        "rows left out": left_out,
        "broken": {r["series"]: r["broken"] for r in by_name.values() if "broken" in r},
        "dropped files": {r["series"]: r["dropped"] for r in by_name.values() if "dropped" in r},
        "audit": found.figures,
        "digest": data_digest(out, files),
    }


def _files(index: Index) -> Iterator[tuple[str, str, Sequence[CaptionItem | QuestionItem]]]:
    """Name, part of the study and rows of every text file."""
    for split, captions in index.captions.items():
        yield f"captions_{split}", split, captions
    for name, questions in index.questions.items():
        yield f"vqa_{name}", VQA_SPLITS[name], questions


def _row(item: CaptionItem | QuestionItem, row: int) -> dict[str, Any]:
    if isinstance(item, CaptionItem):
        return {"row": row, "series": item.series, "text": item.text}
    return {
        "row": row, "series": item.series, "kind": item.kind, "question": item.question,
        "choices": list(item.choices), "answer": item.answer, "letter": item.letter,
    }  # fmt: skip


def data_digest(out: Path, files: dict[str, int]) -> str:
    """Hash over all volumes (by their digests) and all text rows."""
    seal = hashlib.sha256()
    for name in [RECORDS, *(f"{name}.jsonl" for name in sorted(files))]:
        with (out / name).open("rb") as stream:
            seal.update(hashlib.file_digest(stream, "sha256").digest())
    return seal.hexdigest()[:32]
