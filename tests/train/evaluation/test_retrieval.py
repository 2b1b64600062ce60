"""Retrieval figures on vectors whose ranks are known."""

import numpy as np
import pytest

from med3dvlm.metrics.resampling import Resamples
from train.evaluation.cells import Cells
from train.evaluation.record import Records
from train.evaluation.retrieval import score_retrieval


def test_fewer_volumes_are_easier_and_the_ceiling_is_of_equal_reports() -> None:
    """120 cases on a circle; the text of each of the last 20 points at a volume of the first."""
    angles = np.linspace(0, 3, 120)
    volumes = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    texts = volumes.copy()
    texts[100:] = volumes[:20]
    says = [*range(118), "same", "same"]
    cells = Cells(Resamples(cases=120, rng=np.random.default_rng(0), resamples=200))
    figures = score_retrieval(Records(120, texts=texts, volumes=volumes), says, cells)
    assert figures["pools"].keys() == {"100"}
    assert set(figures["pools"]["100"].values()) == {1.0}
    assert {f"volume_to_text_{kind}r{k}" for kind in ("", "same_report_") for k in (1, 5, 10)} < (
        figures["pools"]["100"].keys()
    )
    same = figures["text_to_volume"]["same_report"]
    assert same["r1"] >= figures["text_to_volume"]["r1"]
    assert same["chance_r1"] == pytest.approx((118 + 2 * 2) / 120**2)
    assert figures["text_to_volume"]["r1"] == pytest.approx(100 / 120)
    assert figures["text_to_volume"]["chance_r1"] == pytest.approx(1 / 120)
    edges = figures["text_to_volume"]["intervals"]["r1"]
    assert edges["low"] < 100 / 120 < edges["high"]
    assert figures["ceiling_r1"] == pytest.approx((118 + 1) / 120)


def test_equal_reports_are_hits_beside_the_published_protocol() -> None:
    """Two cases of one report, each text pointing at the other's volume."""
    volumes = np.eye(20, dtype=np.float32)
    texts = volumes[[1, 0, *range(2, 20)]]
    says = ["same", "same", *range(2, 20)]
    cells = Cells(Resamples(cases=20, rng=np.random.default_rng(0), resamples=50))
    figures = score_retrieval(Records(20, texts=texts, volumes=volumes), says, cells)
    for way in ("text_to_volume", "volume_to_text"):
        assert figures[way]["r1"] == pytest.approx(18 / 20)
        assert figures[way]["same_report"]["r1"] == 1
        assert figures[way]["same_report"]["median_rank"] == 1
    assert figures["by_codes"]["text_to_volume_r1"] == pytest.approx(18 / 20)


def test_what_the_index_of_a_large_library_loses_is_in_the_record() -> None:
    volumes = np.random.default_rng(0).normal(size=(400, 32)).astype(np.float32)
    cells = Cells(Resamples(cases=400, rng=np.random.default_rng(0), resamples=20))
    figures = score_retrieval(Records(400, texts=volumes, volumes=volumes), range(400), cells)
    assert figures["by_codes"]["recall_at_10"] > 0.98
    assert figures["by_codes"]["text_to_volume_r1"] == 1
