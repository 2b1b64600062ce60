"""Search scores: does a search in a visitor's words find the right volumes in the first ten?"""

from dataclasses import dataclass

import numpy as np

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.estimates import ranking_of
from med3dvlm.engine.search import nearest
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS, Register, Split, terms_of
from med3dvlm.phantoms.vocabulary.names.all import KIND_NAMES
from med3dvlm.retrieval import Library

FIRST = 10


@dataclass(frozen=True, slots=True)
class Query:
    """A searched name, and the share of the first ten volumes that show its kind of finding."""

    kind: str
    text: str
    register: Register
    precision: float
    chance: float


def search_all(engine: Engine, library: Library, *, split: Split) -> list[Query]:
    """Search for every name of a split, and our own, for each kind that the library shows."""
    held = [set(entry.facts.get("kinds", ())) for entry in library]
    found: list[Query] = []
    for kind, names in KIND_NAMES.items():
        share = float(np.mean([kind in kinds for kinds in held]))
        if not share:
            continue
        for term in terms_of(names, registers=REGISTERS, split=split):
            own = engine.searched_for(term.text)
            vector = engine.embed_text([own])[0]
            ranking = ranking_of(sought_in(own), engine.search_scores)
            hits = nearest(library, vector, FIRST, ranking=ranking)
            right = [kind in hit.entry.facts.get("kinds", ()) for hit in hits]
            found.append(Query(kind, term.text, term.register, float(np.mean(right)), share))
    return found
