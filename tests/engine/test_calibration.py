"""Options become answers, scores become probabilities; temperatures are those of the weights."""

from pathlib import Path

import numpy as np
import pytest

from med3dvlm.engine.calibration import (
    CALIBRATION,
    Calibration,
    read_calibration,
    softmax,
    write_calibration,
)
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.fitted import Fitted
from med3dvlm.errors import CheckpointError, ConfigError, PromptError
from med3dvlm.model.checkpoint import load_vlm

QUESTION = "Which plane is this? Choices: A. axial B. coronal C. sagittal"
MADE = Calibration(weights="mine", lettered=2.0, worded=0.5, cases=3)


def test_softmax_by_hand() -> None:
    scores = np.log([0.6, 0.3, 0.1])
    assert softmax(scores, 1) == pytest.approx([0.6, 0.3, 0.1])
    assert softmax(scores, 0.5) == pytest.approx(np.array([0.36, 0.09, 0.01]) / 0.46)
    assert softmax([-900.0, -1000.0], 100) == pytest.approx([0.7310586, 0.2689414])


@pytest.mark.parametrize(
    ("options", "temperature"), [(["A. axial", "B. coronal"], 2.0), (["axial", "coronal"], 0.5)]
)
def test_options_with_letters_and_in_words_have_their_own_temperature(
    random_model: Path, engine: Engine, features: VolumeFeatures,
    options: list[str], temperature: float,
) -> None:  # fmt: skip
    """The temperature changes the confidence, and never which option is the likeliest."""
    plain = engine.choose(features, QUESTION, options)
    vlm = load_vlm(random_model / "vlm")
    made = Engine(vlm, None, fitted=Fitted(calibration=MADE))
    calibrated = made.choose(features, QUESTION, options)
    assert calibrated == pytest.approx(softmax(np.log(plain), temperature), rel=1e-5)
    assert (calibrated.max() < plain.max()) == (temperature > 1)
    assert calibrated.argmax() == plain.argmax()


def test_an_empty_option_is_refused(engine: Engine, features: VolumeFeatures) -> None:
    with pytest.raises(PromptError, match="option is empty"):
        engine.choose(features, QUESTION, ["axial", " "])


def test_temperatures_are_read_back_for_the_same_weights_alone(tmp_path: Path) -> None:
    assert read_calibration(tmp_path, "mine") is None
    write_calibration(tmp_path, MADE)
    assert read_calibration(tmp_path, "mine") == MADE
    assert read_calibration(tmp_path, "others") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [('"lettered": 2.0', '"lettered": 0'), ('"lettered": 2.0', '"lettered": "hot"'),
     ('"worded"', '"wordy"'), ('"format": 1', '"format": 2'), ("{", "")],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str) -> None:
    write_calibration(tmp_path, MADE)
    path = tmp_path / CALIBRATION
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CheckpointError, match=CALIBRATION):
        read_calibration(tmp_path, "mine")


def test_a_temperature_is_positive() -> None:
    with pytest.raises(ConfigError, match="worded"):
        Calibration(weights="", lettered=1, worded=-1)
