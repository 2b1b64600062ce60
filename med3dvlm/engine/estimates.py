"""What a model estimated of a volume when it was added to a library, and how a search ranks by it.

    entry = with_estimates(scan_entry(volume), {"kidney stone": 0.97})
    ranking = ranking_of(sought_in("kidney stone"), scores)
    ranking.ordered(library.search(vector, CANDIDATES))

One vector for a whole volume says little of small findings; the model's answers to a question about
each kind say more. They are asked for once, and kept among the entry's facts, so every kind of
library carries them. They are only estimates: what is known of a volume stands elsewhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from med3dvlm.engine.search_scores import SearchScores
from med3dvlm.engine.search_terms import Sought
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.true_report import joined
from med3dvlm.retrieval import Entry, Hit

ESTIMATED = "estimated"  # among the facts of an entry
DIGITS = 4
# So many of the nearest volumes are put in order; those further away follow by similarity alone.
CANDIDATES = 300
SUREST = 5.0  # a log-odds; surer than that tells nothing more
Estimates = Mapping[str, float]


def with_estimates(entry: Entry, estimates: Estimates) -> Entry:
    """The entry with the probability of each kind of finding among its facts."""
    if not estimates:
        return entry
    kept = {kind: round(float(share), DIGITS) for kind, share in estimates.items()}
    return replace(entry, facts=entry.facts | {ESTIMATED: kept})


def estimates_of(entry: Entry) -> dict[str, float]:
    """The probabilities kept with an entry; whatever else a file holds there is not read."""
    kept = entry.facts.get(ESTIMATED)
    if not isinstance(kept, dict):
        return {}
    return {
        kind: float(share)
        for kind, share in kept.items()
        if kind in KINDS and _is_probability(share)
    }


def _is_probability(share: object) -> TypeGuard[float]:
    return isinstance(share, int | float) and 0 <= share <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """In which order hits of a search stand: by similarity and estimates together.

    Attributes:
        kinds: findings that are to be there.
        absent: findings that are not to be there.
        share: how much cosine a log-odds of 1 is worth; fitted for the model.
    """

    kinds: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    share: float

    def ordered(self, hits: Sequence[Hit]) -> list[Hit]:
        """The nearest of the hits in the new order, then the others as they were."""
        first = sorted(hits[:CANDIDATES], key=self.worth, reverse=True)  # equal ones as they were
        return [*first, *hits[CANDIDATES:]]

    def worth(self, hit: Hit) -> float:
        """Similarity, and the mean log-odds that each finding is as it is sought.

        Of an entry without estimates each is as likely as not.
        """
        kept = hit.entry.facts.get(ESTIMATED)
        if not isinstance(kept, dict):
            return hit.score
        there = [_log_odds_in(kept, kind) for kind in self.kinds]
        gone = [-_log_odds_in(kept, kind) for kind in self.absent]
        sides = [*there, *gone]
        return hit.score + self.share * sum(sides) / max(len(sides), 1)

    @property
    def words(self) -> str:
        """The findings whose estimates count: `kidney stone and ascites`."""
        return joined([*self.kinds, *self.absent])

    def told(self, entry: Entry) -> str:
        """What was estimated of what is sought: `kidney stone 97 %`; empty if nothing was."""
        known = estimates_of(entry)
        named = [kind for kind in (*self.kinds, *self.absent) if kind in known]
        return joined([f"{kind} {100 * known[kind]:.0f} %" for kind in named])


def ranking_of(sought: Sought, scores: SearchScores | None) -> Ranking | None:
    """How to rank for what a text names; None if estimates say nothing of that."""
    if scores is None or not scores.share or not (sought.kinds or sought.absent):
        return None
    return Ranking(kinds=sought.kinds, absent=sought.absent, share=scores.share)


def _log_odds_in(kept: Mapping[str, Any], kind: str) -> float:
    """Of one kind alone: all kinds of each candidate took most of a search."""
    share = kept.get(kind)
    return log_odds(share) if _is_probability(share) else 0.0


def log_odds(share: float) -> float:
    """Of a probability, within bounds."""
    inside = min(max(share, 1e-6), 1 - 1e-6)
    return max(-SUREST, min(SUREST, math.log(inside / (1 - inside))))
