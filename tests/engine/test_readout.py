"""Of a scan unlike the training data the features decide what a report may claim."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine.claims import Claims
from med3dvlm.engine.familiarity import Statistics
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.fitted import Fitted
from med3dvlm.engine.readout import READOUT, Readout, read_readout, write_readout
from med3dvlm.errors import CheckpointError, ConfigError

MADE = Readout(
    weights="mine", factors={"ascites": (1.0, 0.0, 2.0), "gallstone": (0.0, 0.0, 0.0)},
    offsets={"ascites": -1.0, "gallstone": 2.0}, least=0.8, cases=3,
)  # fmt: skip


def sure_of(features: VolumeFeatures, *, least_usual: float) -> tuple[bool, bool]:
    """Whether ascites and a gallstone may be claimed, if the model's own yes has 0.5."""
    width = features.low.shape[1] + features.high.shape[1]
    zeros, none = np.zeros(width, np.float32), np.zeros((width, width), np.float32)
    readout = Readout(
        weights="", factors={"ascites": [0.0] * width, "gallstone": [0.0] * width},
        offsets={"ascites": 3.0, "gallstone": -3.0}, least=0.8,
    )  # fmt: skip
    statistics = Statistics(
        center=zeros, scale=zeros + 1, whitening=none, usual=np.full(1, least_usual, np.float32)
    )
    claims = Claims(weights="", usual={"ascites": 0.9}, unfamiliar={"ascites": 0.9})
    fitted = Fitted(claims=claims, statistics=statistics, readout=readout)
    check = fitted.claim_check(features, lambda _: 0.5)
    assert check is not None
    return check.is_sure("ascites"), check.is_sure("gallstone")


def test_the_probability_is_that_of_a_linear_map_of_mean_tokens() -> None:
    low, high = np.array([[0.0, 5.0], [2.0, 5.0]]), np.array([[1.0]])
    told = MADE.probabilities(low, high)
    assert told["ascites"] == pytest.approx(1 / (1 + np.exp(-(1 + 2 - 1))))
    assert told["gallstone"] == pytest.approx(1 / (1 + np.exp(-2)))


def test_it_decides_of_unfamiliar_scans_alone(features: VolumeFeatures) -> None:
    """The yes of the language model is too sure of what isn't there in real scans."""
    assert sure_of(features, least_usual=-1) == (True, False), "outside: by the readout"
    assert sure_of(features, least_usual=1) == (False, True), "usual: by the thresholds"


def test_it_estimates_of_unfamiliar_scans_alone(features: VolumeFeatures) -> None:
    """What a library keeps of a real scan is not the language model's yes."""
    width = features.low.shape[1] + features.high.shape[1]
    zeros, none = np.zeros(width, np.float32), np.zeros((width, width), np.float32)
    readout = Readout(weights="", factors={"ascites": [0.0] * width}, offsets={"ascites": 3.0},
                      least=0.8)  # fmt: skip
    for usual, told in ((-1, 1 / (1 + np.exp(-3))), (1, 0.5)):
        statistics = Statistics(
            center=zeros, scale=zeros + 1, whitening=none, usual=np.full(1, usual, np.float32)
        )
        fitted = Fitted(statistics=statistics, readout=readout)
        found = fitted.estimates(features, lambda _: 0.5, {"ascites"})
        assert found["ascites"] == pytest.approx(told)
        assert found["pneumothorax"] == 0, "not in view"


def test_one_threshold_holds_for_all_kinds() -> None:
    assert MADE.claims().threshold("gallstone", unfamiliar=True) == 0.8


def test_it_is_read_back_for_the_same_weights_alone(tmp_path: Path) -> None:
    assert read_readout(tmp_path, "mine") is None
    write_readout(tmp_path, MADE)
    found = read_readout(tmp_path, "mine")
    assert found is not None
    assert found.probabilities([[0, 1]], [[1]]) == MADE.probabilities([[0, 1]], [[1]])
    assert read_readout(tmp_path, "others") is None


@pytest.mark.parametrize(("old", "new"), [('"format": 1', '"format": 2'), ("1.0, 0.0, ", "")])
def test_a_file_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str) -> None:
    write_readout(tmp_path, MADE)
    path = tmp_path / READOUT
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CheckpointError, match=READOUT):
        read_readout(tmp_path, "mine")


def test_factors_and_offsets_are_of_the_same_kinds() -> None:
    with pytest.raises(ConfigError, match="fit together"):
        Readout(weights="", factors={"ascites": (1.0,)}, offsets={}, least=0.5)
