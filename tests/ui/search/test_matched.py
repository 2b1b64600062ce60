"""Where hits matched the text: colours on their pictures, drawn on demand."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from med3dvlm.errors import PromptError
from med3dvlm.retrieval import Entry, Hit
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.search.hits import Search
from med3dvlm.ui.search.matched import TASK, Drawn
from med3dvlm.ui.search.tab import SearchTab

After = Callable[..., dict[Any, Any]]


def found(tab: SearchTab, after: After) -> Search:
    """Two hits: a phantom, and a volume of which there is no file."""
    search = after(tab.find_text("kidney stone"))[tab.plots.search]
    unknown = Hit(Entry(title="No file", text="", digest="none", id=10**6), 0.1)
    return replace(search, hits=(search.hits[0], unknown))


def test_the_pictures_of_hits_show_what_matched(
    search: SearchTab, scan: Scan, visitor: Any, after: After
) -> None:
    made = found(search, after)
    assert made.text == "kidney stone"
    matched = search.matched
    held = after(matched.draw(made, scan, None, None, visitor))
    picture, plain = (card.picture for card in held[search.hits])
    assert picture != made.hits[0].entry.thumbnail
    assert plain == b""
    assert np.ptp(np.asarray(Image.open(io.BytesIO(picture))).astype(int), axis=2).max() > 40
    assert "colours of 1 show what matched" in held[matched.said]
    assert "1 can&#x27;t be opened here" in held[matched.said]
    assert "add up exactly" in held[matched.said]
    drawn = held[matched.drawn]
    marked = search.mark_open(scan, made, drawn)[search.hits]
    assert marked[0].picture == picture
    other = replace(made, said="another")
    assert search.mark_open(scan, other, drawn)[search.hits][0].picture != picture


def test_another_search_ends_the_drawing(
    search: SearchTab, scan: Scan, visitor: Any, after: After
) -> None:
    made, matched = found(search, after), search.matched
    steps = matched.draw(made, scan, None, None, visitor)
    next(steps)
    shown = matched.give_up(made, visitor)
    assert shown[matched.button].visible
    assert not any(search.hits in update for update in steps)
    assert matched.switches.current(visitor, TASK) is None
    assert not matched.give_up(None, visitor)[matched.button].visible


def test_a_search_by_a_scan_alone_has_no_text_to_match(
    search: SearchTab, scan: Scan, encoded: Encoded, visitor: Any, after: After
) -> None:
    made = after(search.find_alike(scan, encoded))[search.plots.search]
    for one in (made, None):
        with pytest.raises(PromptError, match="Search by a text"):
            next(search.matched.draw(one, scan, None, None, visitor))
    assert Drawn().cards(made, scan)
