"""Topics that were not taught are told by their words; what only sounds like them isn't."""

import pytest

from med3dvlm.engine.understanding.beyond import is_beyond, is_foreign


@pytest.mark.parametrize(
    "text",
    [
        "Is the nodule larger than last year?", "Is the cyst smaller than the stone?",
        "Compared to the prior scan?", "has the spleen grown", "density in HU",
        "what is the differential", "benign or malignant?", "will it heal",
        "BI-RADS category?", "Which follow-up interval?", "hu of the liver", "why not",
        "How do you know?", "write me a letter about the stone", "RECIST sum?",
        "read me the letter from my doctor", "can you explain why fluid is dark", "my blood test?",
        "does the mass invade the vena cava", "normal diameter of the aorta?",
        "a mnemonic for the causes of ascites", "segment the liver please",
        "Can you highlight the stone",
    ],
)  # fmt: skip
def test_what_was_not_taught_gives_itself_away(text: str) -> None:
    assert is_beyond(text)


@pytest.mark.parametrize(
    "text",
    [
        "Any nodule bigger than 6 mm?", "Is the spleen larger than normal?", "Write a report",
        "will you check the liver", "How many nodules do you see?",
        "Is the spleen increased in size?",
    ],
)  # fmt: skip
def test_a_size_or_a_request_is_no_such_topic(text: str) -> None:
    assert not is_beyond(text)


def test_other_languages_are_told_by_their_words_and_letters() -> None:
    assert is_foreign("Gibt es einen Stein?")
    assert is_foreign("\u0435\u0441\u0442\u044c")
    assert not is_foreign("Is there a stone?")
    assert not is_foreign("ok")
