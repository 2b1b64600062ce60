"""Fits the linear readout that decides what a report may claim of scans unlike the training data.

    fit_readout(folder, count=600)      # writes readout.json next to the VLM's weights

It learns from phantoms as various as real scans that no stage was trained on, with up to five
findings each. The threshold is the smallest from which on claims are precise enough, found on
phantoms unlike the training data that the map for them was not fitted on.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits
from tqdm import tqdm

from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.familiarity import pooled
from med3dvlm.engine.readout import Readout, write_readout
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.findings import KINDS

# n phantoms  P pooled features  K kinds of finding

Matrix = NDArray[np.float64]
# Training seeds that no recipe draws.
FIRST_SEED = 5_000_000
SHAPE = (64, 128, 128)
MOST_FINDINGS = 5
FOLDS = 5
DECAY = 1e-4
STEPS = 120
# Wanted share of true claims.
PRECISION = 0.85
DIGITS = 5


class Rows(NamedTuple):
    """Phantoms for fitting."""

    features: Matrix  # (n, P)
    truth: Matrix  # (n, K), NaN where the scan shows a part of the place only
    outside: NDArray[np.bool_]  # (n,), unlike the training data


class Linear(NamedTuple):
    """A map of features (n, P) to logits (n, K)."""

    factors: Matrix  # (P, K)
    offsets: Matrix  # (K,)

    def __call__(self, features: Matrix) -> Matrix:
        """Logits of features."""
        return np.asarray(features @ self.factors + self.offsets)


def fit_readout(folder: Path, *, count: int) -> Readout:
    """Fit a readout for the model in `folder` and write it there, next to its VLM's weights."""
    engine = load_engine(folder)
    found = readout_of(collect(engine, count), weights=engine.card.digest)
    write_readout(folder / VLM_FOLDER, found)
    return found


def collect(engine: Engine, count: int) -> Rows:
    """Features and truth of varied phantoms."""
    features, truth, outside = [], [], []
    for seed in tqdm(range(FIRST_SEED, FIRST_SEED + count), desc="readout"):
        findings = int(np.random.default_rng(seed).integers(0, MOST_FINDINGS + 1))
        case = make_case(seed, variety="varied", shape=SHAPE, count=findings)
        seen = engine.encode(case.volume)
        told = engine.familiarity(seen)
        features.append(pooled(seen.low, seen.high))
        truth.append(truth_of(case.facts))
        outside.append(told is not None and told.outside)
    return Rows(np.asarray(features, np.float64), np.stack(truth), np.array(outside))


def truth_of(facts: Facts) -> Matrix:
    """1 for each kind that is there, 0 for each that isn't, NaN where the scan can't tell."""
    deniable = {kind.name for kind in facts.deniable}
    partly = {kind for kind, _ in facts.in_view} - deniable
    known = [1.0 if facts.has(kind) else np.nan if kind in partly else 0.0 for kind in KINDS]
    return np.array(known)


def readout_of(rows: Rows, *, weights: str, precision: float = PRECISION) -> Readout:
    """The readout of some phantoms; its threshold is found by cross-validation."""
    made = fitted(rows.features, rows.truth)
    held_out = np.zeros_like(rows.truth)
    fold = np.random.default_rng(0).integers(0, FOLDS, len(rows.truth))
    for number in range(FOLDS):
        inside = fold == number
        held_out[inside] = fitted(rows.features[~inside], rows.truth[~inside])(
            rows.features[inside]
        )
    judged = ~np.isnan(rows.truth) & rows.outside[:, None]
    least = threshold(held_out[judged], rows.truth[judged] == 1, precision)
    return Readout(
        weights=weights,
        factors={
            kind: tuple(float(f"{factor:.{DIGITS}g}") for factor in column)
            for kind, column in zip(KINDS, made.factors.T, strict=True)
        },
        offsets={k: round(float(v), DIGITS) for k, v in zip(KINDS, made.offsets, strict=True)},
        least=round(1 / (1 + float(np.exp(-least))), 4),
        cases=len(rows.truth),
    )


def threshold(scores: Matrix, true: Sequence[bool] | NDArray[np.bool_], precision: float) -> float:
    """The smallest score from which on enough claims are true; infinite if there is none."""
    order = np.argsort(-scores, kind="stable")
    share = np.cumsum(np.asarray(true)[order]) / np.arange(1, len(scores) + 1)
    enough = np.flatnonzero(share >= precision)
    return float(scores[order][enough[-1]]) if len(enough) else float("inf")


def fitted(features: Matrix, truth: Matrix) -> Linear:
    """Logistic regressions with weight decay, all kinds at once; unknown truth doesn't count."""
    center, scale = features.mean(axis=0), features.std(axis=0) + 1e-3
    scale = scale * np.sqrt(features.shape[1])
    x = torch.from_numpy((features - center) / scale)
    known, target = torch.from_numpy(~np.isnan(truth)), torch.from_numpy(np.nan_to_num(truth))
    factors = torch.zeros(x.shape[1], target.shape[1], dtype=x.dtype, requires_grad=True)
    offsets = torch.zeros(target.shape[1], dtype=x.dtype, requires_grad=True)
    solver = torch.optim.LBFGS([factors, offsets], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        solver.zero_grad()
        each = binary_cross_entropy_with_logits(x @ factors + offsets, target, reduction="none")
        total: torch.Tensor = (each * known).sum() / len(x) + DECAY * factors.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    solver.step(loss)  # type: ignore[no-untyped-call]
    slopes = factors.detach().numpy() / scale[:, None]
    return Linear(slopes, offsets.detach().numpy() - center @ slopes)
