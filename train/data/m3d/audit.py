"""Duplicates within a split, and leaks: the same case, caption or pixels in two splits.

found = audit(captions, questions, records)
found.figures["leaks"]["train and test, same pixels"]
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from train.data.m3d.index import CaptionItem, QuestionItem
from train.data.m3d.layout import VQA_SPLITS, case_of

SHOWN = 20
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What was found.

    Attributes:
        figures: counts and the first examples, for the report.
        leaking: sources of training rows that share a case, caption or pixels with validation or
            test rows.
    """

    figures: dict[str, Any]
    leaking: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One row of an index file, with the values that splits must not share."""

    source: str
    split: str
    values: Mapping[str, str]


def audit(
    captions: Mapping[str, list[CaptionItem]],
    questions: Mapping[str, list[QuestionItem]],
    records: Mapping[str, Mapping[str, Any]],
) -> Audit:
    """Compare all rows; `records` holds the digest of a series' pixels, if it has one."""
    seen = [
        _Seen(item.source, split, _values(item.series, records) | {"caption": _plain(item.text)})
        for split, items in captions.items()
        for item in items
    ]
    seen += [
        _Seen(item.source, VQA_SPLITS[name], _values(item.series, records))
        for name, items in questions.items()
        for item in items
    ]
    leaks: dict[str, Any] = {}
    leaking: set[str] = set()
    for what in ("case", "caption", "pixels"):
        holders = _holders(seen, what)
        for one, other in combinations(SPLITS, 2):
            shared = sorted(
                value for value, rows in holders.items() if {one, other} <= {r.split for r in rows}
            )
            rows = [row.source for value in shared for row in holders[value]]
            leaks[f"{one} and {other}, same {what}"] = {
                "shared": len(shared), "rows": len(rows), "first": rows[:SHOWN],
            }  # fmt: skip
            if one == "train":
                leaking |= {
                    row.source for value in shared for row in holders[value] if row.split == one
                }
    return Audit(
        figures={"leaks": leaks, "duplicates": _duplicates(captions, records)},
        leaking=frozenset(leaking),
    )


def _values(series: str, records: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    values = {"case": case_of(series)}
    pixels = records[series].get("digest")
    return values | ({"pixels": pixels} if pixels else {})


def _plain(text: str) -> str:
    """Hash of a caption without case, punctuation and spacing."""
    words = re.sub(r"\W+", " ", text.lower()).strip()
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def _holders(seen: Iterable[_Seen], what: str) -> dict[str, list[_Seen]]:
    holders: dict[str, list[_Seen]] = defaultdict(list)
    for row in seen:
        if what in row.values:
            holders[row.values[what]].append(row)
    return holders


def _duplicates(
    captions: Mapping[str, list[CaptionItem]], records: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Within a split: rows that repeat the caption, pixels or series of an earlier row."""
    kinds: dict[str, Callable[[CaptionItem], str | None]] = {
        "caption": lambda item: _plain(item.text),
        "pixels": lambda item: records[item.series].get("digest"),
        "series": lambda item: item.series,
    }
    figures = {}
    for split, items in captions.items():
        for what, key in kinds.items():
            counts = Counter(value for item in items if (value := key(item)) is not None)
            figures[f"{split}, same {what}"] = sum(counts.values()) - len(counts)
    return figures
