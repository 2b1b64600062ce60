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


def test_stones_fractures_and_aneurysms_are_known_where_little_else_is_said() -> None:
    """ "Is anything broken?" listed nodules, "how many stones" was not taught."""
    for text, kinds in {
        "how many stones?": ["kidney stone"], "is anything broken": ["vertebral fracture"],
        "Aneurysm?": ["abdominal aortic aneurysm"],
        "effusion, nodule, fracture?": ["pleural effusion", "lung nodule", "vertebral fracture"],
        "is my heart broken": [], "a stone fell on my foot": [], "fracture of the jaw": [],
    }.items():  # fmt: skip
        found = with_general(text, LEXICON.find(text))
        assert [one.name for one in found if one.sort == "kind"] == kinds
    (stone,) = with_general("any stones", ())
    assert stone.others == ("gallstone", "bladder stone")
