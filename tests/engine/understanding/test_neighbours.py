"""A general word means something else in every place."""

import pytest

from med3dvlm.engine.understanding.lexicon import Lexicon
from med3dvlm.engine.understanding.neighbours import with_general, with_neighbours

LEXICON = Lexicon(("training",))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("calcifications of the bladder", "bladder stone"),
        ("fluid in the shoulder", ""),
        ("a replacement of the hip", "hip prosthesis"),
        ("a cyst in the spleen", ""),
        ("fracture of the hip", ""),
        ("does the spleen have an infarct", ""),
    ],
)
def test_it_is_a_taught_finding_or_an_untaught_one(text: str, kind: str) -> None:
    named = with_neighbours(text, LEXICON.find(text))[-1]
    assert (named.sort, named.name) == ("kind" if kind else "untaught", kind)


def test_without_a_place_beside_a_name_or_of_a_vague_word_nothing_is_added() -> None:
    for text in (
        "is there a stone",
        "a stone somewhere, far away from the liver",
        "a kidney stone",
        "liquid right around the heart",
    ):
        assert with_neighbours(text, LEXICON.find(text)) == LEXICON.find(text)


def test_a_general_word_alone_means_what_is_most_usual() -> None:
    assert [one.name for one in with_general("effusion, nodule", ())] == [
        "pleural effusion", "lung nodule",
    ]  # fmt: skip
    for text in ("a pericardial effusion", "an effusion of the knee"):
        assert with_general(text, LEXICON.find(text)) == LEXICON.find(text)
