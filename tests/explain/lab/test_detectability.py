"""The threshold of a fake reader is where it was put, and a blind one has none."""

from collections.abc import Callable

import numpy as np
import pytest

from med3dvlm.explain.lab.detectability import (
    Curve,
    Outcome,
    axis_of,
    by_place,
    fit_curve,
    steps_of,
    trials_of,
)
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant


def curve_of(reader: Callable[[Trial], float], *, people: int = 60) -> Curve:
    trials = trials_of("lung nodule", seeds=range(people), steps=8)
    outcomes = [Outcome(trial, reader(trial)) for trial in trials]
    return fit_curve(outcomes, rng=np.random.default_rng(0))


def seen_from(size: float, *, width: float = 3.0) -> Callable[[Trial], float]:
    """A reader whose threshold is known, up to a person's own shift of a few millimetres."""

    def reader(trial: Trial) -> float:
        shift = np.random.default_rng(trial.seed).normal(0, 3)
        return float(1 / (1 + np.exp(-(trial.size_mm - size - shift) / width)))

    return reader


def test_the_threshold_is_found() -> None:
    curve = curve_of(seen_from(20))
    assert curve.threshold == pytest.approx(20, abs=1.5)
    assert curve.low is not None
    assert curve.high is not None
    assert curve.low < curve.threshold < curve.high
    assert curve.high - curve.low < 5
    assert (curve.people, curve.axis, curve.steps[0]) == (60, "size_mm", 0)
    assert list(curve.means) == sorted(curve.means)


def test_fewer_people_give_a_wider_interval() -> None:
    few, many = (curve_of(seen_from(20), people=n) for n in (8, 120))
    assert few.low is not None and few.high is not None  # noqa: PT018
    assert many.low is not None and many.high is not None  # noqa: PT018
    assert few.high - few.low > 1.5 * (many.high - many.low)


def test_a_sharp_step_is_no_trouble() -> None:
    curve = curve_of(lambda trial: float(trial.size_mm > 20))
    assert curve.threshold == pytest.approx(20, abs=4)


@pytest.mark.parametrize("constant", [0.0, 0.3])
def test_a_blind_reader_never_sees_it(constant: float) -> None:
    curve = curve_of(lambda _: constant)
    assert (curve.threshold, curve.high) == (None, None)
    assert curve.means == pytest.approx([constant] * len(curve.steps))


def test_one_that_always_says_yes_has_no_threshold_either() -> None:
    assert curve_of(lambda _: 0.9).threshold is None


def test_one_that_is_worse_with_size_has_none() -> None:
    assert curve_of(lambda trial: 0.4 - trial.size_mm / 200).threshold is None


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_steps_from_healthy_to_the_largest(kind: object) -> None:
    known = KINDS[kind.name]  # type: ignore[attr-defined]
    steps = steps_of(known, 6)
    assert steps[0] == 0
    assert list(steps) == sorted(set(steps))
    assert steps[-1] == (1.0 if axis_of(known) == "contrast" else known.size_mm[1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_step_after_none_is_next_to_nothing(kind: str) -> None:
    """A pneumothorax of 1 mm collapsed the whole lung, and was "detected" below a voxel."""
    trials = list(trials_of(kind, seeds=[20_000_000], steps=8))
    first, most = (
        float(np.abs(plant(trial, shape=(16, 32, 32)).difference).sum())
        for trial in (trials[1], trials[-1])
    )
    assert first < 0.2 * most


def test_people_take_all_places_and_each_step() -> None:
    trials = list(trials_of("renal cyst", seeds=[5, 6, 7], steps=4))
    assert len(trials) == 12
    assert {trial.place for trial in trials} == set(KINDS["renal cyst"].places)
    varied = list(trials_of("hip prosthesis", seeds=[5], steps=3))
    assert [trial.contrast for trial in varied] == [0, 0.5, 1]


def test_contrast_varies_at_one_size() -> None:
    trials = list(trials_of("lung nodule", seeds=range(40), steps=6, axis="contrast"))
    assert {trial.size_mm for trial in trials} == {28}
    outcomes = [Outcome(t, float(1 / (1 + np.exp(-(t.contrast - 0.4) / 0.05)))) for t in trials]
    curve = fit_curve(outcomes, rng=np.random.default_rng(0))
    assert (curve.axis, curve.steps[-1]) == ("contrast", 1)
    assert curve.threshold == pytest.approx(0.4, abs=0.05)


def test_each_place_has_its_own_curve() -> None:
    """A reader that needs larger nodules on the left."""

    def reader(trial: Trial) -> float:
        return seen_from(26 if "left" in trial.place else 16)(trial)

    trials = trials_of("lung nodule", seeds=range(100), steps=8)
    curves = by_place([Outcome(trial, reader(trial)) for trial in trials])
    assert set(curves) == set(KINDS["lung nodule"].places)
    for place, curve in curves.items():
        assert curve.people == 20
        assert curve.threshold == pytest.approx(26 if "left" in place else 16, abs=3)


def test_a_lesion_below_a_voxel_is_seen_as_often_as_none() -> None:
    trials = trials_of("lung nodule", seeds=range(8), steps=8)
    assert min(trial.size_mm for trial in trials if trial.size_mm) <= 2
