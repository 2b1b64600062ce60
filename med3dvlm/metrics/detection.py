"""Compares sets of labels found in cases, such as findings in reports, with the true ones.

The usual calls:

    scores = detection_scores([{"nodule"}, set()], [{"nodule", "effusion"}, set()])
    scores.micro.f1, scores.macro_f1, scores.per_label["effusion"].recall
"""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Found, falsely found and missed labels, and the shares they give.

    If there was nothing to find and nothing was claimed, all three shares are 1; otherwise a
    share with a zero denominator is 0.
    """

    found: int
    false_alarms: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the claimed labels that are true."""
        return self._share(self.found, self.found + self.false_alarms)

    @property
    def recall(self) -> float:
        """Share of the true labels that were claimed."""
        return self._share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall (van Rijsbergen 1979, chapter 7)."""
        return self._share(2 * self.found, 2 * self.found + self.false_alarms + self.missed)

    def _share(self, part: int, whole: int) -> float:
        if whole:
            return part / whole
        return 0.0 if self.false_alarms or self.missed else 1.0


@dataclass(frozen=True, slots=True)
class DetectionScores:
    """Scores over all cases.

    Attributes:
        micro: over all labels of all cases together, so frequent labels weigh more.
        macro_precision: mean over the labels, each weighing the same.
        macro_recall: mean over the labels.
        macro_f1: mean of the labels' F1.
        per_label: the counts of each label that occurs, most frequent in truth first.
    """

    micro: LabelCounts
    macro_precision: float
    macro_recall: float
    macro_f1: float
    per_label: dict[Hashable, LabelCounts]


def detection_scores(
    claimed: Sequence[AbstractSet[Hashable]], true: Sequence[AbstractSet[Hashable]]
) -> DetectionScores:
    """Micro- and macro-averaged precision, recall and F1 (Sebastiani 2002, ACM CSUR 34, 7.1).

    The macro mean is over labels that occur in a claim or in the truth; 1 if there are none.

    Args:
        claimed: the labels found in each case.
        true: the labels of each case.
    """
    assert len(claimed) == len(true), f"{len(claimed)} claims for {len(true)} cases"
    pairs = list(zip(claimed, true, strict=True))
    found = _tally([said & meant for said, meant in pairs])
    false_alarms = _tally([said - meant for said, meant in pairs])
    missed = _tally([meant - said for said, meant in pairs])
    order = [label for label, _ in (found + missed).most_common()]
    labels = dict.fromkeys(order + list(false_alarms))
    table = {lab: LabelCounts(found[lab], false_alarms[lab], missed[lab]) for lab in labels}
    counts = list(table.values())
    return DetectionScores(
        micro=LabelCounts(found.total(), false_alarms.total(), missed.total()),
        macro_precision=_mean([count.precision for count in counts]),
        macro_recall=_mean([count.recall for count in counts]),
        macro_f1=_mean([count.f1 for count in counts]),
        per_label=table,
    )


def _tally(cases: Sequence[AbstractSet[Hashable]]) -> Counter[Hashable]:
    return Counter(label for case in cases for label in case)


def _mean(shares: Collection[float]) -> float:
    return sum(shares) / len(shares) if shares else 1.0
