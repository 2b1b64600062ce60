"""The models as plain functions for the page: CPU values in, CPU values out.

    services = services_of(engine)
    features = services.encode(volume, AS_TRAINED)
    for event in services.answer(features, Conversation(), "Is there a stone?", Decoding()): ...

On a Space with ZeroGPU each call runs in a worker; see `med3dvlm/hosting/models/gpu.py`. To stop a
generator, close it.
"""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from med3dvlm.engine.search import pair_probability
from med3dvlm.hosting.models import gpu, maps
from med3dvlm.hosting.models.insights import Insights, insights_of
from med3dvlm.hosting.operations.metrics import Metrics

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    import numpy as np

    from med3dvlm.engine.agreement import Sample
    from med3dvlm.engine.card import EngineCard
    from med3dvlm.engine.conversation import Conversation, TokenEvent
    from med3dvlm.engine.decoding import Decoding
    from med3dvlm.engine.engine import Engine
    from med3dvlm.engine.familiarity import Familiarity
    from med3dvlm.engine.features import VolumeFeatures
    from med3dvlm.engine.report import ReportState
    from med3dvlm.engine.search import PairProbability
    from med3dvlm.engine.search_scores import SearchScores
    from med3dvlm.explain.maps.occlusion import OcclusionStep
    from med3dvlm.explain.trust.certificate import Certificate
    from med3dvlm.volumes.grid import InputChoice
    from med3dvlm.volumes.volume import Volume

    Answer = Sequence[TokenEvent]
    Samples = Generator[tuple[Sample, ...], None, None]


def no_estimates(_: "VolumeFeatures") -> dict[str, float]:
    """Of a model of which it was not measured what they are worth."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The functions of the loaded models.

    Attributes:
        card: what the page shows about the models.
        encode: a volume to its features, made as the model was trained or as the user chose.
        answer: features, the turns so far, a question and how to decode to token events.
        considered: the same turns, the question and its whole answer to the answer's events with
            the words that could have stood there.
        sample: the same and a count to several answers that grow in parallel.
        choose: features, a question and its options to the probability of each option.
        familiarity: how far a scan is from what the model was trained on; None if not measured.
        report: features and volume to the growing report.
        embed: a text to its unit vector.
        map: a method, a volume, how it is prepared, what is wanted and with what a block is
            covered to a map that grows finer; `draw` in `med3dvlm/hosting/models/maps.py`.
        attention: features and a question to raw attention, by layer and image token.
        insights: what the models look like from inside: words, texts, layers.
        certificates: by method, how far its maps can be believed; only of those measured.
        estimates: features to the probability of each kind of finding, to be kept with an entry of
            a library; empty if it was not measured what they are worth.
        searched_for: a search text to the model's own words for it.
        search_scores: from which similarity on a hit fits; None if that is unknown.
        pair_probability: of a text and a volume, by their similarity; None if that is unknown.
        notice: message above the model's badge; empty for none.
        engine: held so that it stays alive; do not call it, on ZeroGPU it only works in workers.
    """

    card: "EngineCard"
    encode: "Callable[[Volume, InputChoice], VolumeFeatures]"
    answer: "Callable[[VolumeFeatures, Conversation, str, Decoding], Generator[TokenEvent]]"
    considered: "Callable[[VolumeFeatures, Conversation, str, Answer], tuple[TokenEvent, ...]]"
    sample: "Callable[[VolumeFeatures, Conversation, str, Decoding, int], Samples]"
    choose: "Callable[[VolumeFeatures, str, Sequence[str]], NDArray[np.float64]]"
    familiarity: "Callable[[VolumeFeatures], Familiarity | None]"
    report: "Callable[[VolumeFeatures, Volume], Generator[ReportState, None, None]]"
    embed: "Callable[[str], NDArray[np.float32]]"
    map: "Callable[..., Generator[OcclusionStep, None, None]]"
    attention: "Callable[[VolumeFeatures, str], NDArray[np.float32]]"
    insights: Insights
    certificates: "Mapping[str, Certificate]" = field(default_factory=dict)
    estimates: "Callable[[VolumeFeatures], dict[str, float]]" = no_estimates
    searched_for: "Callable[[str], str]" = str
    search_scores: "SearchScores | None" = None
    pair_probability: "PairProbability | None" = None
    notice: str = ""
    engine: object = field(default=None, repr=False)


def services_of(engine: "Engine") -> Services:
    """The functions of one engine; they keep it alive."""
    handle = gpu.register(engine)
    return Services(
        card=engine.card,
        encode=partial(gpu.encode, handle),
        answer=partial(gpu.answer, handle),
        considered=partial(gpu.considered, handle),
        sample=partial(gpu.sample, handle),
        choose=partial(gpu.choose, handle),
        familiarity=engine.familiarity,  # CPU arithmetic on statistics loaded at the start
        report=partial(gpu.report, handle),
        embed=partial(gpu.embed, handle),
        map=partial(maps.draw, handle),
        attention=partial(gpu.attention, handle),
        insights=insights_of(handle),
        certificates=maps.certificates_of(engine),
        estimates=partial(gpu.estimates, handle) if engine.estimating else no_estimates,
        searched_for=engine.searched_for,  # the reader is on the CPU, wherever the models are
        search_scores=engine.search_scores,
        pair_probability=pair_probability(engine),
        engine=engine,
    )


def observed(services: Services, metrics: Metrics) -> Services:
    """The same functions with timing and error counts, taken in this process."""
    return replace(
        services,
        encode=_observed(services.encode, "encode", metrics),
        answer=_observed_stream(services.answer, "answer", metrics),
        considered=_observed(services.considered, "considered", metrics),
        sample=_observed_stream(services.sample, "sample", metrics),
        choose=_observed(services.choose, "choose", metrics),
        report=_observed_stream(services.report, "report", metrics),
        embed=_observed(services.embed, "embed", metrics),
        map=_observed_stream(services.map, "map", metrics),
        estimates=_observed(services.estimates, "estimates", metrics),
    )


def _observed(function: Callable[..., Any], step: str, metrics: Metrics) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        with metrics.timed(step):
            return function(*given)

    return timed


def _observed_stream(
    function: Callable[..., Generator[Any, None, None]], step: str, metrics: Metrics
) -> Callable[..., Generator[Any, None, None]]:
    def stream(*given: Any, **named: Any) -> Generator[Any, None, None]:
        started, first = time.perf_counter(), True
        with metrics.timed(step), closing(function(*given, **named)) as pieces:
            for piece in pieces:
                if first:
                    metrics.took(f"{step}: first piece", time.perf_counter() - started)
                    first = False
                yield piece

    return stream


def loads_before_launch(environment: Mapping[str, str]) -> bool:
    """True on ZeroGPU, where models must be on their device before the page is launched."""
    return environment.get("SPACES_ZERO_GPU", "").lower() in {"1", "t", "true"}
