"""The lexicon: enough names, no name twice, and no split says what another one says."""

from collections import Counter
from itertools import combinations

import pytest

from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import organs_of
from med3dvlm.phantoms.vocabulary.lexicon import (
    OTHER_REGISTERS,
    SPLITS,
    Names,
    Term,
    Words,
    read_term,
    terms_of,
)
from med3dvlm.phantoms.vocabulary.names.all import (
    ELSEWHERE_FINDINGS,
    ELSEWHERE_ORGANS,
    KIND_NAMES,
    ORGAN_NAMES,
    UNTAUGHT_FINDINGS,
    UNTAUGHT_ORGANS,
    VALUE_NAMES,
)

MOST_ALIKE = 0.85


def pieces(text: str) -> set[str]:
    """Letters in threes, so that a plural and its singular are alike."""
    padded = f"  {text.lower()} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_twelve_other_names_and_every_register_in_every_split(kind: str) -> None:
    others = [term for term in KIND_NAMES[kind].terms if term.register != "own"]
    assert len(others) >= 12
    held = Counter((term.register, term.split) for term in others)
    assert all(held[register, split] for register in OTHER_REGISTERS for split in SPLITS)


def test_no_name_stands_for_two_things_or_in_two_splits() -> None:
    every = {**KIND_NAMES, "other finding": UNTAUGHT_FINDINGS, "elsewhere": ELSEWHERE_FINDINGS}
    texts = Counter(term.text.lower() for names in every.values() for term in names.terms)
    assert [text for text, count in texts.items() if count > 1] == []


def test_a_test_name_is_not_a_training_name_with_another_ending() -> None:
    close = []
    for names in KIND_NAMES.values():
        for one, other in combinations(names.terms, 2):
            if one.split != other.split and "abbreviation" not in (one.register, other.register):
                a, b = pieces(one.text), pieces(other.text)
                if len(a & b) / len(a | b) > MOST_ALIKE:
                    close.append((one.text, other.text))
    assert close == []


def test_every_organ_that_a_scan_shows_has_names_in_every_split() -> None:
    shown = {o for region in ("chest", "abdomen", "pelvis") for o in organs_of(region)}
    assert set(ORGAN_NAMES) == shown
    for names in [*ORGAN_NAMES.values(), *VALUE_NAMES.values()]:
        assert {term.split for term in names.terms} == set(SPLITS)


def test_what_is_untaught_is_none_of_what_is_taught() -> None:
    taught = {term.text.lower() for names in KIND_NAMES.values() for term in names.terms}
    taught |= {term.text.lower() for names in ORGAN_NAMES.values() for term in names.terms}
    for names in (UNTAUGHT_FINDINGS, ELSEWHERE_FINDINGS, UNTAUGHT_ORGANS, ELSEWHERE_ORGANS):
        assert not taught & {term.text.lower() for term in names.terms}
        assert {term.split for term in names.terms} == set(SPLITS)


@pytest.mark.parametrize(
    ("written", "with_article", "plural"),
    [
        ("a spot on the lung", "a spot on the lung", "spots on the lung"),
        ("many gallstones", "gallstones", "gallstones"),
        ("fluid in the belly", "fluid in the belly", "fluid in the belly"),
        ("a renal calculus", "a renal calculus", "renal calculi"),
        ("a infected lung", "an infected lung", "infected lungs"),
        ("a deformity of the spine", "a deformity of the spine", "deformities of the spine"),
    ],
)
def test_articles_and_plurals(written: str, with_article: str, plural: str) -> None:
    term = read_term(written, "lay", "test")
    assert (term.with_article, term.plural) == (with_article, plural)


def test_an_abbreviation_takes_the_article_of_its_sound() -> None:
    assert Term("SBO", "one", "abbreviation", "test").with_article == "an SBO"
    assert Term("PTX", "one", "abbreviation", "test").with_article == "a PTX"


def test_own_names_belong_to_every_split_and_others_to_theirs() -> None:
    names = Names(own=("a stone",), lay=Words(training="a pebble", test="a rock / grit"))
    assert [term.text for term in terms_of(names, split="test")] == ["stone", "rock", "grit"]
    assert [term.text for term in terms_of(names, registers=("lay",), split="training")] == [
        "pebble"
    ]
    assert terms_of(names, registers=("lay",), split="validation") == ()
