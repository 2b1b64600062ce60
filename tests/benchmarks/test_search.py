"""The benchmark of search, at sizes that take a moment."""

import argparse
from pathlib import Path

import pytest

from benchmarks.search import growth_of, lines_of, measure
from med3dvlm.retrieval import segment, tuning


def test_figures_of_small_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "EXACT_UP_TO", 1500)
    monkeypatch.setattr(segment, "FEW", 100)
    how = argparse.Namespace(width=16, intrinsic=4, queries=5)
    measured = [measure(count, how, tmp_path / str(count)) for count in (1000, 2000)]
    exact, coded = ("\n".join(lines_of(one)) for one in measured)
    assert "Every vector is compared." in exact
    assert "lists are looked through" in coded
    assert "| lists | recall@10" in coded
    for page in (exact, coded):
        assert "| none | 1.0000 |" in page
        assert "| 1 % | 1.0000 |" in page
        assert "add one, p99 ms" in page
    assert "From 1,000 to 2,000 the median" in "".join(growth_of(measured))
