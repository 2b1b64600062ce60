"""A lesion is all that tells the two scans of a trial apart, and a trial can be repeated."""

from dataclasses import replace

import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms import planted
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.values import from_json, to_json

SHAPE = (24, 48, 48)
NODULE = Trial(seed=11, kind="lung nodule", place="right upper lobe", size_mm=30)


def trial_of(kind: str) -> Trial:
    known = KINDS[kind]
    place = known.places[-1] if known.places else ""
    return Trial(seed=4, kind=kind, place=place, size_mm=known.size_mm[1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_lesion_is_all_that_differs(kind: str) -> None:
    pair = plant(trial_of(kind), shape=SHAPE)
    changed = pair.healthy.voxels != pair.ill.voxels
    assert pair.mask.any()
    assert changed.any()
    assert changed.mean() < 0.5
    # Thick slices carry a change one voxel further, and no noise differs.
    assert not changed[np.abs(pair.difference) == 0].sum() > 3 * np.count_nonzero(pair.difference)
    assert pair.healthy.affine.tolist() == pair.ill.affine.tolist()


def test_a_trial_is_repeated_from_its_json() -> None:
    first = plant(NODULE, shape=SHAPE)
    again = plant(from_json(Trial, to_json(NODULE)), shape=SHAPE)
    assert first.ill.digest == again.ill.digest
    assert first.healthy.digest == again.healthy.digest


def test_organs_that_are_kept_are_as_good_as_fresh_ones() -> None:
    """The fast way, in a person painted before, equals the slow one, whatever came between."""
    trials = [trial_of(kind) for kind in ("hydronephrosis", "renal cyst", "hydronephrosis")]
    kept = [plant(trial, shape=SHAPE).ill.digest for trial in trials]
    fresh = []
    for trial in trials:
        planted._anatomy.cache_clear()
        fresh.append(plant(trial, shape=SHAPE).ill.digest)
    assert kept == fresh


def test_a_larger_lesion_grows_around_the_same_place() -> None:
    small, large = (plant(replace(NODULE, size_mm=n), shape=SHAPE).mask for n in (20, 40))
    assert large.sum() > 2 * small.sum()
    middles = [np.argwhere(mask).mean(axis=0) for mask in (small, large)]
    np.testing.assert_allclose(middles[0], middles[1], atol=1.5)


def test_contrast_scales_the_change() -> None:
    whole = plant(NODULE, shape=SHAPE)
    half = plant(replace(NODULE, contrast=0.5), shape=SHAPE)
    np.testing.assert_allclose(half.difference, whole.difference / 2, atol=1e-3)
    assert half.contrast_hu < whole.contrast_hu
    assert whole.contrast_hu > 300, "soft tissue in air"


@pytest.mark.parametrize("change", [{"size_mm": 0}, {"contrast": 0.0}])
def test_nothing_is_painted_at_zero(change: dict[str, float]) -> None:
    pair = plant(replace(NODULE, **change), shape=SHAPE)  # type: ignore[arg-type]
    assert pair.healthy.digest == pair.ill.digest
    assert not pair.mask.any()
    assert pair.contrast_hu == 0


def test_another_place_moves_it_in_the_same_person() -> None:
    here = plant(NODULE, shape=SHAPE)
    there = plant(replace(NODULE, place="left lower lobe"), shape=SHAPE)
    assert here.healthy.digest == there.healthy.digest
    assert not (here.mask & there.mask).any()


def test_the_region_shows_the_place() -> None:
    assert Trial(seed=1, kind="vertebral fracture", place="L3 vertebra").region == "abdomen"
    assert Trial(seed=1, kind="vertebral fracture", place="T7 vertebra").region == "chest"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "broken heart"}, "no finding is called"),
        ({"place": "left kidney"}, "has no place"),
        ({"size_mm": -1}, "size"),
        ({"size_mm": 9999}, "size"),
        ({"contrast": 9.0}, "contrast"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_can_not_be_painted_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(NODULE, **change)  # type: ignore[arg-type]
