"""What a search says becomes the model's own words, each part that it understands by itself."""

from collections.abc import Mapping

import pytest

from med3dvlm.engine.understanding.lexicon import Found, Lexicon
from med3dvlm.engine.understanding.search_words import in_own_words

LEXICON = Lexicon()
DESCRIBED = {
    "pee pebble": "kidney stone", "left pee pebble": "kidney stone",
    "wet belly": "ascites", "pee pebble on a coronal scan": "kidney stone",
    "lump low down in the right lower lobe": "lung nodule",
    "pee pebble and wet belly": "ascites",
}  # fmt: skip


class Described:
    """Knows the real names, and some descriptions."""

    def __init__(self, described: Mapping[str, str]) -> None:
        self._described = described

    def names(self, text: str) -> list[Found]:
        return LEXICON.find(text)

    def described(self, text: str) -> str:
        return self._described.get(text, "")


@pytest.mark.parametrize(
    ("typed", "own"),
    [
        ("pee pebble", "kidney stone"),
        ("left pee pebble", "left kidney stone"),
        ("pee pebble on a coronal scan", "kidney stone, coronal"),
        ("lump low down in the right lower lobe", "lung nodule in the right lower lobe"),
        ("hello", "hello"),
        ("coronal CT with a broken back", "coronal CT with a vertebral fracture"),
    ],
)
def test_a_description_keeps_its_side_its_place_and_its_plane(typed: str, own: str) -> None:
    assert in_own_words(typed, Described(DESCRIBED)) == own


@pytest.mark.parametrize(
    ("typed", "own"),
    [
        ("pee pebble and wet belly", "kidney stone and ascites"),
        ("pee pebble without wet belly", "kidney stone without ascites"),
        ("pee pebble, no wet belly", "kidney stone, no ascites"),
        ("no wet belly", "no ascites"),
        ("hello, no wet belly", "hello, no ascites"),
    ],
)
def test_two_findings_and_what_is_denied_stay_apart(typed: str, own: str) -> None:
    """Of two descriptions one was lost, and "without" stood before what was to be there."""
    assert in_own_words(typed, Described(DESCRIBED)) == own


def test_parts_that_are_no_findings_are_read_together() -> None:
    both = {"fluid and then some": "ascites", "fluid": "ascites"}
    assert in_own_words("fluid and then some", Described(both)) == "ascites"
