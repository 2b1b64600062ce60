"""The lexicon: enough names, no name twice, and no split says what another one says."""

import tomllib
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import organs_of
from med3dvlm.phantoms.vocabulary.lexicon import (
    OTHER_REGISTERS,
    SPLITS,
    TRAINING_WORDS,
    Names,
    Term,
    Words,
    read_term,
    terms_of,
    with_training,
)
from med3dvlm.phantoms.vocabulary.names.all import (
    KIND_NAMES,
    ORGAN_NAMES,
    UNTAUGHT_NAMES,
    VALUE_NAMES,
)

ROOT = Path(__file__).resolve().parents[3]
MOST_ALIKE = 0.85
# How many training names other than its own a thing has at least, by the file that they are in.
FEWEST = {"abdomen": 60, "chest": 60, "kidneys": 60, "pelvis": 60, "organs": 25, "settings": 20,
          "untaught": 60}  # fmt: skip


def pieces(text: str) -> set[str]:
    """Letters in threes, so that a plural and its singular are alike."""
    padded = f"  {text.lower()} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def training_words(file: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((TRAINING_WORDS / f"{file}.toml").read_text())


@pytest.mark.parametrize("file", FEWEST)
def test_many_training_names_for_everything(file: str) -> None:
    for thing, words in training_words(file).items():
        terms = [term for text in words.values() for term in Words(training=text).of("training")]
        assert len(terms) >= FEWEST[file], thing


def test_every_file_of_training_words_is_read_and_packaged() -> None:
    files = {path.stem for path in TRAINING_WORDS.iterdir()}
    assert files == set(FEWEST)
    things = [thing for file in files for thing in training_words(file)]
    named = [*KIND_NAMES, *ORGAN_NAMES, *VALUE_NAMES, *UNTAUGHT_NAMES]
    assert sorted(things) == sorted(named)
    for file in files:
        for words in training_words(file).values():
            assert set(words) <= set(OTHER_REGISTERS)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packaged = project["tool"]["setuptools"]["package-data"]["med3dvlm"]
    patterns = [ROOT / "med3dvlm" / pattern for pattern in packaged]
    (words,) = [pattern for pattern in patterns if pattern.parent == TRAINING_WORDS]
    assert {path.stem for path in TRAINING_WORDS.glob(words.name)} == files


def test_training_words_join_those_held_out() -> None:
    held_out = {"gallstone": Names(lay=Words(test="a sample word"))}
    names = with_training(held_out, file="abdomen")["gallstone"]
    assert [term.text for term in terms_of(names, split="test")] == ["sample word"]
    assert "pebble in the gallbladder" in {term.text for term in terms_of(names, split="training")}
    assert {term.register for term in names.terms if term.split == "training"} == set(
        OTHER_REGISTERS
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_twelve_other_names_and_every_register_in_every_split(kind: str) -> None:
    others = [term for term in KIND_NAMES[kind].terms if term.register != "own"]
    assert len(others) >= 12
    held = Counter((term.register, term.split) for term in others)
    assert all(held[register, split] for register in OTHER_REGISTERS for split in SPLITS)


@pytest.mark.parametrize(
    "every",
    [
        KIND_NAMES | {thing: UNTAUGHT_NAMES[thing] for thing in ("finding", "finding elsewhere")},
        ORGAN_NAMES | {thing: UNTAUGHT_NAMES[thing] for thing in ("organ", "organ elsewhere")},
        VALUE_NAMES,
    ],
    ids=["findings", "organs", "values"],
)
def test_no_name_stands_for_two_things_or_in_two_splits(every: dict[str, Names]) -> None:
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
    for names in UNTAUGHT_NAMES.values():
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
        ("a urinary stone", "a urinary stone", "urinary stones"),
        ("a umbilical hernia", "an umbilical hernia", "umbilical hernias"),
        ("a metastasis in the lung", "a metastasis in the lung", "metastases in the lung"),
        ("a lung squeezed by fluid", "a lung squeezed by fluid", "lungs squeezed by fluid"),
        ("a gut that is blocked", "a gut that is blocked", "guts that are blocked"),
        ("a spleen that has grown", "a spleen that has grown", "spleens that have grown"),
        ("a deformity of the spine", "a deformity of the spine", "deformities of the spine"),
    ],
)
def test_articles_and_plurals(written: str, with_article: str, plural: str) -> None:
    term = read_term(written, "lay", "test")
    assert (term.with_article, term.plural) == (with_article, plural)


def test_an_abbreviation_takes_the_article_of_its_sound() -> None:
    assert Term("SBO", "one", "abbreviation", "test").with_article == "an SBO"
    assert Term("PTX", "one", "abbreviation", "test").with_article == "a PTX"
    assert Term("UTI", "one", "abbreviation", "test").with_article == "a UTI"


def test_own_names_belong_to_every_split_and_others_to_theirs() -> None:
    names = Names(own=("a stone",), lay=Words(training="a pebble", test="a rock / grit"))
    assert [term.text for term in terms_of(names, split="test")] == ["stone", "rock", "grit"]
    assert [term.text for term in terms_of(names, registers=("lay",), split="training")] == [
        "pebble"
    ]
    assert terms_of(names, registers=("lay",), split="validation") == ()
