"""Masks of organs lie where the painter drew the organ, and nowhere else."""

import numpy as np
import pytest

from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.organs import organ_masks

SHAPE = (32, 64, 64)


def seed_of(region: str) -> int:
    return next(seed for seed in range(200) if draw_facts(seed).acquisition.region == region)


@pytest.mark.parametrize(
    ("region", "organ", "low", "high"),
    [
        ("chest", "lungs", -1000, -600),
        ("abdomen", "liver", 20, 200),
        ("abdomen", "right kidney", -60, 250),
        ("pelvis", "bladder", -20, 60),
    ],
)
def test_an_organ_has_the_density_of_its_tissue(
    region: str, organ: str, low: float, high: float
) -> None:
    seed = seed_of(region)
    masks = organ_masks(seed, shape=SHAPE)
    voxels = make_case(seed, shape=SHAPE, count=0).volume.voxels
    assert low < np.median(voxels[masks[organ]]) < high
    others = [mask for name, mask in masks.items() if name == "lungs" != organ]
    assert not any((mask & masks[organ]).any() for mask in others)


def test_organs_outside_the_scan_are_left_out() -> None:
    assert "bladder" not in organ_masks(seed_of("chest"), shape=SHAPE)
    assert "lungs" not in organ_masks(seed_of("pelvis"), shape=SHAPE)
