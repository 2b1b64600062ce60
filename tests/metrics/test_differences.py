from hypothesis import given
from hypothesis import strategies as st

from med3dvlm.metrics.differences import Passage, differences

WORDS = st.lists(st.sampled_from(["a", "cyst", "stone,", "Left", "left", "."]), max_size=12)


def test_what_differs_is_marked_by_who_says_it() -> None:
    assert differences("A large cyst.", "a cyst, right") == [
        Passage("same", "A"),
        Passage("only first", "large"),
        Passage("same", "cyst."),
        Passage("only second", "right"),
    ]


def test_nothing_differs_from_itself() -> None:
    assert differences("A cyst.", "a cyst") == [Passage("same", "A cyst.")]
    assert differences("", "") == []


@given(WORDS, WORDS)
def test_both_texts_can_be_put_together_again(first: list[str], second: list[str]) -> None:
    found = differences(" ".join(first), " ".join(second))
    own = " ".join(text for kind, text in found if kind != "only second")
    assert own.split() == first
    count = sum(len(text.split()) for kind, text in found if kind != "only first")
    assert count == len(second)
