"""From which similarity on a hit of a search fits: fitted on validation phantoms.

    python -m train search-scores --model assets/default_model --work runs/phantom

The phantoms like the training data are searched as a library, by text and by phantom. A text asks
for a kind of finding, in a library with such phantoms and in one without, or for something that
training left out. A phantom asks for those that are like it; one that shows no chest, abdomen or
pelvis finds none. The score that tells best hits that are right from those that aren't is stored
next to the weights of the dual encoder.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from med3dvlm.config import DUAL_ENCODER_FOLDER
from med3dvlm.engine.search_scores import SearchScores, write_search_scores
from med3dvlm.model.checkpoint import load_dual_encoder
from med3dvlm.phantoms.facts import Facts, is_varied
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import VALIDATION
from med3dvlm.phantoms.vocabulary.lexicon import Split
from med3dvlm.phantoms.vocabulary.names.all import UNTAUGHT_NAMES
from train.data.phantoms.cache import PhantomCache, cache_spec
from train.evaluation.searcher import Searcher

Vectors = NDArray[np.float32]
# The score of a best hit, and whether that hit is right.
Best = tuple[float, bool]

COUNT = 256
AT_ONCE = 16
SPLIT: Split = "validation"  # of the names of what training left out

log = logging.getLogger(__name__)


def fit_search_scores(folder: Path, validation: PhantomCache) -> SearchScores:
    """Fit scores for the dual encoder of the model in `folder`, and write them to its weights."""
    place = folder / DUAL_ENCODER_FOLDER
    searcher = Searcher(load_dual_encoder(place))
    count = min(COUNT, len(validation))
    facts = validation.facts[:count]
    tidy = [
        row for row, case in enumerate(facts) if not is_varied(case.seed, validation.spec.variety)
    ]
    vectors = np.concatenate([
        searcher.volumes(validation.volumes(range(start, min(start + AT_ONCE, count)))).numpy()
        for start in range(0, count, AT_ONCE)
    ])  # fmt: skip
    untaught = [
        term.text for names in UNTAUGHT_NAMES.values() for term in names.terms
        if term.split == SPLIT
    ]  # fmt: skip
    texts = searcher.texts([*KINDS, *untaught]).numpy()
    found = SearchScores(
        weights=searcher.digest,
        text=least_score(best_by_text(facts, vectors, texts, library=tidy)),
        volume=least_score(best_by_volume(facts, vectors, library=tidy)),
        cases=count,
    )
    write_search_scores(place, found)
    log.info("hits fit from %.2f on by text, from %.2f on by scan", found.text, found.volume)
    return found


def best_by_text(
    facts: Sequence[Facts], vectors: Vectors, texts: Vectors, *, library: Sequence[int]
) -> Iterator[Best]:
    """The best hit of each text in a library; the first texts are the kinds, in their order."""
    scores = texts @ vectors[library].T  # (texts, phantoms)
    for kind, row in zip(KINDS, scores, strict=False):
        shows = np.array([facts[case].has(kind) for case in library], dtype=bool)
        yield from _best(row, shows)
        yield from _best(row[~shows], shows[~shows])
    for row in scores[len(KINDS) :]:
        yield from _best(row, np.zeros(len(row), dtype=bool))


def best_by_volume(
    facts: Sequence[Facts], vectors: Vectors, *, library: Sequence[int]
) -> Iterator[Best]:
    """The best hit of each phantom among the others of a library."""
    for row, case in enumerate(facts):
        others = [other for other in library if other != row]
        yield from _best(
            vectors[others] @ vectors[row],
            np.array([are_alike(case, facts[other]) for other in others], dtype=bool),
        )


def are_alike(one: Facts, other: Facts) -> bool:
    """Whether two phantoms show the same region and share a finding, or have none."""
    mine, theirs = ({kind.name for kind in facts.kinds} for facts in (one, other))
    shared = bool(mine & theirs) or not (mine or theirs)
    return one.acquisition.region == other.acquisition.region and shared


def _best(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> Iterator[Best]:
    if len(scores):
        best = int(scores.argmax())
        yield float(scores[best]), bool(right[best])


def least_score(found: Iterable[Best]) -> float:
    """The score that tells right hits from wrong ones best, both counting alike.

    It lies halfway between two scores that were seen. Where nothing was right, or all was, there
    is nothing to tell apart: then it is the highest score, or the lowest.
    """
    ordered = sorted(found)
    scores = np.array([score for score, _ in ordered])
    right = np.array([is_right for _, is_right in ordered], dtype=bool)
    if not right.any():
        return 1.0
    if right.all():
        return round(float(scores[0]), 4)
    # With the cut before each score: right hits above it, wrong ones below it.
    above = right.sum() - np.concatenate([[0], np.cumsum(right)])
    below = np.concatenate([[0], np.cumsum(~right)])
    cut = int((above / right.sum() + below / (~right).sum()).argmax())
    edges = (*scores, 1.0)
    return round(float((edges[max(cut - 1, 0)] + edges[cut]) / 2), 4)


def fit_on_phantoms(model: Path, work: Path) -> SearchScores:
    """Fit scores for a model, on the validation phantoms in `work`; draws them if missing."""
    place = work / "phantoms" / "validation"
    if not (place / "spec.json").exists():
        PhantomCache.build(place, cache_spec(VALIDATION.start, COUNT, variety="mixed"))
    return fit_search_scores(model, PhantomCache(place))
