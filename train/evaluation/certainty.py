"""Is a model as often right as it is sure? Closed questions, by the engine's own probabilities."""

from collections.abc import Sequence

import numpy as np

from med3dvlm.metrics.calibration import expected_calibration_error, reliability
from med3dvlm.phantoms.questions import Question
from train.evaluation.cells import Figures


def score_certainty(
    questions: Sequence[Sequence[Question]], chosen: Sequence[Sequence[Sequence[float]]]
) -> Figures:
    """Expected calibration error over the closed questions of some cases.

    Args:
        questions: of each case.
        chosen: of each case and closed question, the probabilities of its options.
    """
    closed = [[q for q in asked if q.form == "closed"] for asked in questions]
    pairs = [
        (question, probabilities)
        for asked, given in zip(closed, chosen, strict=True)
        for question, probabilities in zip(asked, given, strict=True)
    ]
    if not pairs:
        return {}
    sure = [max(probabilities) for _, probabilities in pairs]
    right = [int(np.argmax(p)) == question.right for question, p in pairs]
    return {
        "cases": len(chosen),
        "questions": len(pairs),
        "expected_calibration_error": expected_calibration_error(sure, right),
        "accuracy": float(np.mean(right)),
        "confidence": float(np.mean(sure)),
        "bins": [
            {"confidence": bar.confidence, "accuracy": bar.accuracy, "questions": bar.cases}
            for bar in reliability(sure, right)
        ],
    }
