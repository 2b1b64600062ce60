"""Services are the engine's own answers, as plain functions."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest

from med3dvlm.engine import report
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.hosting.models.services import (
    Services,
    loads_before_launch,
    observed,
)
from med3dvlm.hosting.operations.metrics import Metrics
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import LUNG

QUESTION = "Is there a kidney stone?"


@pytest.fixture(scope="module")
def features(services: Services, volume: Volume) -> VolumeFeatures:
    return services.encode(volume, AS_TRAINED)


def test_features_are_the_engines(engine: Engine, features: VolumeFeatures, volume: Volume) -> None:
    own = engine.encode(volume)
    assert features.digest == own.digest
    assert np.array_equal(features.image_tokens, own.image_tokens)


def test_the_users_choice_reaches_the_engine(
    engine: Engine, services: Services, features: VolumeFeatures, volume: Volume
) -> None:
    choice = InputChoice(window=LUNG, crop=False)
    made = services.encode(volume, choice)
    assert made.window == LUNG
    assert made.digest == engine.encode(volume, choice).digest != features.digest


def test_an_answer_is_the_engines_and_can_be_closed(
    engine: Engine, services: Services, features: VolumeFeatures
) -> None:
    stream = services.answer(features, Conversation(), QUESTION, Decoding())
    assert isinstance(stream, Generator)
    first = [next(stream).text for _ in range(4)]
    stream.close()
    assert list(stream) == []
    short = Decoding(max_new_tokens=4)
    own = [e.text for e in engine.answer(features, Conversation(), QUESTION, decoding=short)]
    assert first == own


def test_sampling_is_the_users_and_the_same_seed_gives_the_same_answer(
    engine: Engine, services: Services, features: VolumeFeatures
) -> None:
    warm = Decoding(max_new_tokens=8, temperature=1.5, seed=4)

    def said(decoding: Decoding) -> str:
        events = services.answer(features, Conversation(), QUESTION, decoding)
        return "".join(event.text for event in events)

    assert said(warm) == said(warm)
    assert len({said(replace(warm, seed=seed)) for seed in range(4)}) > 1
    assert said(replace(warm, temperature=0.0)) != said(warm)


def test_samples_are_the_answers_of_their_seeds_and_can_be_closed(
    services: Services, features: VolumeFeatures
) -> None:
    warm = Decoding(max_new_tokens=8, temperature=1.5, seed=4)
    stream = services.sample(features, Conversation(), QUESTION, warm, 3)
    *_, last = stream
    alone = []
    for seed in (4, 5, 6):
        decoding = replace(warm, seed=seed)
        events = services.answer(features, Conversation(), QUESTION, decoding)
        alone.append("".join(event.text for event in events).strip())
    assert [sample.text for sample in last] == alone
    assert len(set(alone)) > 1
    stream = services.sample(features, Conversation(), QUESTION, warm, 3)
    assert not any(sample.complete for sample in next(stream))
    stream.close()
    assert list(stream) == []


def test_what_is_timed_does_the_same(services: Services, features: VolumeFeatures) -> None:
    metrics = Metrics()
    timed = observed(services, metrics)
    warm = Decoding(max_new_tokens=4, temperature=1.5)
    given = (features, Conversation(), QUESTION, warm, 2)
    assert list(timed.sample(*given)) == list(services.sample(*given))
    assert timed.estimates(features) == services.estimates(features)
    page, _ = metrics.page()
    for step in (b"sample", b"sample: first piece", b"estimates"):
        assert b'med3dvlm_step_seconds_count{step="' + step + b'"} 1.0' in page


def test_options_are_scored_by_the_engine(
    engine: Engine, services: Services, features: VolumeFeatures
) -> None:
    options = ("A. axial", "B. coronal")
    shares = services.choose(features, QUESTION, options)
    assert np.array_equal(shares, engine.choose(features, QUESTION, options))
    assert shares.sum() == pytest.approx(1)


def test_a_report_grows(
    services: Services, features: VolumeFeatures, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "LONGEST", 5)
    states = list(services.report(features, volume))
    assert states[-1].done == states[-1].steps
    assert len(states) > 4


def test_a_search_vector_is_the_engines(engine: Engine, services: Services) -> None:
    vector = services.embed("lung nodule")
    assert vector.shape == (engine.retrieval_width,)
    assert np.array_equal(vector, engine.embed_text(["lung nodule"])[0])


def test_the_card_is_the_engines(engine: Engine, services: Services) -> None:
    assert services.card == engine.card


@pytest.mark.parametrize(
    ("environment", "before"),
    [
        ({}, False),
        ({"SPACES_ZERO_GPU": "1"}, True),
        ({"SPACES_ZERO_GPU": "true"}, True),
        ({"SPACES_ZERO_GPU": "True"}, True),
        ({"SPACES_ZERO_GPU": "0"}, False),
        ({"SPACES_ZERO_GPU": ""}, False),
    ],
)
def test_models_are_loaded_before_the_page_on_zerogpu_alone(
    environment: dict[str, str], before: bool
) -> None:
    assert loads_before_launch(environment) == before
