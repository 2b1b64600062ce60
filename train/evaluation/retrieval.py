"""Retrieval scores: does a report find its volume among all, and a volume its report?"""

from collections.abc import Hashable, Sequence

import numpy as np

from med3dvlm.metrics.ranking import (
    Floats,
    cosine_similarity,
    duplicate_ceiling,
    hits_at,
    retrieval_scores,
)
from train.evaluation.cells import Cells, Figures
from train.evaluation.record import Records

KS = (1, 5, 10)
# Numbers of cases in the published retrieval figures; fewer cases are easier.
POOLS = (100, 500, 1000, 2000)


def score_retrieval(records: Records, says: Sequence[Hashable], cells: Cells) -> Figures:
    """Recall in both directions: by the published protocol, and with equal reports as hits.

    Beside them the ceiling that equal reports set, the same among fewer cases, and what the index
    of a large library loses.
    """
    there = cosine_similarity(records.texts, records.volumes)
    figures: Figures = {
        "ceiling_r1": duplicate_ceiling(says, 1), "pools": _pools(there, says),
        "by_codes": _by_codes(records),
    }  # fmt: skip
    rows = np.arange(records.count)
    for way, table in (("text_to_volume", there), ("volume_to_text", there.T)):
        scores = retrieval_scores(table, ks=KS)
        hits = {k: hits_at(table, k) for k in KS}
        figures[way] = {
            **{f"r{k}": recall for k, recall in scores.recall.items()},
            **{f"chance_r{k}": chance for k, chance in scores.chance.items()},
            "median_rank": scores.median_rank,
            "same_report": _same_report(table, says),
            "intervals": {f"r{k}": cells.edges(cells.draws.mean(rows, hits[k])) for k in KS},
        }
    return figures


def _same_report(table: Floats, says: Sequence[Hashable]) -> Figures:
    """Where every case with a report of the same content is a hit."""
    scores = retrieval_scores(table, ks=KS, groups=says)
    return {
        **{f"r{k}": recall for k, recall in scores.recall.items()},
        **{f"chance_r{k}": chance for k, chance in scores.chance.items()},
        "median_rank": scores.median_rank,
    }


def _pools(there: Floats, says: Sequence[Hashable]) -> Figures:
    """Both directions among the first N cases, for each published N up to the case count."""
    found: Figures = {}
    for count in (count for count in POOLS if count < len(there)):
        part, said = there[:count, :count], says[:count]
        found[str(count)] = {}
        for way, table in (("text_to_volume", part), ("volume_to_text", part.T)):
            for k in KS:
                found[str(count)][f"{way}_r{k}"] = float(hits_at(table, k).mean())
                same = hits_at(table, k, groups=said)
                found[str(count)][f"{way}_same_report_r{k}"] = float(same.mean())
    return found


def _by_codes(records: Records) -> Figures:
    """What the index of a large library finds of these cases, and what exact search finds."""
    # A machine that trains needs no FAISS.
    from med3dvlm.retrieval.by_codes import nearest_by_codes, nearest_exactly, overlap

    texts, volumes = (
        np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
        for rows in (records.texts, records.volumes)
    )
    most = min(max(KS), len(volumes))
    exact, found = (search(volumes, texts, most) for search in (nearest_exactly, nearest_by_codes))
    own = np.arange(len(texts))[:, None]
    return {
        f"recall_at_{most}": overlap(found, exact),
        **{f"text_to_volume_r{k}": float((found[:, :k] == own).any(axis=1).mean()) for k in KS},
    }
