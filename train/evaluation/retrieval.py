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
    """Recall in both directions, and the ceiling set by reports of the same content."""
    there = cosine_similarity(records.texts, records.volumes)
    figures: Figures = {"ceiling_r1": duplicate_ceiling(says, 1), "pools": _pools(there)}
    rows = np.arange(records.count)
    for way, table in (("text_to_volume", there), ("volume_to_text", there.T)):
        scores = retrieval_scores(table, ks=KS)
        hits = {k: hits_at(table, k) for k in KS}
        figures[way] = {
            **{f"r{k}": recall for k, recall in scores.recall.items()},
            **{f"chance_r{k}": chance for k, chance in scores.chance.items()},
            "median_rank": scores.median_rank,
            "intervals": {f"r{k}": cells.edges(cells.draws.mean(rows, hits[k])) for k in KS},
        }
    return figures


def _pools(there: Floats) -> Figures:
    """R@1 in both directions among the first N cases, for each published N up to the case count."""
    return {
        str(count): {
            "text_to_volume_r1": float(hits_at(there[:count, :count], 1).mean()),
            "volume_to_text_r1": float(hits_at(there.T[:count, :count], 1).mean()),
        }
        for count in POOLS
        if count < len(there)
    }
