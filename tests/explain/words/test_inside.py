"""Words of an answer: how tokens make them, and when the layers have settled."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.explain.words.answer_probe import AnswerProbe
from med3dvlm.explain.words.inside import (
    Word,
    look_inside,
    with_alternatives,
    word_rows,
    words_of,
)
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.phantoms.case import make_case


def word(*layers: str) -> Word:
    return Word(
        text="cyst", tokens=(0,), probability=0.9, low_only=0.2, high_only=0.4,
        layers=tuple((text, 0.5) for text in layers), alternatives=((" stone", 0.1),),
    )  # fmt: skip


def test_tokens_without_a_space_belong_to_the_word_before() -> None:
    assert words_of(["Ch", "est", " CT", ".", ""]) == [(0, 1), (2, 3)]
    assert words_of(["", " a", " ", "b"]) == [(1,), (3,)]
    assert words_of([]) == []


def test_a_word_is_settled_from_where_no_layer_says_otherwise() -> None:
    assert word("a", "b", "c", "c").settled == 3
    assert word("c", "b", "c").settled == 3
    assert word("c", "c").settled == 1


def test_a_word_has_the_alternatives_of_the_piece_it_begins_in() -> None:
    words = [replace(word("a"), text=text) for text in ("Chest", "CT.")]
    spoken = [("Ch", [("Ab", 0.1)]), ("est", [("x", 0.2)]), (" CT", [("MR", 0.3)]), (".", [])]
    first, second = with_alternatives(words, spoken)
    assert first.alternatives == (("Ab", 0.1),)
    assert second.alternatives == (("MR", 0.3),)
    assert with_alternatives(words, [])[0].alternatives == ()


def test_rows_have_a_column_for_each_layer() -> None:
    (row,) = word_rows([word("a", "b")])
    assert row["low_only"] == 0.2
    assert row["alternative_1"] == "stone"
    assert row["layer_2"] == "b"


def test_the_probability_of_a_word_is_that_of_its_tokens(random_model: Path) -> None:
    vlm = load_vlm(random_model / "vlm")
    seen = vlm.input.prepare(make_case(5, shape=(16, 32, 32)).volume)
    probe = AnswerProbe(vlm, "Where is the cyst?", "left kidney")
    words = look_inside(probe, seen)
    assert [one.text for one in words] == ["left", "kidney"]
    shares = probe.ablated(seen)
    for one in words:
        places = list(one.tokens)
        assert one.probability == pytest.approx(float(np.prod(shares["both"][places])))
        assert one.high_only == pytest.approx(float(np.prod(shares["high only"][places])))
    low, _ = probe.sources(seen, *words[0].tokens)
    parts = [probe.sources(seen, token)[0].values for token in words[0].tokens]
    np.testing.assert_allclose(low.values, sum(parts), atol=1e-5)
    assert low.legend == "speaks for: left"
