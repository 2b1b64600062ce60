"""Facts are drawn without a picture, and the picture is drawn from the same facts."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from med3dvlm.phantoms.acquisition import PHASES, PLANES, REGIONS
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts, draw_facts, hides
from med3dvlm.phantoms.findings import KINDS, KINDS_IN, Finding

SEEDS = range(3000)


@cache
def many() -> list[Facts]:
    return [draw_facts(seed) for seed in SEEDS]


@pytest.mark.parametrize("count", [None, 0, 3])
def test_a_painted_case_has_the_facts_of_its_seed(count: int | None) -> None:
    for seed in range(5):
        case = make_case(seed, shape=(8, 16, 16), count=count)
        assert case.facts == draw_facts(seed, count=count)


def test_there_are_at_least_fourteen_kinds_in_three_regions() -> None:
    assert len(KINDS) >= 14
    assert all(len(KINDS_IN[region]) >= 6 for region in REGIONS)


def test_every_kind_and_every_place_occurs() -> None:
    seen = Counter(label for facts in many() for label in facts.labels)
    labels = [label for kind in KINDS.values() for label in kind.labels]
    assert set(seen) == set(labels)
    assert min(seen.values()) >= 20, "none is too rare to be learned"


def test_findings_belong_to_the_region_and_keep_their_size() -> None:
    for facts in many():
        for finding in facts.findings:
            kind = KINDS[finding.kind]
            assert facts.acquisition.region in kind.regions
            low, high = kind.size_mm
            assert low - 3 <= finding.size_mm <= high + 3


def test_a_kind_occurs_once_and_nothing_hides_anything() -> None:
    for facts in many():
        kinds = [finding.kind for finding in facts.findings]
        assert len(set(kinds)) == len(kinds)
        assert kinds == [kind.name for kind in facts.kinds], "in the order of KINDS"
        for a in facts.findings:
            assert not any(hides(a, b) for b in facts.findings if a is not b)


def test_a_collapsed_lung_would_hide_a_nodule_of_its_side() -> None:
    pneumothorax = Finding("pneumothorax", "right side", 40)
    assert hides(pneumothorax, Finding("lung nodule", "right upper lobe", 20))
    assert not hides(pneumothorax, Finding("lung nodule", "left upper lobe", 20))


@pytest.mark.parametrize(
    ("name", "values"), [("region", REGIONS), ("plane", PLANES), ("phase", PHASES)]
)
def test_settings_of_the_scan_are_equally_likely(name: str, values: tuple[str, ...]) -> None:
    counts = Counter(getattr(facts.acquisition, name) for facts in many())
    shares = np.array([counts[value] for value in values]) / len(many())
    assert shares == pytest.approx([1 / len(values)] * len(values), abs=0.03)


def test_both_sides_of_the_body_are_equally_likely() -> None:
    places = [place for facts in many() for _, place in facts.labels]
    right, left = (sum(side in place for place in places) for side in ("right", "left"))
    assert right / (right + left) == pytest.approx(0.5, abs=0.03)


def test_a_count_of_findings_can_be_asked_for() -> None:
    assert {len(draw_facts(seed, count=4).findings) for seed in range(100)} == {4}
    assert draw_facts(5, count=0).findings == ()


def test_cases_without_a_finding_occur() -> None:
    share = sum(not facts.findings for facts in many()) / len(many())
    assert share == pytest.approx(0.08, abs=0.02)
