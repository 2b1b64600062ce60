"""A varied phantom is a scan like any other, the same at every call; findings are where it says."""

from collections.abc import Callable

import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms.acquisition import PLANES, Plane
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.varied.elsewhere import PARTS
from med3dvlm.phantoms.varied.field import View
from med3dvlm.phantoms.varied.scanner import sampling
from tests.phantoms.varied.conftest import SMALL, many_facts, small_case

MEDIUM = (24, 48, 48)


def first(fits: Callable[[Facts], bool]) -> int:
    return next(facts.seed for facts in many_facts() if fits(facts))


def test_the_same_seed_gives_the_same_bytes() -> None:
    for seed in range(6):
        again = make_case(seed, shape=SMALL, variety="varied")
        assert again.volume.digest == small_case(seed).volume.digest
        assert again.extents == small_case(seed).extents


def test_different_seeds_give_different_scans() -> None:
    assert len({small_case(seed).volume.digest for seed in range(12)}) == 12


@pytest.mark.parametrize("name", list(PARTS))
def test_everything_that_is_no_trunk_can_be_painted(name: str) -> None:
    volume = small_case(first(lambda f: f.subject == name)).volume
    assert volume.unit == ("arbitrary" if name == "magnetic resonance" else "HU")
    assert np.ptp(volume.voxels) > 100


@pytest.mark.parametrize("plane", PLANES)
def test_thick_slices_stack_along_the_axis_of_the_plane(plane: Plane) -> None:
    view = View(z=(-20, 280), y=(-130, 150), x=(-180, 180), crop="whole")
    build, shape = (1.0, 1.0, 1.0), (64, 128, 128)
    for thickness in (5.0, 8.0):
        counts, spacing, _ = sampling(view, plane, thickness, build=build, shape=shape)
        axis = PLANES.index(plane)
        assert spacing[axis] == pytest.approx(thickness, rel=0.05)
        assert spacing[axis] > 1.2 * max(mm for a, mm in enumerate(spacing) if a != axis)
        lengths = [n * mm for n, mm in zip(counts, spacing, strict=True)]
        assert lengths == pytest.approx(view.lengths)


def test_a_scan_without_a_plane_is_as_fine_along_every_axis() -> None:
    facts = [f for f in many_facts() if f.acquisition.plane == "none" and f.subject == "trunk"]
    for fact in facts[:8]:
        spacing = small_case(fact.seed).volume.spacing_mm
        assert max(spacing) / min(spacing) < 1.2


def test_about_as_many_voxels_as_were_asked_for() -> None:
    sizes = [small_case(seed).volume.voxels.size for seed in range(30)]
    assert 0.6 < np.median(sizes) / np.prod(SMALL) < 1.6


def test_too_few_voxels_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 8 voxels"):
        make_case(0, shape=(7, 32, 32), variety="varied")


def with_finding(kind: str) -> tuple[Case, Case]:
    """The first case with this finding alone, and the same person without it."""
    seed = next(
        seed for seed in range(9000)
        if draw_facts(seed, count=1, variety="varied").has(kind)
    )  # fmt: skip
    return (
        make_case(seed, shape=MEDIUM, count=1, variety="varied"),
        make_case(seed, shape=MEDIUM, count=0, variety="varied"),
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_finding_changes_the_scan_where_its_extent_says(kind: str) -> None:
    case, without = with_finding(kind)
    assert case.extents[0], "it lies within the scan"
    mask = np.zeros(case.volume.shape, bool)
    for box in case.extents[0]:
        mask[box] = True
    change = np.abs(case.volume.voxels.astype(np.float32) - without.volume.voxels)
    assert change[mask].mean() > 1.3 * change[~mask].mean()


def test_every_finding_of_many_cases_has_a_place_in_its_scan() -> None:
    for seed in range(24):
        case = make_case(seed, shape=MEDIUM, count=3, variety="varied")
        assert len(case.extents) == len(case.facts.findings)
        for boxes in case.extents:
            assert boxes
            for box in boxes:
                for side, size in zip(box, case.volume.shape, strict=True):
                    assert 0 <= side.start < side.stop <= size


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_right_of_the_patient_has_the_low_columns(side: str) -> None:
    def fits(facts: Facts) -> bool:
        labels = {("kidney stone", f"{side} kidney"), ("renal cyst", f"{side} kidney")}
        return bool(labels & facts.labels) and facts.hidden == ()

    case = make_case(first(fits), shape=MEDIUM, variety="varied")
    number = next(i for i, f in enumerate(case.facts.findings) if f.place == f"{side} kidney")
    box = case.extents[number][0]
    assert ((box.x.start + box.x.stop) / 2 < case.volume.shape[2] / 2) == (side == "right")
