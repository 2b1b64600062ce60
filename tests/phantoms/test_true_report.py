"""Reports say the facts, all of them and nothing else, in many words."""

from functools import cache

import numpy as np
import pytest

from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS, Finding, Kind
from med3dvlm.phantoms.true_report import describe, joined, named, read_findings, true_report

SEEDS = range(2000)


@cache
def written() -> list[tuple[Facts, str]]:
    return [(facts, true_report(facts).text) for facts in map(draw_facts, SEEDS)]


def test_every_report_is_read_back_to_its_facts() -> None:
    for facts, text in written():
        assert read_findings(text) == facts.labels, text


def test_every_paraphrase_is_read_back_to_its_facts() -> None:
    for seed in range(40):
        facts = draw_facts(seed, count=3)
        for variant in range(10):
            assert read_findings(true_report(facts, variant=variant).text) == facts.labels


def test_the_impression_alone_names_every_finding() -> None:
    for facts, _ in written()[:300]:
        impression = true_report(facts).impression
        assert {kind for kind, _ in read_findings(impression)} == {k for k, _ in facts.labels}


def test_the_same_variant_reads_the_same_and_another_differs() -> None:
    facts = draw_facts(12)
    assert true_report(facts, variant=3) == true_report(facts, variant=3)
    assert len({true_report(facts, variant=v).text for v in range(20)}) > 10


def test_two_cases_rarely_read_the_same() -> None:
    assert len({text for _, text in written()}) > 0.99 * len(written())


def test_the_setting_of_the_scan_is_said() -> None:
    for facts, text in written()[:300]:
        header = text.split(".")[0].lower()
        assert facts.acquisition.region in header
        assert facts.acquisition.plane in header
        assert facts.acquisition.phase.split("-")[-1].split()[0] in header


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_says_its_name_place_and_size(kind: Kind) -> None:
    place = kind.places[0] if kind.places else ""
    finding = Finding(kind.name, place, kind.size_mm[0] + 1)
    rng = np.random.default_rng(0)
    for sentence in {describe(finding, rng) for _ in range(60)}:
        assert any(name.lower() in sentence.lower() for name in kind.names)
        assert place.lower() in sentence.lower()
        if kind.sized:
            assert f"{finding.size_mm} mm" in sentence
        assert "{" not in sentence


def test_every_name_of_a_kind_is_recognised() -> None:
    for kind in KINDS.values():
        for name in kind.names:
            assert {k for k, _ in read_findings(f"There is {name} here.")} == {kind.name}, name


@pytest.mark.parametrize(
    "text",
    ["No kidney stone.", "The kidneys are normal, without kidney stone.", "free of gallstone"],
)
def test_what_a_report_denies_is_left_out(text: str) -> None:
    assert read_findings(text) == set()


def test_a_finding_without_its_place_is_read_with_an_empty_one() -> None:
    assert read_findings("There is a kidney stone.") == {("kidney stone", "")}


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("renal cyst", "a renal cyst"),
        ("adnexal cyst", "an adnexal cyst"),
        ("adrenal mass", "an adrenal mass"),
        ("renal calculus", "a renal calculus"),
        ("dilated renal pelvis", "a dilated renal pelvis"),
        ("hip prosthesis", "a hip prosthesis"),
        ("ascites", "ascites"),
        ("liver metastases", "liver metastases"),
    ],
)
def test_articles_fit_their_noun(name: str, phrase: str) -> None:
    assert named("There is a {name}.", name) == f"There is {phrase}."
    assert named("An {name} is seen.", name).lower() == f"{phrase} is seen."


def test_an_article_fits_the_word_that_follows_it() -> None:
    assert named("There is a {size} {name}.", "ovarian cyst") == "There is a {size} ovarian cyst."
    assert named("There is a {size} {name}.", "free air") == "There is {size} free air."


def test_lists_are_joined_as_in_speech() -> None:
    assert (joined([]), joined(["a"]), joined(["a", "b"])) == ("", "a", "a and b")
    assert joined(["a", "b", "c"]) == "a, b and c"
