"""What a search found, in words and as cards: how well it fits, what matched, and what to look at.

cards = hit_cards(Search(vector, hits, sought, least=0.41), open_scan)
panel.open_on(tab.hits.select, key_of_hit)      # opens it at what was searched for
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from med3dvlm.engine.estimates import Ranking
from med3dvlm.engine.search import PairProbability, Wish
from med3dvlm.engine.search_terms import (
    NO_MATCH,
    NOTHING_SOUGHT,
    Match,
    Sought,
    match_of,
)
from med3dvlm.engine.starter_library import seed_of
from med3dvlm.errors import PromptError
from med3dvlm.retrieval import Entry, Hit
from med3dvlm.retrieval.entry import Glance
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.notice import NOTHING, told, warning
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.examples import AT_FINDING
from med3dvlm.ui.scan.real_examples import PREFIX

NO_VOLUME = "There is no such volume."
IN_LIBRARY = "entry:"  # begins the key of a volume that neither a seed nor a card names
NOTHING_FITS = "Nothing fits well."
BELOW = (
    "The best similarity is {best:.2f}; hits that fit well reach {least:.2f}. "
    "The nearest are shown all the same."
)
SOME_FIT = "{count} of them fit well: they reach {least:.2f}, or are known to be what is sought."
RANKED = (
    "In the order of similarity and of what the model estimated of each volume when it was added: "
    "{sought}. An estimate can be wrong."
)
ESTIMATE = "estimated: {told}, "
NAMES_NOTHING = (
    "The text names no finding, organ, region, plane or contrast phase that is known here. "
    "The hits are ordered by similarity alone, and what matched can't be said."
)
KNOWN = "Known to show {sought}: {count} of {shown}."


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The last search of a visitor.

    Attributes:
        vector: its unit vector.
        hits: what it found, best first.
        sought: what its text names; None for a search by scan.
        least: similarity from which on a hit fits; None if that is unknown.
        alike: titles of what is as good as the same volume as a hit, by the hit's id.
        probability: by which a similarity becomes the probability that text and volume belong
            together; None for a search by scan.
        where: conditions that the hits meet.
        itself: whether the open scan is left out.
        said: the sentence about the hits, without their number.
        by_text: whether the scores are those of the volumes' texts.
        text: what is to be there, in the model's own words; empty for a search by scan.
        place: name of the library that was searched; None for the app's own.
        library: what was searched.
        ranking: by which estimates the hits are ordered, too; None if by none.
    """

    vector: NDArray[np.float32]
    hits: tuple[Hit, ...]
    sought: Sought | None = None
    least: float | None = None
    alike: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    probability: PairProbability | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    itself: bool = False
    said: str = ""
    by_text: bool = False
    text: str = ""
    place: str | None = None
    library: VectorReader | None = None
    ranking: Ranking | None = None

    @property
    def searched(self) -> VectorReader:
        """What was searched, of a search that was made in the page."""
        assert self.library is not None
        return self.library

    def match(self, hit: Hit) -> Match:
        """What of the text is known of a hit."""
        return NO_MATCH if self.sought is None else match_of(self.sought, hit.entry)

    def fits(self, hit: Hit) -> bool:
        """Whether a hit is similar enough, or known to be what was searched for."""
        return self.least is None or hit.score >= self.least or self.match(hit).whole

    def estimate(self, hit: Hit) -> str:
        """What the model estimated of what was searched for; empty if nothing."""
        return self.ranking.told(hit.entry) if self.ranking else ""


def words_of(asked: Wish, own: Wish) -> str:
    """What was searched for, and the model's own words for it where they are others."""
    parts = [f"\u201c{asked.text}\u201d"] if asked.text else []
    if own.text != asked.text:
        parts.append(f"(searched for: \u201c{own.text}\u201d)")
    if asked.scan is not None:
        parts.append("and the open scan" if parts else "the open scan")
    if asked.without:
        parts.append(f"without \u201c{asked.without}\u201d")
    if own.without != asked.without:
        parts.append(f"(in its words: \u201c{own.without}\u201d)")
    return " ".join(parts)


def said_of(search: Search) -> str:
    """How well the hits fit, and how many are known to show what was searched for; as HTML."""
    if not search.hits:
        return NOTHING
    fitting, said = sum(map(search.fits, search.hits)), NOTHING
    if search.least is not None and not fitting:
        best = max(hit.score for hit in search.hits)
        said += warning(NOTHING_FITS, BELOW.format(best=best, least=search.least))
    elif search.least is not None and fitting < len(search.hits):
        said += told(SOME_FIT.format(count=fitting, least=search.least))
    if search.ranking and any(map(search.estimate, search.hits)):
        said += told(RANKED.format(sought=search.ranking.words))
    if search.sought == NOTHING_SOUGHT:
        said += told(NAMES_NOTHING)
    elif search.sought is not None:
        whole = sum(search.match(hit).whole for hit in search.hits)
        said += told(KNOWN.format(sought=search.sought.words, count=whole, shown=len(search.hits)))
    return said


def hit_cards(search: Search, scan: Scan | None = None) -> list[Card]:
    """Rank, score, picture, report and what matched of each hit; the one that is open is marked."""
    return [
        _card(rank, hit, search.match(hit), search=search, scan=scan)
        for rank, hit in enumerate(search.hits, start=1)
    ]


def _card(rank: int, hit: Hit, match: Match, *, search: Search, scan: Scan | None) -> Card:
    entry = hit.entry
    kind, place = match.finding or ("", "")
    poor = "" if search.fits(hit) else "poor fit, "
    return Card(
        key=key_of_entry(entry, search.place, kind=kind, at=place),
        title=entry.title + _folded(hit, search),
        text=entry.text,
        picture=entry.thumbnail,
        note=f"{rank}.  {_estimate(hit, search)}{_pair(hit, search)}{poor}"
        f"similarity {hit.score:.2f}",
        share=max(hit.score, 0.0),
        fits="; ".join(match.fits),
        differs="; ".join(match.differs),
        current=scan is not None and is_open(entry, scan),
    )


def volume_card(entry: Entry, place: str | None = None) -> Card:
    """A volume that is listed without having been searched for."""
    return Card(
        key=key_of_entry(entry, place), title=entry.title, text=entry.text,
        picture=entry.thumbnail,
    )  # fmt: skip


def key_of_entry(
    entry: Entry | Glance, place: str | None, *, kind: str = "", at: str = ""
) -> str:  # fmt: skip
    """What opens a volume: a seed or a card, or else its number and the name of its library.

    Args:
        entry: the volume.
        place: name of the library; None for the app's own.
        kind: finding to look at.
        at: where that is.
    """
    if seed_of(entry.source) is not None:
        return AT_FINDING.join((entry.source, kind, at)) if kind else entry.source
    if entry.source.startswith(PREFIX):
        return entry.source
    return f"{IN_LIBRARY}{entry.id}:{place or ''}"


def _pair(hit: Hit, search: Search) -> str:
    """The probability that text and volume belong together, where there is a text."""
    if search.probability is None:
        return ""
    return f"{100 * search.probability.of(hit.score):.1f} % a pair, "


def _estimate(hit: Hit, search: Search) -> str:
    """What put the hit where it is, besides its similarity."""
    said = search.estimate(hit)
    return ESTIMATE.format(told=said) if said else ""


def _folded(hit: Hit, search: Search) -> str:
    """How many volumes are as good as this one."""
    alike = search.alike.get(hit.entry.id, ())
    return f" (and {len(alike)} alike)" if alike else ""


def is_open(entry: Entry, scan: Scan) -> bool:
    """Whether a volume of the library is the open scan."""
    same = entry.digest == scan.volume.digest
    return same or (scan.seed is not None and seed_of(entry.source) == scan.seed)


def key_of_hit(event: gr.SelectData) -> str:
    """What opens the volume that was clicked, at the finding that was searched for or its first.

    Raises:
        PromptError: it is not what `key_of_entry` gives.
    """
    key = str(event.index)
    if key.startswith((IN_LIBRARY, PREFIX)):
        return key
    source, _, finding = key.partition(AT_FINDING)
    seed = seed_of(source)
    if seed is None:
        raise PromptError(NO_VOLUME)
    return f"{seed}{AT_FINDING}{finding}"
