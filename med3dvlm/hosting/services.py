"""What the page may ask of the models, as plain functions: CPU values in, CPU values out.

    services = services_of(engine)
    features = services.encode(volume, AS_TRAINED)
    for event in services.answer(features, Conversation(), "Is there a stone?"): ...

On ZeroGPU each call runs in a forked worker, for as long as `duration` asks; it sees the engine
that this process loaded, and nothing it changes is seen here. Off Spaces the decorator returns
the function itself. A generator is stopped by closing it.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import spaces
from numpy.typing import NDArray

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    import numpy as np

    from med3dvlm.engine.conversation import Conversation, TokenEvent
    from med3dvlm.engine.engine import Engine, EngineCard
    from med3dvlm.engine.features import VolumeFeatures
    from med3dvlm.engine.report import ReportState
    from med3dvlm.volumes.grid import InputChoice
    from med3dvlm.volumes.volume import Volume

# GPU seconds asked for at once; a visitor's daily quota is checked against them beforehand.
ENCODE_SECONDS = 6
ANSWER_SECONDS = 20
REPORT_SECONDS = 40
EMBED_SECONDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The models behind functions.

    Attributes:
        card: what the page says of the models.
        encode: a volume to its features, made as the model was trained or as the user chose.
        answer: features, the turns so far and a question to token events.
        report: features and volume to the growing report.
        embed: a text to its unit vector.
    """

    card: "EngineCard"
    encode: "Callable[[Volume, InputChoice], VolumeFeatures]"
    answer: "Callable[[VolumeFeatures, Conversation, str], Generator[TokenEvent, None, None]]"
    report: "Callable[[VolumeFeatures, Volume], Generator[ReportState, None, None]]"
    embed: "Callable[[str], NDArray[np.float32]]"


F = TypeVar("F", bound=Callable[..., Any])


def _on_gpu(seconds: int) -> Callable[[F], F]:
    """The decorator of Spaces, with a type."""
    decorate: Callable[[F], F] = spaces.GPU(duration=seconds)
    return decorate


def services_of(engine: "Engine") -> Services:
    """The functions of one engine."""
    from med3dvlm.engine.report import write_report

    @_on_gpu(ENCODE_SECONDS)
    def encode(volume: "Volume", choice: "InputChoice") -> "VolumeFeatures":
        return engine.encode(volume, choice)

    @_on_gpu(ANSWER_SECONDS)
    def answer(
        features: "VolumeFeatures", conversation: "Conversation", question: str
    ) -> "Generator[TokenEvent, None, None]":
        yield from engine.answer(features, conversation, question)

    @_on_gpu(REPORT_SECONDS)
    def report(
        features: "VolumeFeatures", volume: "Volume"
    ) -> "Generator[ReportState, None, None]":
        yield from write_report(engine, features, volume)

    @_on_gpu(EMBED_SECONDS)
    def embed(text: str) -> Any:
        return engine.embed_text([text])[0]

    return Services(
        card=engine.card,
        encode=encode,
        answer=answer,
        report=report,
        embed=embed,
    )


def loads_before_launch(environment: Mapping[str, str]) -> bool:
    """True on ZeroGPU, where models must be on their device before the page is launched."""
    return environment.get("SPACES_ZERO_GPU", "").lower() in {"1", "t", "true"}
