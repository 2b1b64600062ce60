import pytest

from med3dvlm.metrics.detection import LabelCounts, detection_scores

NODULE, EFFUSION, CYST = "nodule", "effusion", ("cyst", "left kidney")
TRUE = [{NODULE, EFFUSION}, {NODULE}, {NODULE}, set()]
CLAIMED = [{NODULE}, {NODULE, CYST}, {EFFUSION}, set()]


def test_counts_worked_by_hand() -> None:
    """Nodule: 2 found, 1 missed. Effusion: 1 missed, 1 false. Cyst: 1 false."""
    scores = detection_scores(CLAIMED, TRUE)
    assert scores.per_label == {
        NODULE: LabelCounts(found=2, false_alarms=0, missed=1),
        EFFUSION: LabelCounts(found=0, false_alarms=1, missed=1),
        CYST: LabelCounts(found=0, false_alarms=1, missed=0),
    }
    assert list(scores.per_label) == [NODULE, EFFUSION, CYST]
    assert scores.micro == LabelCounts(found=2, false_alarms=2, missed=2)


def test_micro_and_macro_worked_by_hand() -> None:
    """Micro: 2/4, 2/4. Macro precision (1 + 0 + 0)/3, recall (2/3 + 0 + 0)/3, F1 (0.8)/3."""
    scores = detection_scores(CLAIMED, TRUE)
    micro = scores.micro
    assert (micro.precision, micro.recall, micro.f1) == (0.5, 0.5, 0.5)
    assert scores.macro_precision == pytest.approx(1 / 3)
    assert scores.macro_recall == pytest.approx(2 / 9)
    assert scores.macro_f1 == pytest.approx(0.8 / 3)


def test_nothing_to_find_and_nothing_claimed_is_right() -> None:
    scores = detection_scores([set(), set()], [set(), set()])
    assert (scores.micro.precision, scores.micro.recall, scores.micro.f1) == (1.0, 1.0, 1.0)
    assert (scores.macro_precision, scores.macro_recall, scores.macro_f1) == (1.0, 1.0, 1.0)
    assert scores.per_label == {}


def test_only_claims_or_only_truth_is_wrong() -> None:
    for counts in (LabelCounts(0, 3, 0), LabelCounts(0, 0, 3)):
        assert (counts.precision, counts.recall, counts.f1) == (0.0, 0.0, 0.0)


def test_one_claim_a_case() -> None:
    with pytest.raises(AssertionError, match="1 claims for 2 cases"):
        detection_scores([set()], [set(), set()])
