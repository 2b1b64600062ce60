"""Known names are found in a text, the longest first."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from med3dvlm.engine.understanding import lexicon as lexicon_module
from med3dvlm.engine.understanding.lexicon import Lexicon, whole_lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


@pytest.mark.parametrize(
    ("text", "sort", "name"),
    [
        ("Any KIDNEY STONES?", "kind", "kidney stone"),
        ("is there a liver-cyst", "kind", "liver cyst"),
        ("water around the lung!", "kind", "pleural effusion"),
        ("AAA", "kind", "abdominal aortic aneurysm"),
        ("check my liver", "organ", "liver"),
        ("a broken rib", "untaught", ""),
    ],
)
def test_a_name_is_found_however_it_is_typed(
    lexicon: Lexicon, text: str, sort: str, name: str
) -> None:
    (found,) = lexicon.find(text)
    assert (found.sort, found.name) == (sort, name)


def test_the_place_of_a_name_is_that_in_the_text(lexicon: Lexicon) -> None:
    text = "Do you see a gall stone on the left?"
    found = [one for one in lexicon.find(text) if one.sort == "kind"]
    assert [text[one.start : one.end] for one in found] in ([], ["gall stone"])


def test_short_abbreviations_are_other_words_in_small_letters(lexicon: Lexicon) -> None:
    assert not [one for one in lexicon.find("put on a cap please") if one.sort == "kind"]


def test_a_measurement_leaves_out_the_names_it_asks_in() -> None:
    """Otherwise it would measure the list, and not what was learned."""
    text = "a broken nose"
    assert Lexicon().find(text)
    assert not Lexicon(("training",)).find(text)


def test_many_who_ask_at_once_get_one_lexicon_that_is_made_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each made its own: forty searches at a server's start were so many seconds of Python."""
    made: list[int] = []

    def slow() -> Lexicon:
        made.append(1)
        time.sleep(0.05)
        return Lexicon(("training",))

    monkeypatch.setattr(lexicon_module, "Lexicon", slow)
    lexicon_module._made.cache_clear()
    try:
        with ThreadPoolExecutor(8) as pool:
            got = set(pool.map(lambda _: whole_lexicon(), range(8)))
    finally:
        lexicon_module._made.cache_clear()
    assert len(made) == len(got) == 1
