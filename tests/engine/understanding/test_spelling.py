"""Misspelt names are put right, and everything else stays as it is."""

import pytest

from med3dvlm.engine.understanding.lexicon import Lexicon
from med3dvlm.engine.understanding.spelling import Spelling, distance

SPELLING = Spelling(Lexicon().terms, common={"ladder", "wrist"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kidney stoen", "kidney stone"),
        ("hidronephrosis?", "hydronephrosis?"),
        ("an abdominall anuerysm", "an abdominal aneurysm"),
        ("sbo", "SBO"),
        ("plural infusion?", "pleural effusion?"),
        ("bowl obstruction", "bowel obstruction"),
        ("a liver sister", "a liver cyst"),
        ("ENLARGD SPLEEN HERE", "enlarged SPLEEN HERE"),
    ],
)
def test_a_misspelt_name_is_put_right(typed: str, meant: str) -> None:
    assert SPELLING.corrected(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "a broken wrist",
        "plural",
        "an infusion",
        "my sister",
        "the ladder",
        "a zorblax",
        "thx",
        "QXNR",
        "u",
    ],
)
def test_other_words_stay(typed: str) -> None:
    assert SPELLING.corrected(typed) == typed


def test_the_distance_counts_swapped_letters_once() -> None:
    assert distance("stoen", "stone") == 1
    assert distance("kidny", "kidney") == 1
    assert distance("", "abc") == 3
