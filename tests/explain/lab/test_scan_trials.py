"""A lesion painted into a scan is repeated from its JSON in that scan alone."""

import json

import pytest

from med3dvlm.errors import ConfigError, VolumeError
from med3dvlm.explain.lab.trials import (
    ScanTrial,
    TrialResult,
    compared,
    read_any_trial,
    run_scan_trial,
    run_trial,
)
from med3dvlm.phantoms.case import make_case
from med3dvlm.values import to_json
from tests.explain.lab.test_trials import TRIAL, Brightness

SCAN = make_case(5, shape=(16, 32, 32), count=0).volume
PLACED = ScanTrial(
    scan=SCAN.digest, voxel=tuple((n - 1) / 2 for n in SCAN.shape), kind="gallstone", size_mm=60,
    contrast=1.0, question="Is it bright?", weights="w", with_lesion=0.0, without=0.0, blind=0.0,
)  # fmt: skip


def test_a_trial_in_a_scan_is_repeated_from_its_json() -> None:
    made = run_scan_trial(Brightness(), PLACED, SCAN, weights="w")
    assert made.with_lesion > made.without
    assert made.blind == 0.5
    read = read_any_trial(to_json(made))
    assert read == made
    assert run_scan_trial(Brightness(), read, SCAN, weights="w") == made
    nothing = ScanTrial(**json.loads(to_json(PLACED)) | {"size_mm": 0})
    healthy = run_scan_trial(Brightness(), nothing, SCAN, weights="w")
    assert healthy.with_lesion == healthy.without
    outside = ScanTrial(**json.loads(to_json(PLACED)) | {"voxel": (99, 0, 0)})
    with pytest.raises(VolumeError, match="outside the scan"):
        run_scan_trial(Brightness(), outside, SCAN, weights="w")


def test_a_file_tells_where_its_trial_was_painted() -> None:
    in_phantom = run_trial(Brightness(), TRIAL, question="?", weights="w")
    assert isinstance(read_any_trial(to_json(in_phantom)), TrialResult)
    assert isinstance(read_any_trial(to_json(PLACED)), ScanTrial)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "ascites"}, {"kind": "broken heart"}, {"voxel": [1, 2]}, {"voxel": [1, 2, "3"]},
        {"voxel": [1, 2, float("inf")]}, {"size_mm": 9999}, {"size_mm": "large"},
        {"contrast": 2}, {"contrast": float("nan")}, {"more": 1},
    ],
)  # fmt: skip
def test_what_can_not_be_painted_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        read_any_trial(json.dumps(json.loads(to_json(PLACED)) | change))


def test_what_became_of_a_trial_is_a_sentence() -> None:
    assert compared(PLACED, weights="w", with_lesion=0.005) == "It is as it was."
    assert compared(PLACED, weights="w", with_lesion=0.5) == "It was 0.00 before."
    assert "other weights" in compared(PLACED, weights="v", with_lesion=0.0)
