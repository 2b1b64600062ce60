"""A message falls into its questions."""

import pytest

from med3dvlm.engine.understanding.lexicon import Lexicon
from med3dvlm.engine.understanding.parts import clauses, lined_up

LEXICON = Lexicon()


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Any gallstones? Also, is the liver normal?", ["Any gallstones?", "is the liver normal?"]),
        ("Is there ascites and how old is she", ["Is there ascites", "how old is she"]),
        ("My back hurts. Is my spine ok?", ["Is my spine ok?"]),
        ("I don't see free air, do you?", ["I don't see free air, do you?"]),
        ("hello there", []),
    ],
)
def test_questions_stand_one_after_the_other(message: str, questions: list[str]) -> None:
    assert clauses(message) == questions


@pytest.mark.parametrize(
    ("question", "each"),
    [
        ("ascites and splenomegaly?", ["ascites?", "splenomegaly?"]),
        ("Is there no gallstone or free air?", ["Is there no gallstone?", "Is there no free air?"]),
        ("Check the liver and spleen", ["Check the liver", "Check the spleen"]),
        ("kidney or bladder stones?", ["kidney stones?", "bladder stones?"]),
        ("Is there a gallstone in the left lobe?", []),
        ("Is the liver ok?", []),
    ],
)  # fmt: skip
def test_things_that_share_a_sentence_get_one_each(question: str, each: list[str]) -> None:
    assert lined_up(question, LEXICON.find) == each
