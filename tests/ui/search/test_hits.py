"""What a search found, in words and as cards."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from med3dvlm.engine.estimates import Ranking, with_estimates
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.retrieval import Entry, Hit
from med3dvlm.ui.search.hits import Search, hit_cards, key_of_hit, said_of

STONE = Entry(
    title="Case 7", text="A stone. There is a kidney stone in the left kidney.", digest="d",
    source="phantom:7", thumbnail=b"\x89PNG\r\n\x1a\n", facts={"plane": "coronal"},
)  # fmt: skip
NONE = Entry(title="Case 8", text="The kidneys appear normal.", digest="e", source="phantom:8")


def found(*hits: tuple[Entry, float], text: str = "", least: float | None = None) -> Search:
    made = tuple(Hit(entry, score) for entry, score in hits)
    return Search(np.zeros(2, np.float32), made, sought_in(text), least)


def test_a_card_shows_all_of_its_hit() -> None:
    [card] = hit_cards(found((STONE, 0.456)))
    assert (card.key, card.title, card.text) == ("phantom:7", STONE.title, STONE.text)
    assert (card.picture, card.note) == (STONE.thumbnail, "1.  similarity 0.46")
    assert (card.share, card.fits, card.differs, card.current) == (0.456, "", "", False)


def test_a_score_below_zero_has_an_empty_bar() -> None:
    [card] = hit_cards(found((NONE, float(np.float32(-0.2)))))
    assert card.share == 0
    assert card.note.endswith("-0.20")


def test_a_card_says_what_matched_and_opens_there(clicked: Any) -> None:
    one, two = hit_cards(found((STONE, 0.4), (NONE, 0.1), text="left kidney stone, axial"))
    assert (one.fits, one.differs) == ("kidney stone, left kidney", "not axial")
    assert (two.fits, two.differs) == ("", "no kidney stone")
    assert key_of_hit(clicked(one.key)) == "7|kidney stone|left kidney"
    assert key_of_hit(clicked(two.key)) == "8|"


@pytest.mark.parametrize(
    ("least", "warned", "counted"),
    [(None, False, False), (0.05, False, False), (0.2, False, True), (0.5, True, False)],
)
def test_the_fitted_score_tells_how_many_fit(
    least: float | None, warned: bool, counted: bool
) -> None:
    said = said_of(found((STONE, 0.4), (NONE, 0.1), least=least))
    assert ("Nothing fits well" in said) == warned
    assert ("1 of them fit well: they reach 0.20" in said) == counted


def test_what_is_known_to_be_sought_fits_however_low_its_score() -> None:
    """ "Nothing fits well" stood above a stone that was searched for."""
    search = found((STONE, 0.3), (NONE, 0.2), text="kidney stones", least=0.5)
    assert "Nothing fits" not in said_of(search)
    assert ["poor fit" in card.note for card in hit_cards(search)] == [False, True]


def test_a_text_that_names_nothing_known_is_told() -> None:
    """Letters without sense had hits of a high score, and no word that they had no sense."""
    assert "names no finding" in said_of(found((STONE, 0.9), text="asdf", least=0.5))
    assert "names no finding" not in said_of(found((STONE, 0.9), text="ascites"))
    alike = Search(np.zeros(2, np.float32), (Hit(STONE, 0.9),))
    assert "names no finding" not in said_of(alike)


def test_known_facts_are_counted() -> None:
    said = said_of(found((STONE, 0.4), (NONE, 0.1), text="kidney stones"))
    assert "Known to show kidney stone: 1 of 2." in said
    assert "Known" not in said_of(found((STONE, 0.4), text="something odd"))


def test_what_was_estimated_of_a_hit_stands_on_its_card() -> None:
    """A hit that its estimate lifted over a more similar one would look out of place."""
    ranking = Ranking(kinds=("kidney stone",), share=0.1)
    one = with_estimates(STONE, {"kidney stone": 0.97, "ascites": 0.5})
    search = replace(
        found((one, 0.3), (NONE, 0.4), text="kidney stone", least=0.6), ranking=ranking
    )
    first, second = hit_cards(search)
    assert first.note == "1.  estimated: kidney stone 97 %, similarity 0.30"
    assert second.note == "2.  poor fit, similarity 0.40"
    assert "what the model estimated of each volume when it was added: kidney stone." in said_of(
        search
    )
    plain = found((NONE, 0.4), (STONE, 0.3), text="kidney stone")
    assert "estimated" not in said_of(replace(plain, ranking=ranking))
    best = replace(found((NONE, 0.1), (NONE, 0.4), least=0.6), ranking=ranking)
    assert "The best similarity is 0.40" in said_of(best)


def test_where_nothing_was_found_nothing_is_said_of_it() -> None:
    assert said_of(found(least=0.4)) == ""
