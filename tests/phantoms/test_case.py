"""A phantom is a scan like any other, and what its facts say can be seen in it."""

from collections.abc import Callable

import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms.acquisition import PHASES
from med3dvlm.phantoms.canvas import BRIGHTEST_HU, DARKEST_HU
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.volumes.volume import Volume

SMALL = (16, 32, 32)


def first_seed(fits: Callable[[Facts], bool], *, count: int | None = None) -> int:
    return next(seed for seed in range(5000) if fits(draw_facts(seed, count=count)))


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, other = make_case(7, shape=SMALL), make_case(7, shape=SMALL)
    assert one.volume.voxels.tobytes() == other.volume.voxels.tobytes()
    assert one.volume.digest == other.volume.digest
    assert (one.facts, one.extents, one.report) == (other.facts, other.extents, other.report)


def test_different_seeds_give_different_scans() -> None:
    assert len({make_case(seed, shape=SMALL).volume.digest for seed in range(8)}) == 8


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_phantom_is_a_canonical_ct_in_hu(plane: str) -> None:
    volume = make_case(first_seed(lambda f: f.acquisition.plane == plane), shape=SMALL).volume
    assert (volume.unit, volume.modality, volume.orientation_known) == ("HU", "CT", True)
    assert volume.voxels.dtype == np.int16
    assert volume.voxels.min() >= DARKEST_HU
    assert volume.voxels.max() <= BRIGHTEST_HU
    axes = volume.affine[:3, :3]
    assert np.array_equal(axes, np.diag(axes.diagonal())), "left, back and head, as they are"
    assert (axes.diagonal() > 0).all()


@pytest.mark.parametrize(
    ("plane", "shape"),
    [("axial", (12, 20, 24)), ("coronal", (20, 12, 24)), ("sagittal", (20, 24, 12))],
)
def test_slices_stack_along_the_axis_of_the_plane(plane: str, shape: tuple[int, ...]) -> None:
    seed = first_seed(lambda f: f.acquisition.plane == plane)
    assert make_case(seed, shape=(12, 20, 24)).volume.shape == shape


def test_more_voxels_show_the_same_body_in_finer_steps() -> None:
    coarse, fine = make_case(3, shape=(16, 32, 32)), make_case(3, shape=(32, 64, 64))
    assert coarse.volume.extent_mm == pytest.approx(fine.volume.extent_mm)
    assert coarse.volume.spacing_mm == pytest.approx([2 * mm for mm in fine.volume.spacing_mm])
    pooled = fine.volume.voxels.reshape(16, 2, 32, 2, 32, 2).mean(axis=(1, 3, 5))
    assert np.corrcoef(pooled.ravel(), coarse.volume.voxels.ravel())[0, 1] > 0.95


def test_too_few_voxels_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 8 voxels"):
        make_case(0, shape=(7, 32, 32))


def test_a_body_stands_in_air() -> None:
    voxels = make_case(1, shape=SMALL).volume.voxels
    assert voxels[:, 0, 0].max() < -800
    assert 0.15 < (voxels > -200).mean() < 0.85


def drawn_alone(kind: str) -> tuple[Case, Case]:
    """The first case with this finding alone, and the same person without it."""
    seed = first_seed(lambda f: f.has(kind), count=1)
    return make_case(seed, count=1), make_case(seed, count=0)


def mask_of(case: Case) -> np.ndarray:
    mask = np.zeros(case.volume.shape, bool)
    for box in case.extents[0]:
        mask[box] = True
    return mask


def difference(one: Volume, other: Volume) -> np.ndarray:
    return one.voxels.astype(np.float32) - other.voxels


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_finding_changes_the_scan_where_its_extent_says(kind: str) -> None:
    case, without = drawn_alone(kind)
    assert without.facts.findings == ()
    assert case.extents[0], "it lies within the scan"
    changed, inside = difference(case.volume, without.volume), mask_of(case)
    assert abs(changed[inside].mean()) > 2
    assert abs(changed[inside]).mean() > 1.8 * abs(changed[~inside]).mean()


@pytest.mark.parametrize("phase", PHASES)
def test_metastases_stand_out_from_the_liver_in_every_phase(phase: str) -> None:
    def fits(facts: Facts) -> bool:
        return facts.has("liver metastases") and facts.acquisition.phase == phase

    case = make_case(first_seed(fits, count=1), count=1)
    liver = case.facts.acquisition.hu("liver")
    largest = max(case.extents[0], key=lambda box: np.prod([s.stop - s.start for s in box]))
    middle = tuple(
        slice((3 * side.start + side.stop) // 4, (side.start + 3 * side.stop + 3) // 4)
        for side in largest
    )
    assert float(np.median(case.volume.voxels[middle])) < liver - 40


@pytest.mark.parametrize(
    ("kind", "side"), [("kidney stone", "right"), ("kidney stone", "left"),
                       ("pneumothorax", "right"), ("pneumothorax", "left"),
                       ("lung nodule", "right"), ("lung nodule", "left")],
)  # fmt: skip
def test_the_right_of_the_patient_has_the_low_columns(kind: str, side: str) -> None:
    seed = first_seed(lambda f: any(g.kind == kind and side in g.place for g in f.findings))
    case = make_case(seed)
    number = [finding.kind for finding in case.facts.findings].index(kind)
    box = case.extents[number][0]
    middle = (box.x.start + box.x.stop) / 2
    assert (middle < case.volume.shape[2] / 2) == (side == "right")


def test_extents_stand_in_the_order_of_the_findings() -> None:
    case = make_case(first_seed(lambda f: f.has("ascites") and f.has("gallstone")), shape=SMALL)
    assert len(case.extents) == len(case.facts.findings)
    sizes = {
        finding.kind: sum(np.prod([side.stop - side.start for side in box]) for box in boxes)
        for finding, boxes in zip(case.facts.findings, case.extents, strict=True)
    }
    assert sizes["gallstone"] < sizes["ascites"]
