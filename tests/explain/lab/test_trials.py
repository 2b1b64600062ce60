"""A trial is repeated from its JSON, and what is none is refused in a sentence."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.explain.lab.trials import LONGEST, read_trial, run_trial
from med3dvlm.phantoms.planted import Trial
from med3dvlm.values import to_json
from med3dvlm.volumes.volume import Volume

TRIAL = Trial(seed=20_000_001, kind="lung nodule", place="right upper lobe", size_mm=40)


class Brightness:
    """Yes if the sum of all HU is high; without a scan it can't tell."""

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        del question, options
        yes = 0.5 if volume is None else float(volume.voxels.astype(float).mean() + 1000) / 2000
        return np.array([yes, 1 - yes])

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        del volume, texts
        return np.zeros(0)


def test_a_trial_is_repeated_from_its_json() -> None:
    made = run_trial(Brightness(), TRIAL, question="Is it bright?", weights="w")
    assert made.with_lesion > made.without
    assert made.blind == 0.5
    assert made.contrast_hu > 300
    read = read_trial(to_json(made))
    assert read == made
    assert run_trial(Brightness(), read.trial, question=read.question, weights="w") == made


GOOD = json.loads(to_json(run_trial(Brightness(), TRIAL, question="?", weights="w")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 9000,
        " " * (LONGEST + 1),
        *(
            json.dumps(GOOD | {"trial": GOOD["trial"] | change})
            for change in (
                {"kind": "broken heart"}, {"kind": ["lung nodule"]}, {"size_mm": "large"},
                {"size_mm": 9999}, {"seed": 1.5}, {"seed": None}, {"contrast": "high"},
                {"contrast": float("nan")}, {"place": "moon"}, {"more": 1},
            )
        ),
        json.dumps(GOOD | {"trial": 7}),
    ],
)  # fmt: skip
def test_what_is_no_trial_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        read_trial(text)
