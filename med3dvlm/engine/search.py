"""A search of a library: by a text, a scan, or both, and by what is not to be there.

    wish = Wish(text="right pleural effusion", without="ascites")
    vector = vector_of(wish, embed)
    found = search(library, vector, 12, where={"region": "chest"})
    found[0].hit, found[0].alike            # near-duplicates are folded under the nearest

A `Ranking` orders the nearest by similarity and by what was estimated of them.

A scan and a text together find what is like the scan, but with what the text says: the vectors are
added. What is not to be there is subtracted.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from med3dvlm.engine.estimates import CANDIDATES, Ranking
from med3dvlm.engine.search_terms import CLAUSES
from med3dvlm.errors import PromptError
from med3dvlm.retrieval import Entry, Hit
from med3dvlm.retrieval.vector_store import VectorReader
from med3dvlm.retrieval.where import Where

if TYPE_CHECKING:  # the page needs the rest of this module before the engine is loaded
    from med3dvlm.engine.engine import Engine

Vector = NDArray[np.float32]
TEXT_SHARE = 1.0  # of a text beside a scan
SUBTRACTED = 0.5  # of what is not to be there; measured in docs/lab-log.md, 29 November
NEAR = 0.995  # cosine of two volumes that are as good as one; different phantoms reach 0.987
EXTRA = 3  # times as many hits are looked at, so that what is folded leaves no gap
DENIAL = re.compile(r"\b(?:no|not|without|free of)\b", re.IGNORECASE)
COMPARED = 48  # volumes whose texts are compared with a scan
NO_TEXTS = "The volumes of the library that are most similar to the scan have no texts."
EMPTY = "Type what to search for, in words."
SAME = "What is to be there and what is not are the same. Change one of them."


def has_words(text: str) -> bool:
    """Whether a text has a letter or a digit; signs and pictures alone say nothing to a model."""
    return any(sign.isalnum() for sign in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is searched for.

    Attributes:
        text: what is to be there.
        without: what is not to be there.
        scan: vector of a scan that it is to be like.
    """

    text: str = ""
    without: str = ""
    scan: Vector | None = None

    def __post_init__(self) -> None:
        if not has_words(self.text) and self.scan is None:
            raise PromptError(EMPTY)

    @property
    def both(self) -> str:
        """What is to be there and what is not, as one text."""
        return f"{self.text}, no {self.without}" if has_words(self.without) else self.text

    def in_words_of(self, model: Callable[[str], str]) -> "Wish":
        """The same in a model's own words, as `Engine.searched_for` finds them."""
        said = (self.text, self.without)
        text, without = (model(part) if has_words(part) else "" for part in said)
        return replace(self, text=text, without=without)


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, and those that are as good as the same volume."""

    hit: Hit
    alike: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class PairProbability:
    """Probability that a text belongs to a volume, by the loss that the dual encoder learned from.

    Attributes:
        scale: factor of the cosine.
        bias: added to it; the training saw far more pairs that don't belong together.
    """

    scale: float
    bias: float

    def of(self, cosine: float) -> float:
        """Of a text and a volume with this cosine, 0 to 1."""
        return 1 / (1 + math.exp(-(self.scale * cosine + self.bias)))


def pair_probability(engine: "Engine") -> PairProbability | None:
    """How a cosine of a text and a volume becomes a probability; None without a dual encoder."""
    with engine.models() as (_, dual):
        if dual is None:
            return None
        scale, bias = dual.model.log_temperature.exp(), dual.model.bias
        return PairProbability(scale=scale.item(), bias=bias.item())


def split_negation(text: str) -> tuple[str, str]:
    """What a text wants to be there, and what it says is not to be there.

    `pleural effusion, no ascites` becomes `pleural effusion` and `ascites`. A text that only
    denies is left whole: there is nothing to subtract from.
    """
    if not DENIAL.search(text):
        return text, ""
    there, absent = [], []
    for clause in CLAUSES.split(text):
        before, *after = DENIAL.split(clause, maxsplit=1)
        there.append(before.strip())
        absent += [part.strip() for part in after]
    wanted = ", ".join(filter(None, there))
    return (wanted, ", ".join(filter(None, absent))) if wanted else (text, "")


def vector_of(wish: Wish, embed: Callable[[str], Vector]) -> Vector:
    """The unit vector to search with.

    Raises:
        PromptError: what is added and what is subtracted leave nothing.
    """
    text, denied = split_negation(wish.text)
    absent = ", ".join(part for part in (denied, wish.without.strip()) if has_words(part))
    if absent and wish.scan is None and text.strip().lower() == absent.lower():
        raise PromptError(SAME)
    total = np.zeros(1, np.float32) if wish.scan is None else wish.scan
    if has_words(text):
        total = total + TEXT_SHARE * embed(text)
    if absent:
        total = total - SUBTRACTED * embed(absent)
    length = float(np.linalg.norm(total))
    if length < 1e-6:
        raise PromptError(SAME)
    return np.asarray(total / length, np.float32)


def nothing(_: Entry) -> bool:
    """Leaves no entry out."""
    return False


def nearest(
    library: VectorReader,
    vector: Vector,
    k: int,
    *,
    where: Where | None = None,
    leaving_out: Callable[[Entry], bool] = nothing,
    ranking: Ranking | None = None,
) -> list[Hit]:
    """The `k` nearest volumes but those that are left out, such as the one searched with."""
    wanted = k
    while True:
        hits = _ranked(library, vector, wanted, where=where, ranking=ranking)
        kept = [hit for hit in hits if not leaving_out(hit.entry)][:k]
        if len(kept) >= k or len(hits) < wanted:
            return kept
        wanted = EXTRA * wanted


def search(
    library: VectorReader,
    vector: Vector,
    k: int,
    *,
    where: Where | None = None,
    leaving_out: Callable[[Entry], bool] = nothing,
    ranking: Ranking | None = None,
) -> list[Found]:
    """The `k` best volumes, with near-duplicates folded under the best of each.

    Args:
        library: what is searched.
        vector: what for.
        k: at most how many.
        where: conditions that they must meet.
        leaving_out: tells of an entry that is not to be found.
        ranking: puts the nearest in order by their estimates, too; None ranks by similarity.
    """
    wanted = k
    while True:
        hits = nearest(
            library, vector, wanted, where=where, leaving_out=leaving_out, ranking=ranking
        )
        found = folded(library, hits)
        if len(found) >= k or len(hits) < wanted:
            return found[:k]
        wanted = EXTRA * wanted


def _ranked(
    library: VectorReader, vector: Vector, k: int, *, where: Where | None, ranking: Ranking | None
) -> list[Hit]:
    """The first `k` hits in their order, the same for every `k`."""
    if ranking is None:
        return library.search(vector, k, where=where)
    return ranking.ordered(library.search(vector, max(k, CANDIDATES), where=where))[:k]


def fitting_texts(
    library: VectorReader,
    scan: Vector,
    k: int,
    *,
    embed: Callable[[str], Vector],
    where: Where | None = None,
    leaving_out: Callable[[Entry], bool] = nothing,
) -> list[Hit]:
    """The texts of the library that fit a scan best, each with a volume that has it.

    The texts of the most similar volumes are compared with the scan; a text counts once.

    Args:
        library: what is searched.
        scan: its unit vector.
        k: at most how many.
        embed: a text to its unit vector.
        where: conditions that the volumes must meet.
        leaving_out: tells of an entry that is not to be found, such as the scan itself.

    Raises:
        PromptError: there are none.
    """
    hits = nearest(library, scan, COMPARED, where=where, leaving_out=leaving_out)
    first = {hit.entry.text: hit.entry for hit in reversed(hits) if hit.entry.text.strip()}
    if not first:
        raise PromptError(NO_TEXTS)
    fitting = [Hit(entry, float(embed(text) @ scan)) for text, entry in first.items()]
    return sorted(fitting, key=lambda hit: (-hit.score, hit.entry.id))[:k]


def folded(library: VectorReader, hits: Sequence[Hit]) -> list[Found]:
    """Hits in their order, each with those further down that are as good as the same volume."""
    ids, rows = library.vectors([hit.entry.id for hit in hits])
    row_of = dict(zip(ids, rows, strict=True))
    heads: list[tuple[Hit, list[Hit]]] = []
    for hit in hits:
        row = row_of.get(hit.entry.id)
        for head, alike in heads:
            first = row_of.get(head.entry.id)
            if row is not None and first is not None and float(row @ first) >= NEAR:
                alike.append(hit)
                break
        else:
            heads.append((hit, []))
    return [Found(head, tuple(alike)) for head, alike in heads]
