"""Pairs of prompts, and what a threshold finds, worked by hand."""

import numpy as np
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.explain.prompt_pairs import (
    Point,
    Prompts,
    Rates,
    bench_trials,
    pair_share,
    rates_at,
    read_pairs,
    roc,
    single_share,
)
from med3dvlm.metrics.ranking import area_under_curve
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import TEST


def test_the_curve() -> None:
    points = roc([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert points == [
        Point(np.inf, 0, 0), Point(0.9, 0.5, 0), Point(0.8, 1, 0.5), Point(0.1, 1, 1),
    ]  # fmt: skip
    x, y = [p.false_alarms for p in points], [p.sensitivity for p in points]
    assert np.trapezoid(y, x) == pytest.approx(area_under_curve([0.9, 0.8], [0.8, 0.1]))


def test_without_ill_scans_there_is_no_sensitivity() -> None:
    assert np.isnan(roc([0.5], [False])[0].sensitivity)


def test_a_threshold_counts() -> None:
    assert rates_at(0.5, [0.9, 0.5, 0.4, 0.8], [True, True, True, False]) == Rates(2, 3, 1, 1)


def test_shares_are_softmax_and_sigmoid() -> None:
    logits = np.array([[np.log(3), 0.0]])
    assert pair_share(logits)[0] == pytest.approx(0.75)
    np.testing.assert_allclose(single_share(logits), [[0.75, 0.5]])


def test_a_line_is_a_pair() -> None:
    assert read_pairs("a\n\n b ", "no a\nno b") == (Prompts("a", "no a"), Prompts("b", "no b"))


@pytest.mark.parametrize(
    ("states", "denies", "words"),
    [
        ("", "no a", "Type a text"), ("a\nb", "no a", "2 and 1 lines"), ("a", "a", "the same"),
        ("a\n" * 5, "b\n" * 5, "At most 4"), ("a" * 301, "b", "At most 4"),
    ],
)  # fmt: skip
def test_what_are_no_pairs_is_refused(states: str, denies: str, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        read_pairs(states, denies)


@pytest.mark.parametrize("kind", list(KINDS))
def test_people_have_all_places_and_sizes(kind: str) -> None:
    trials = bench_trials(kind, people=12)
    assert {t.place for t in trials} == set(KINDS[kind].places[:12] or ("",))
    low, high = KINDS[kind].size_mm
    assert {min(t.size_mm for t in trials), max(t.size_mm for t in trials)} == {low, high}
    assert all(t.seed in TEST for t in trials)
    assert len({t.seed for t in trials}) == 12


@pytest.mark.parametrize(("kind", "people"), [("a nice day", 5), ("kidney stone", 1)])
def test_a_bench_without_people_is_refused(kind: str, people: int) -> None:
    with pytest.raises(PromptError):
        bench_trials(kind, people=people)
