"""What is recorded of a reader that looks and of one that doesn't."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from med3dvlm.explain.lab.behaviour import Behaviour, Watch, shift, stability
from med3dvlm.explain.lab.perturbations import blank, flipped
from med3dvlm.volumes.volume import Volume, canonical_affine

ASKED = {"Is it bright?": ("Yes", "No"), "On which side?": ("left", "right")}
TEXTS = ("bright", "dark", "grey")


class Looking:
    """It answers by the mean and by which half is brighter."""

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        del options
        if volume is None:
            return np.array([0.5, 0.5])
        halves = np.split(volume.voxels.astype(float), 2, axis=2)
        first = volume.voxels.mean() > -500
        if "side" in question:
            first = halves[1].mean() > halves[0].mean()
        return np.array([0.9, 0.1] if first else [0.2, 0.8])

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        levels = {"bright": 0.0, "dark": -1000.0, "grey": -500.0}
        return np.array([-abs(volume.voxels.mean() - levels[text]) for text in texts])


class Blind(Looking):
    """It answers always the same and can't search."""

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        del volume, question, options
        return np.array([0.7, 0.3])

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        del volume, texts
        return np.zeros(0)


def scan() -> Volume:
    voxels = np.zeros((4, 4, 8), np.int16)
    voxels[:, :, 4:] = 200
    return Volume(voxels=voxels, affine=canonical_affine((1, 1, 1)), unit="HU")


def test_before_after_and_blind() -> None:
    watch = Watch(reader=Looking(), options=ASKED, texts=TEXTS)
    before, mirrored, empty = map(watch.of, (scan(), flipped(scan(), 2), blank(scan())))
    assert before.answers["Is it bright?"] == {"Yes": 0.9, "No": 0.1}
    assert [b.likeliest("On which side?") for b in (before, mirrored)] == ["left", "right"]
    assert before.ranks == {"bright": 1, "grey": 2, "dark": 3}
    assert empty.ranks == {"bright": 3, "grey": 2, "dark": 1}
    assert watch.blind().answers["Is it bright?"] == {"Yes": 0.5, "No": 0.5}
    assert not watch.blind().ranks


def test_stability_and_shift() -> None:
    watch = Watch(reader=Looking(), options=ASKED, texts=TEXTS)
    before, mirrored, empty = map(watch.of, (scan(), flipped(scan(), 2), blank(scan())))
    assert stability(before, [mirrored]) == 0.5
    assert stability(before, [mirrored, empty, before]) == pytest.approx(0.5)
    assert shift(before, before) == 0
    assert shift(before, mirrored) == pytest.approx(0.35)  # 0 and 0.7
    assert shift(before, empty) == pytest.approx(0.7)


def test_a_blind_reader_is_perfectly_stable() -> None:
    watch = Watch(reader=Blind(), options=ASKED, texts=TEXTS)
    before, empty = watch.of(scan()), watch.of(blank(scan()))
    assert stability(before, [empty]) == 1
    assert shift(before, empty) == 0
    assert not before.ranks


def test_nothing_asked_has_no_score() -> None:
    assert np.isnan(stability(Behaviour({}), []))
    assert np.isnan(shift(Behaviour({}), Behaviour({})))


def test_texts_that_are_as_similar_share_a_place() -> None:
    class Same(Looking):
        def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
            del volume
            return np.ones(len(texts))

    assert set(Watch(reader=Same(), options={}, texts=TEXTS).of(scan()).ranks.values()) == {1}
