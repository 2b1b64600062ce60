"""What callers of the endpoints may give, and what they are told of anything else."""

import re
from typing import Any

import pytest

from med3dvlm.engine.decoding import Decoding
from med3dvlm.errors import Med3DVLMError, PromptError
from med3dvlm.ui.api_values import count_of, decoding_of, search_of, text_of

USUAL = {"temperature": 0.0, "top_p": 1.0, "max_new_tokens": 256, "seed": 0}
NAN, INFINITE, HUGE = float("nan"), float("inf"), 10**400


def test_usual_values_are_taken() -> None:
    assert decoding_of(0.0, 1.0, 256, 0) == Decoding()
    assert decoding_of(1, 0.5, 64.0, 2**62) == Decoding(
        temperature=1.0, top_p=0.5, max_new_tokens=64, seed=2**62
    )
    assert (count_of(1), count_of(50.0)) == (1, 50)
    assert text_of("question", "  Which plane?\n") == "Which plane?"


@pytest.mark.parametrize("name", USUAL)
@pytest.mark.parametrize("value", ["hot", "1", True, None, [1], {"a": 1}, NAN, INFINITE, HUGE])
def test_what_is_no_number_is_named(name: str, value: Any) -> None:
    with pytest.raises(PromptError, match=rf"^{name} is (a number, not|too large)"):
        decoding_of(**USUAL | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -0.1), ("temperature", 101), ("top_p", 0), ("top_p", 1.01),
        ("max_new_tokens", 0), ("max_new_tokens", 513), ("max_new_tokens", 1.5), ("seed", -1),
        ("seed", 0.5),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_told_its_range(name: str, value: float) -> None:
    with pytest.raises(PromptError, match=rf"^{name} .*not {re.escape(str(value))}\.$"):
        decoding_of(**USUAL | {name: value})


@pytest.mark.parametrize("value", [0, 51, -3, 2.5, "ten", None, False, NAN])
def test_a_wrong_count_is_refused(value: Any) -> None:
    with pytest.raises(PromptError, match=r"^count "):
        count_of(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "question is a text, not nothing"), (3, "not a number"), (["a"], "not a list"),
        ("", "is empty"), (" \n", "is empty"), (1001 * "a", "longer than 1000"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused(value: Any, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        text_of("question", value)


def test_a_search_with_conditions() -> None:
    given = search_of("stone", 5, "ascites", {"region": "chest"}, 2)
    assert (given.wish.text, given.wish.without) == ("stone", "ascites")
    assert (given.count, given.where, given.page) == (5, {"region": ["chest"]}, 2)


@pytest.mark.parametrize(
    ("without", "where", "page", "said"),
    [(7, None, 1, "without"), ("", [1], 1, "where is an object"), ("", None, 0, "page goes from 1"),
     ("", {"region": None}, 1, "filter 'region'")],
)  # fmt: skip
def test_a_search_with_wrong_values_is_refused(
    without: object, where: object, page: object, said: str
) -> None:
    with pytest.raises(Med3DVLMError, match=said):
        search_of("stone", 5, without, where, page)
