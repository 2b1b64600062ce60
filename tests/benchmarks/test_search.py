"""The benchmark of search, at a size that takes a moment."""

import argparse
from pathlib import Path

from benchmarks.search import measure


def test_figures_of_a_small_library(tmp_path: Path) -> None:
    sizes = argparse.Namespace(count=2000, width=16, intrinsic=4, queries=5)
    page = "\n".join(measure(sizes, tmp_path / "library"))
    assert "| none | 1.0000 |" in page
    assert "| 1 % | 1.0000 |" in page
    assert "add one, p99 ms" in page
