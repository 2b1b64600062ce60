"""What is said of a varied case can be seen in it, and what can't be seen is not said."""

import re
from collections import Counter

import numpy as np
import pytest

from med3dvlm.phantoms.acquisition import PHASES, REGIONS
from med3dvlm.phantoms.facts import Facts, draw_facts, draw_varied, hides
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.questions import ask, converse, organ_state, region_question
from med3dvlm.phantoms.true_report import read_findings, true_report
from med3dvlm.phantoms.varied.elsewhere import PARTS
from tests.phantoms.varied.conftest import many_facts, small_case

NORMAL = re.compile("normal|unremarkable", re.IGNORECASE)


def trunks() -> list[Facts]:
    return [facts for facts in many_facts() if facts.subject == "trunk"]


def others() -> list[Facts]:
    return [facts for facts in many_facts() if facts.subject != "trunk"]


def test_a_seed_means_another_case_in_each_variety_and_the_same_one_every_time() -> None:
    assert draw_facts(3, variety="varied") == draw_facts(3, variety="varied")
    assert draw_facts(3, variety="varied") != draw_facts(3)


@pytest.mark.parametrize("count", [None, 0, 3])
def test_a_painted_case_has_the_facts_of_its_seed(count: int | None) -> None:
    for seed in range(4):
        facts = draw_facts(seed, count=count, variety="varied")
        assert small_case(seed, count).facts == facts


def test_a_fifth_shows_no_trunk_and_every_such_thing_occurs() -> None:
    assert len(others()) / len(many_facts()) == pytest.approx(0.2, abs=0.03)
    assert {facts.subject for facts in others()} == set(PARTS)
    assert {facts.acquisition.region for facts in trunks()} == set(REGIONS)


def test_what_is_no_trunk_has_no_region_no_finding_and_nothing_to_judge() -> None:
    for facts in others():
        assert facts.acquisition.region == "other"
        assert (facts.findings, facts.regions, facts.in_view, facts.deniable) == ((), (), (), ())
        assert set(facts.hidden) == {"phase", "habitus", "scoliosis", "calcification"}


def test_every_finding_lies_in_the_field_of_view() -> None:
    for facts in trunks():
        assert facts.labels <= set(facts.in_view)


def test_no_kind_or_place_is_too_rare_to_be_learned() -> None:
    seen = Counter(label for facts in many_facts() for label in facts.labels)
    assert set(seen) == {label for kind in KINDS.values() for label in kind.labels}
    assert min(seen.values()) >= 5


def test_only_what_is_in_view_in_all_its_places_can_be_denied() -> None:
    for facts in trunks():
        for kind in facts.deniable:
            places = [label in facts.in_view for label in kind.labels]
            assert any(places) if kind.place_words else all(places)


def test_a_small_field_of_view_denies_less_than_a_whole_scan() -> None:
    def deniable(crop: str) -> float:
        pairs = [draw_varied(seed) for seed in range(600)]
        counts = [
            len(facts.deniable)
            for facts, subject in pairs
            if facts.subject == "trunk" and subject.view.crop == crop
        ]
        return float(np.mean(counts))

    assert deniable("part") < 0.5 * deniable("whole")


def test_a_man_has_no_adnexal_cyst_and_no_gallbladder_no_stone() -> None:
    for seed in range(400):
        facts, subject = draw_varied(seed, count=4)
        if not subject.person.female:
            assert not facts.has("adnexal cyst")
        if not subject.person.gallbladder:
            assert not facts.has("gallstone")


def test_nothing_hides_a_finding() -> None:
    for facts in trunks():
        for a in facts.findings:
            assert not any(hides(a, b) for b in facts.findings if a is not b)


def test_the_region_is_what_most_is_scanned_of_and_is_among_those_shown() -> None:
    for facts in trunks():
        assert facts.acquisition.region in facts.regions


def test_every_phase_is_equally_likely_and_a_quarter_has_no_plane() -> None:
    phases = Counter(facts.acquisition.phase for facts in trunks())
    for phase in PHASES:
        assert phases[phase] / len(trunks()) == pytest.approx(0.25, abs=0.04)
    planes = Counter(facts.acquisition.plane for facts in trunks())
    assert planes["none"] / len(trunks()) == pytest.approx(0.25, abs=0.04)


def test_a_report_states_the_findings_and_nothing_that_is_hidden() -> None:
    for facts in trunks()[:400]:
        text = true_report(facts).text
        assert read_findings(text) == facts.labels
        assert "none" not in text.split(".")[0].lower()
        if "scoliosis" in facts.hidden:
            assert "scoliosis" not in text.lower()
            assert "spinal curve" not in text.lower()
        if "habitus" in facts.hidden:
            assert "habitus" not in text.lower()


def test_a_report_calls_only_organs_in_view_normal() -> None:
    without_kidneys = [
        facts for facts in trunks() if not any("kidney" in place for _, place in facts.in_view)
    ]
    assert len(without_kidneys) > 100
    for facts in without_kidneys:
        normal = [s for s in true_report(facts).text.split(". ") if NORMAL.search(s)]
        assert not any("kidney" in sentence for sentence in normal)


def test_the_report_of_a_head_or_a_limb_says_that_no_trunk_is_shown() -> None:
    for facts in others():
        text = true_report(facts).text
        assert "chest" in text
        assert read_findings(text) == set()
        assert "normal" not in text


def test_questions_are_asked_only_about_what_can_be_seen() -> None:
    for facts in many_facts()[:600]:
        rng = np.random.default_rng(facts.seed)
        for question in ask(facts, rng):
            if question.kind == "phase" or "phase?" in question.question:
                assert "phase" not in facts.hidden
            if question.form == "closed" and question.kind == "plane":
                assert facts.acquisition.plane != "none"
            if question.question.startswith("Does the scan show the "):
                named = question.question.removeprefix("Does the scan show the ").rstrip("?")
                if named in REGIONS:
                    assert question.answer == ("Yes" if named in facts.regions else "No")
        assert converse(facts, rng)
        assert organ_state(rng, facts).answer


def test_the_region_of_a_head_is_answered_and_an_organ_is_said_to_be_elsewhere() -> None:
    head = next(facts for facts in others() if facts.subject == "head")
    rng = np.random.default_rng(0)
    assert region_question(rng, head).answer == "No chest, abdomen or pelvis"
    assert organ_state(rng, head).answer.endswith("is not in this scan.")
