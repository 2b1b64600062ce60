"""Calibration of option probabilities: fits temperatures and measures how well they work.

    fit_calibration(folder, validation)                         # writes calibration.json
    calibration_figures(vlm, cache, calibration, count=50)      # with and without temperatures
    score_calibration(questions, chosen)                        # of the engine's probabilities

Each closed and yes/no question is answered by scoring all its options. The fitted temperatures
minimise the negative log-likelihood of the right options on validation phantoms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm
from transformers import DynamicCache

from med3dvlm.choices import YES_NO, lettered
from med3dvlm.engine.calibration import Calibration, softmax, write_calibration
from med3dvlm.engine.scoring import score_answers
from med3dvlm.metrics.calibration_error import (
    brier_score_of_options,
    expected_calibration_error,
    reliability,
)
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.phantoms.questions import Question, ask
from train.data.phantoms.cache import PhantomCache
from train.evaluation.cells import Figures
from train.loop.loop import batches

TEMPERATURES = np.geomspace(0.05, 20, 400)


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """A question with the scores (natural logarithms) of its options, and the right one."""

    question: Question
    scores: NDArray[np.float64]
    right: int
    lettered: bool

    def probabilities(self, calibration: Calibration | None) -> NDArray[np.float64]:
        """The probability of each option."""
        made = calibration.temperature(lettered=self.lettered) if calibration else 1.0
        return softmax(self.scores, made)


def fit_calibration(folder: Path, validation: PhantomCache, *, count: int = 256) -> Calibration:
    """Fit temperatures for the VLM in `folder` and write them there."""
    vlm = load_vlm(folder)
    cases = min(count, len(validation))
    scored = score_questions(vlm, validation, cases)
    lettered, worded = (
        fitted_temperature([item for item in scored if item.lettered is kind])
        for kind in (True, False)
    )
    found = Calibration(weights=vlm.digest, lettered=lettered, worded=worded, cases=cases)
    before, after = (figures_of(scored, made)["ece"] for made in (None, found))
    found = replace(found, ece_before=before, ece_after=after)
    write_calibration(folder, found)
    return found


def calibration_figures(
    vlm: LoadedVLM, cache: PhantomCache, calibration: Calibration | None, *, count: int
) -> Figures:
    """Accuracy and calibration of option scores on the first phantoms of a cache."""
    scored = score_questions(vlm, cache, min(count, len(cache)))
    groups = {
        "closed": [item for item in scored if item.lettered],
        "yes/no": [item for item in scored if not item.lettered],
        "all": scored,
    }
    return {
        name: {
            "before": figures_of(items, None),
            "after": figures_of(items, calibration),
            "questions": len(items),
        }
        for name, items in groups.items()
    }


def figures_of(scored: Sequence[ScoredQuestion], calibration: Calibration | None) -> Figures:
    """Accuracy, expected calibration error and Brier score of the option probabilities."""
    made = [item.probabilities(calibration) for item in scored]
    right = [float(p.argmax() == item.right) for p, item in zip(made, scored, strict=True)]
    most = max(len(p) for p in made)
    padded = np.stack([np.pad(p, (0, most - len(p))) for p in made])
    return {
        "accuracy": float(np.mean(right)),
        "ece": expected_calibration_error([p.max() for p in made], right),
        "brier": brier_score_of_options(padded, [item.right for item in scored]),
    }


def fitted_temperature(scored: Sequence[ScoredQuestion]) -> float:
    """The temperature that makes the right options most likely; 1 without questions."""
    if not scored:
        return 1.0
    losses = np.sum([_surprise(item) for item in scored], axis=0)
    return float(TEMPERATURES[int(np.argmin(losses))])


def _surprise(item: ScoredQuestion) -> NDArray[np.float64]:
    """Negative log-likelihood of the right option at every candidate temperature."""
    sharp = item.scores / TEMPERATURES[:, None]
    raised = np.exp(sharp - sharp.max(axis=1, keepdims=True))
    return np.asarray(-np.log(raised[:, item.right] / raised.sum(axis=1) + 1e-12))


@torch.inference_mode()
def score_questions(vlm: LoadedVLM, cache: PhantomCache, count: int) -> list[ScoredQuestion]:
    """Score every closed and yes/no question about the first `count` phantoms."""
    scored = []
    for rows in tqdm(list(batches(count, 16)), desc="scoring options", unit="batch"):
        seen = vlm.model.encode(cache.volumes(rows))
        for row, image_tokens in zip(rows, seen, strict=True):
            facts = cache.facts[int(row)]
            asked = ask(facts, np.random.default_rng([facts.seed, 11]))
            scored += [
                _score(vlm, image_tokens[None], question)
                for question in asked
                if question.form != "open"
            ]
    return scored


def _score(vlm: LoadedVLM, image_tokens: Tensor, question: Question) -> ScoredQuestion:
    closed = bool(question.options)
    texts = lettered(question.options) if closed else YES_NO
    right = question.right if closed else YES_NO.index(question.answer)
    ids = torch.tensor([vlm.prompt.question_ids((), question.question)])
    model = vlm.model.language_model
    found = score_answers(
        model, vlm.model.embed(ids, image_tokens), DynamicCache(config=model.config),
        [vlm.prompt.answer_ids(text) for text in texts],
    )  # fmt: skip
    return ScoredQuestion(question, np.array([sum(answer) for answer in found]), right, closed)


def score_calibration(
    questions: Sequence[Sequence[Question]], chosen: Sequence[Sequence[Sequence[float]]]
) -> Figures:
    """Calibration on the closed questions of some cases, with the engine's own probabilities.

    Args:
        questions: of each case.
        chosen: for each case and closed question, the probabilities of its options.
    """
    closed = [[q for q in asked if q.form == "closed"] for asked in questions]
    pairs = [
        (question, probabilities)
        for asked, given in zip(closed, chosen, strict=True)
        for question, probabilities in zip(asked, given, strict=True)
    ]
    if not pairs:
        return {}
    confidences = [max(probabilities) for _, probabilities in pairs]
    right = [int(np.argmax(p)) == question.right for question, p in pairs]
    return {
        "cases": len(chosen),
        "questions": len(pairs),
        "expected_calibration_error": expected_calibration_error(confidences, right),
        "accuracy": float(np.mean(right)),
        "confidence": float(np.mean(confidences)),
        "bins": [
            {"confidence": bar.confidence, "accuracy": bar.accuracy, "questions": bar.cases}
            for bar in reliability(confidences, right)
        ],
    }
