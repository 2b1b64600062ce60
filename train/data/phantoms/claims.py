"""What a text claims about a case, as numbers: facts, sizes, and whether it is complete.

told = stack([tell(claim, facts), ...])
told.needs                              # (B, FACTS) of 0 and 1
holds(told, stack([tell_all(facts), ...]))      # bool (cases, claims)
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from med3dvlm.phantoms.facts import Facts
from train.data.phantoms.labels import ATTRIBUTES, FINDING_LABELS, KIND_NAMES, labels_of
from train.data.phantoms.text import Claim

# B claims or cases  F facts  K kinds

ATTRIBUTE_VALUES = tuple((name, value) for name, classes in ATTRIBUTES.items() for value in classes)
# One number per value of an attribute, per (kind, place), and per kind in any place.
FACTS = len(ATTRIBUTE_VALUES) + len(FINDING_LABELS) + len(KIND_NAMES)

_FIRST_LABEL = len(ATTRIBUTE_VALUES)
_FIRST_KIND = _FIRST_LABEL + len(FINDING_LABELS)
_ATTRIBUTE_ROW = {pair: row for row, pair in enumerate(ATTRIBUTE_VALUES)}
_LABEL_ROW = {label: _FIRST_LABEL + row for row, label in enumerate(FINDING_LABELS)}
_KIND_ROW = {kind: _FIRST_KIND + row for row, kind in enumerate(KIND_NAMES)}


class Told(NamedTuple):
    """The facts that must hold for a text to be true, for one text or stacked.

    Attributes:
        needs: 1 for each stated fact: float32 (F,).
        sizes: -1 for the smallest to 1 for the largest of a kind, 0 if unstated: float32 (K,).
        whole: 1 if the text rules out everything else, as a report does: float32 ().
    """

    needs: Tensor
    sizes: Tensor
    whole: Tensor


def tell_all(facts: Facts) -> Told:
    """The facts of a whole report."""
    labels = labels_of(facts)
    needs = np.zeros(FACTS, np.float32)
    for (name, classes), index in zip(ATTRIBUTES.items(), labels.attributes, strict=True):
        if index >= 0:
            needs[_ATTRIBUTE_ROW[name, classes[int(index)]]] = 1
    for finding in facts.findings:
        needs[_LABEL_ROW[finding.label]] = needs[_KIND_ROW[finding.kind]] = 1
    sizes: NDArray[np.float32] = np.nan_to_num(2 * labels.sizes - 1)
    return Told(torch.from_numpy(needs), torch.from_numpy(sizes), torch.tensor(1.0))


def tell(claim: Claim, facts: Facts) -> Told:
    """The facts of a claim about a case."""
    if claim.seed is not None:
        return tell_all(facts)
    needs = torch.zeros(FACTS)
    for pair in claim.attributes:
        needs[_ATTRIBUTE_ROW[pair]] = 1
    for kind, place in claim.findings:
        needs[_KIND_ROW[kind]] = 1
        if (kind, place) in _LABEL_ROW:
            needs[_LABEL_ROW[kind, place]] = 1
    return Told(needs, torch.zeros(len(KIND_NAMES)), torch.tensor(0.0))


def stack(told: Sequence[Told]) -> Told:
    """Stack along a new leading axis."""
    return Told(*(torch.stack(values) for values in zip(*told, strict=True)))


def holds(claims: Told, cases: Told) -> Tensor:
    """Which claims (columns) are true of which cases (rows): bool (cases, claims).

    A whole report is true only of cases with exactly the same facts and sizes.
    """
    lacking = (1 - cases.needs) @ claims.needs.T
    surplus = cases.needs @ (1 - claims.needs).T
    # Not a matrix product: rounding would make a case differ from itself.
    apart = torch.cdist(cases.sizes, claims.sizes, p=1) > 1e-4
    other = ((surplus > 0) | apart) & (claims.whole > 0)
    return (lacking == 0) & ~other


def told_of(batch: Mapping[str, Tensor]) -> Told:
    """The claims of a batch whose keys are the names of their fields."""
    return Told(batch["needs"], batch["sizes"], batch["whole"])
