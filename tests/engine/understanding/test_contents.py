"""What lies in an organ must be something that findings are named with."""

import pytest

from med3dvlm.engine.understanding.contents import Contents, contents
from med3dvlm.engine.understanding.lexicon import Lexicon

LEXICON = Lexicon(("training",))
CONTENTS = Contents(LEXICON.terms)


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("Is there a sandwich in the spleen?", "sandwich"),
        ("a cat sitting on my kidneys", "cat"),
        ("is the lung full of money", "money"),
        ("any finding in the left lung", "finding"),
        ("how is the liver", ""),
        ("nothing in here", ""),
    ],
)
def test_the_thing_is_the_noun_before_the_place(text: str, thing: str) -> None:
    assert contents(text, LEXICON.find(text)) == thing


@pytest.mark.parametrize(
    "text",
    [
        "Is there a sandwich in the spleen?", "gold in the adrenal gland", "pizza in the liver",
        "a cat sitting on the kidneys", "is the lung full of money", "a dog behind the heart",
        "unicorns in the left lung",
        "a microchip in the spine",
    ],
)  # fmt: skip
def test_a_sandwich_is_no_finding(text: str) -> None:
    """ "Is there a sandwich in the spleen?" was answered by whether the spleen is enlarged."""
    assert CONTENTS.foreign(text, LEXICON.find(text))


@pytest.mark.parametrize(
    "text",
    [
        "a lesion in the spleen", "anything in the kidney", "what do you see in the lungs",
        "a lump in the liver", "any changes in the lung", "something sinister in the liver",
        "a swelling in the bladder", "any trouble in the heart", "is the spleen enlarged",
    ],
)  # fmt: skip
def test_what_findings_are_named_with_is_let_through(text: str) -> None:
    assert not CONTENTS.foreign(text, LEXICON.find(text))
