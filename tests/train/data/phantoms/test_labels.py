import numpy as np
import pytest

from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.volumes.grid import GridMap, to_model_grid
from med3dvlm.volumes.window import MODEL_CT
from train.data.phantoms.labels import (
    ATTRIBUTES,
    FINDING_LABELS,
    IGNORED,
    KIND_NAMES,
    cells_of,
    labels_of,
)

PELVIS = next(seed for seed in range(99) if draw_facts(seed).acquisition.region == "pelvis")


def value(facts: Facts, name: str) -> str:
    return getattr(facts.acquisition, name, None) or getattr(facts, name)


def test_labels_tell_the_facts_and_nothing_else() -> None:
    for seed in range(200):
        facts = draw_facts(seed)
        labels = labels_of(facts)
        assert {FINDING_LABELS[i] for i in np.flatnonzero(labels.findings)} == facts.labels
        present = {kind.name for kind in facts.kinds}
        assert {KIND_NAMES[i] for i in np.flatnonzero(labels.places)} == present
        assert {KIND_NAMES[i] for i in np.flatnonzero(~np.isnan(labels.sizes))} == present
        for finding in facts.findings:
            row = KIND_NAMES.index(finding.kind)
            assert KINDS[finding.kind].labels[labels.places[row] - 1] == finding.label
            assert -0.1 <= labels.sizes[row] <= 1.1


def test_attributes_are_class_indices() -> None:
    for seed in range(100):
        facts = draw_facts(seed)
        for name, index in zip(ATTRIBUTES, labels_of(facts).attributes, strict=True):
            assert index == IGNORED or ATTRIBUTES[name][index] == value(facts, name)


def test_what_a_pelvis_scan_does_not_show_is_ignored() -> None:
    attributes = dict(zip(ATTRIBUTES, labels_of(draw_facts(PELVIS)).attributes, strict=True))
    hidden = {name for name, index in attributes.items() if index == IGNORED}
    assert hidden == {"scoliosis", "calcification"}


def test_every_finding_lights_cells_of_its_kind_where_it_lies() -> None:
    for seed in range(6):
        case = make_case(seed, shape=(32, 64, 64), count=2)
        mapping = to_model_grid(case.volume, MODEL_CT, (16, 32, 32)).mapping
        cells = cells_of(case, mapping, (2, 4, 4))
        lit = {KIND_NAMES[i] for i in np.flatnonzero(cells.any(axis=(1, 2, 3)))}
        assert lit == {kind.name for kind in case.facts.kinds}


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_kidney_stone_lights_its_own_side(side: str) -> None:
    label = ("kidney stone", f"{side} kidney")
    seed = next(seed for seed in range(5000) if draw_facts(seed, count=1).labels == {label})
    case = make_case(seed, shape=(32, 64, 64), count=1)
    mapping = GridMap(start=(0, 0, 0), stop=case.volume.shape, grid=(16, 32, 32))
    row = cells_of(case, mapping, (3, 3, 2))[KIND_NAMES.index("kidney stone")]
    assert row[..., 0 if side == "right" else 1].any()
    assert not row[..., 1 if side == "right" else 0].any()


def test_varied_cases_have_classes_for_what_is_no_trunk_and_for_planes_not_seen() -> None:
    for seed in range(200):
        facts = draw_facts(seed, variety="varied")
        for name, index in zip(ATTRIBUTES, labels_of(facts).attributes, strict=True):
            if name in facts.hidden:
                assert index == IGNORED
            else:
                assert ATTRIBUTES[name][index] == value(facts, name)
