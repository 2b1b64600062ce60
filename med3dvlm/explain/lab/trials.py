"""One trial with a painted lesion: what a model makes of it, as JSON that can be repeated.

result = run_trial(reader, trial, question="Is there a lung nodule?", weights=digest)
again = read_trial(to_json(result)).trial
"""

from dataclasses import dataclass

from med3dvlm.choices import YES_NO
from med3dvlm.errors import ConfigError
from med3dvlm.explain.lab.behaviour import Reader
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.values import from_json

LONGEST = 10_000  # characters of JSON
DECIMALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What a model made of a trial.

    Attributes:
        trial: the seed and the few numbers from which it can be repeated.
        question: what was asked.
        weights: digest of the model.
        with_lesion: probability of a yes.
        without: of a yes for the same person without the lesion.
        blind: of a yes without an image.
        contrast_hu: mean difference between the lesion and what was there.
    """

    trial: Trial
    question: str
    weights: str
    with_lesion: float
    without: float
    blind: float
    contrast_hu: float


def run_trial(reader: Reader, trial: Trial, *, question: str, weights: str) -> TrialResult:
    """Paint the person with and without the lesion and ask about both."""
    pair = plant(trial)
    with_lesion, without, blind = (
        round(float(reader.choose(volume, question, YES_NO)[0]), DECIMALS)
        for volume in (pair.ill, pair.healthy, None)
    )
    return TrialResult(
        trial=trial, question=question, weights=weights, with_lesion=with_lesion, without=without,
        blind=blind, contrast_hu=round(pair.contrast_hu, 1),
    )  # fmt: skip


def read_trial(text: str) -> TrialResult:
    """A result from its JSON.

    Raises:
        ConfigError: it is none, or its trial can't be painted.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"a trial is at most {LONGEST} characters long, not {len(text)}")
    try:
        return from_json(TrialResult, text)
    except (TypeError, RecursionError) as error:
        raise ConfigError(f"this is no trial: {error}") from None
