"""The search of a large library on a few vectors, beside exact search."""

import numpy as np
import pytest

from med3dvlm.retrieval import by_codes
from med3dvlm.retrieval.by_codes import nearest_by_codes, nearest_exactly, overlap
from med3dvlm.retrieval.tuning import EXACT, Search


def rows(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, 32)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_codes_find_nearly_all_best_first() -> None:
    library, queries = rows(1000, 0), rows(50, 1)
    found, truth = (search(library, queries, 10) for search in (nearest_by_codes, nearest_exactly))
    assert overlap(found, truth) > 0.97
    scores = np.take_along_axis(queries @ library.T, found, axis=1)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_where_no_setting_is_good_enough_all_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_codes, "tuned", lambda *_: EXACT)
    library, queries = rows(200, 0), rows(5, 1)
    assert np.array_equal(
        nearest_by_codes(library, queries, 3), nearest_exactly(library, queries, 3)
    )


def test_what_too_few_lists_miss_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_codes, "tuned", lambda *_: Search(lists=14, probes=1, rerank=64))
    found = nearest_by_codes(rows(200, 0), rows(5, 1), 60)
    assert (found == -1).any()
    assert overlap(found, nearest_exactly(rows(200, 0), rows(5, 1), 60)) < 1
