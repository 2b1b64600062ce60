"""Hurried typing: recognisable, and only in training."""

import numpy as np

from med3dvlm.phantoms.vocabulary.disguise import disguised
from med3dvlm.phantoms.vocabulary.hurry import chatty, hurried, joined, mistyped

ASKED = "Can you tell me if there's a gallstone, please?"


def test_chat_spelling_shortens_common_words_only() -> None:
    rng = np.random.default_rng(0)
    made = {chatty(rng, ASKED) for _ in range(100)}
    assert "Can u tell me if there's a gallstone, pls?" in made
    assert all("tell me if" in text and "gallstone" in text for text in made)


def test_a_space_is_left_out_between_words() -> None:
    rng = np.random.default_rng(1)
    assert {joined(rng, "any stones?") for _ in range(5)} == {"anystones?"}
    assert joined(rng, "stones?") == "stones?"


def test_one_letter_is_mistyped_but_never_the_first_two() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        made = mistyped(rng, "gallstone")
        assert made.startswith("ga")
        assert abs(len(made) - len("gallstone")) <= 1
    assert mistyped(rng, "CT?") == "CT?"


def test_most_hurried_questions_can_still_be_read() -> None:
    rng = np.random.default_rng(3)
    made = [hurried(rng, ASKED) for _ in range(600)]
    assert sum("gallst" in text for text in made) / 600 > 0.9
    assert any("'" not in text for text in made)
    assert any(text.endswith("??") for text in made)
    assert any(text.endswith("eee?") for text in made)
    assert 0.3 < sum(text == ASKED for text in made) / 600 < 0.7


def test_held_out_questions_are_not_hurried() -> None:
    rng = np.random.default_rng(4)
    assert any("??" in disguised(rng, ASKED, split="training") for _ in range(600))
    for split in ("validation", "test"):
        assert not any("??" in disguised(rng, ASKED, split=split) for _ in range(600))
