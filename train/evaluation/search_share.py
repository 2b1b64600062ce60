"""What estimates of findings are worth in a search, beside similarity: from validation phantoms.

    fit_share(folder)       # adds `share` to the scores next to the dual encoder

The phantoms are searched as a library that has ten of each kind of finding, in the own names of the
kinds and in visitors' words of the validation split. The share is the one with which most of the
first ten hits are right.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from med3dvlm.config import DUAL_ENCODER_FOLDER
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.estimates import Ranking, with_estimates
from med3dvlm.engine.search_scores import SearchScores, write_search_scores
from med3dvlm.engine.search_terms import sought_in
from med3dvlm.engine.starter_library import phantom_entry, seeds_with_each_kind
from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import VALIDATION
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS, terms_of
from med3dvlm.phantoms.vocabulary.names.all import KIND_NAMES
from med3dvlm.retrieval import Entry, Hit
from train.evaluation.search_scores import SPLIT, Vectors

FIRST = 10
FIRST_SEED = VALIDATION.start + 20_000  # behind those that other things are fitted on
SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)

log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """A search in somebody's words."""

    kind: str  # that is meant
    sought: tuple[str, ...]  # kinds that the words are read as
    vector: Vectors  # (E,)


class Shelf(NamedTuple):
    """Phantoms with estimates, and their vectors (n, E)."""

    entries: Sequence[Entry]
    vectors: Vectors


def fit_share(folder: Path, *, most: int = 1000) -> SearchScores:
    """Fit for the model in `folder`, and write it to the scores that were fitted before.

    Args:
        folder: of the model.
        most: phantoms, if fewer are to do than it takes to show each kind ten times.

    Raises:
        TrainingError: there are no scores yet.
    """
    engine = load_engine(folder, names=("training",))
    scores = engine.search_scores
    if scores is None:
        raise TrainingError(f"{folder}: fit its search scores first (train search-scores)")
    made = replace(scores, share=best_share(draw_shelf(engine, most), searches(engine)))
    write_search_scores(folder / DUAL_ENCODER_FOLDER, made)
    return made


def searches(engine: Engine) -> list[Asked]:
    """All names of each kind that validation knows, as the model reads them."""
    found = []
    for kind, names in KIND_NAMES.items():
        for term in terms_of(names, registers=REGISTERS, split=SPLIT):
            own = engine.searched_for(term.text)
            found.append(Asked(kind, sought_in(own).kinds, engine.embed_text([own])[0]))
    return found


def draw_shelf(engine: Engine, most: int) -> Shelf:
    """Phantoms that show each kind ten times, at most so many, asked about each kind."""
    entries, vectors = [], []
    seeds = seeds_with_each_kind(range(FIRST_SEED, VALIDATION.stop))[:most]
    for seed in tqdm(seeds, desc="share"):
        case = make_case(seed)
        features = engine.encode(case.volume)
        told = {kind: engine.presence(features, kind) for kind in KINDS}
        entries.append(with_estimates(phantom_entry(case), told))
        vectors.append(features.embedding)
        engine.forget_prefixes()
    return Shelf(entries, np.stack(vectors))


def best_share(shelf: Shelf, asked: Sequence[Asked]) -> float:
    """The share with which most first hits are right, the smallest of equal ones; 0 for none."""
    found = {share: precision(shelf, asked, share) for share in (0.0, *SHARES)}
    for share, right in found.items():
        log.info("share %.3f: %.1f %% of the first %d hits are right", share, 100 * right, FIRST)
    return max(found, key=lambda share: found[share])


def precision(shelf: Shelf, asked: Sequence[Asked], share: float) -> float:
    """The part of the first ten hits that show what is meant."""
    return float(np.mean([_right(shelf, one, share) for one in asked]))


def _right(shelf: Shelf, asked: Asked, share: float) -> float:
    order = Ranking(kinds=asked.sought, share=share)
    scores = shelf.vectors @ asked.vector
    hits = [Hit(entry, float(s)) for entry, s in zip(shelf.entries, scores, strict=True)]
    first = sorted(hits, key=order.worth, reverse=True)[:FIRST]
    return float(np.mean([asked.kind in hit.entry.facts["kinds"] for hit in first]))
