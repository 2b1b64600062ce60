"""The functions that run on a GPU of Spaces: module-level, CPU values in, CPU values out.

    handle = register(engine)
    features = encode(handle, volume, AS_TRAINED)
    for event in answer(handle, features, Conversation(), "Is there a stone?"): ...

ZeroGPU forks a worker for each call, for at most `duration` seconds. The worker finds the engine
that this process loaded by its handle; this process sees none of the worker's changes. A visitor's
daily quota must cover the duration before the call starts (times 1.5 on half a GPU), so each
function asks for no more than its work takes. Outside Spaces the decorator returns the
function itself.
"""

import secrets
import weakref
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import spaces
from numpy.typing import NDArray

from med3dvlm.phantoms.findings import KINDS

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    import numpy as np

    from med3dvlm.engine.agreement import Sample
    from med3dvlm.engine.conversation import Conversation, TokenEvent
    from med3dvlm.engine.decoding import Decoding
    from med3dvlm.engine.engine import Engine
    from med3dvlm.engine.features import VolumeFeatures
    from med3dvlm.engine.report import ReportState
    from med3dvlm.volumes.grid import InputChoice
    from med3dvlm.volumes.volume import Volume

# Filled before any worker is forked; only read after that.
_engines: "weakref.WeakValueDictionary[str, Engine]" = weakref.WeakValueDictionary()

# Generous times in seconds on a current data centre GPU; PER_BILLION: per 1e9 parameters.
START, START_PER_BILLION = 2.0, 0.6
TOKEN, TOKEN_PER_BILLION = 0.006, 0.004
SAMPLED_TOKEN = 0.001  # extra per token for each further answer decoded in parallel
ENCODE, ENCODE_PER_BILLION = 1.0, 0.2
ANSWER_TOKENS, REPORT_TOKENS, TEXT_SECONDS = 256, 600, 0.5
BILLION = 1e9


def register(engine: "Engine") -> str:
    """Register an engine for the functions while it is referenced; returns its handle."""
    handle = secrets.token_hex(8)
    _engines[handle] = engine
    return handle


def engine_of(handle: str) -> "Engine":
    """The engine of a handle."""
    return _engines[handle]


def start_seconds(handle: str) -> float:
    """Seconds until the weights are on the GPU."""
    return START + START_PER_BILLION * _billions(handle)


def _billions(handle: str) -> float:
    return _engines[handle].card.parameters / BILLION


def _writing_seconds(handle: str, tokens: int) -> int:
    each = TOKEN + TOKEN_PER_BILLION * _billions(handle)
    return round(start_seconds(handle) + tokens * each)


def encode_seconds(handle: str, *_: Any, **__: Any) -> int:
    """Seconds for one volume; its size does not matter, as the model sees a fixed grid."""
    return round(start_seconds(handle) + ENCODE + ENCODE_PER_BILLION * _billions(handle))


def answer_seconds(handle: str, *given: Any, **named: Any) -> int:
    """Seconds for as many tokens as the decoding allows."""
    return _writing_seconds(handle, _allowed(*given, *named.values()))


def _allowed(*given: Any) -> int:
    """The longest answer that a decoding among the arguments allows."""
    allowed = (getattr(value, "max_new_tokens", None) for value in given)
    return int(next((n for n in allowed if n), ANSWER_TOKENS))


def sample_seconds(handle: str, *given: Any) -> int:
    """Seconds for several answers in parallel, which take little longer than one."""
    *others, count = given
    tokens = _allowed(*others)
    return _writing_seconds(handle, tokens) + round(SAMPLED_TOKEN * tokens * int(count))


def considered_seconds(handle: str, *given: Any) -> int:
    """Seconds for the alternatives of an answer, which are written on together."""
    return _writing_seconds(handle, len(given[-1]))


def choose_seconds(handle: str, *_: Any, **__: Any) -> int:
    """Seconds for all options of one question, which are scored in one batch."""
    return round(start_seconds(handle) + TEXT_SECONDS)


def estimates_seconds(handle: str, *_: Any) -> int:
    """Seconds for a question about each kind of finding."""
    return round(start_seconds(handle) + len(KINDS) * TEXT_SECONDS)


def report_seconds(handle: str, *_: Any, **__: Any) -> int:
    """Seconds for a report, which takes four questions."""
    return _writing_seconds(handle, REPORT_TOKENS)


def embed_seconds(handle: str, *_: Any, **__: Any) -> int:
    """Seconds for one text."""
    return round(start_seconds(handle) + TEXT_SECONDS)


F = TypeVar("F", bound=Callable[..., Any])


def on_gpu(seconds: Callable[..., int]) -> Callable[[F], F]:
    """The decorator of Spaces, with a type; `seconds` gets the function's own arguments."""
    decorate: Callable[[F], F] = spaces.GPU(duration=seconds)
    return decorate


@on_gpu(encode_seconds)
def encode(handle: str, volume: "Volume", choice: "InputChoice") -> "VolumeFeatures":
    """The features of a volume."""
    return _engines[handle].encode(volume, choice)


@on_gpu(answer_seconds)
def answer(
    handle: str,
    features: "VolumeFeatures",
    conversation: "Conversation",
    question: str,
    decoding: "Decoding | None" = None,
) -> "Generator[TokenEvent, None, None]":
    """Token events of an answer; greedy by default."""
    yield from _engines[handle].answer(features, conversation, question, decoding=decoding)


@on_gpu(sample_seconds)
def sample(
    handle: str,
    features: "VolumeFeatures",
    conversation: "Conversation",
    question: str,
    decoding: "Decoding",
    count: int,
) -> "Generator[tuple[Sample, ...], None, None]":
    """Several sampled answers to one question as they grow; the decoding gives the first seed."""
    engine = _engines[handle]
    yield from engine.sample(features, conversation, question, count=count, decoding=decoding)


@on_gpu(considered_seconds)
def considered(
    handle: str,
    features: "VolumeFeatures",
    conversation: "Conversation",
    question: str,
    answer: "Sequence[TokenEvent]",
) -> "tuple[TokenEvent, ...]":
    """The events of an answer with their alternatives."""
    return _engines[handle].considered(features, conversation, question, answer)


@on_gpu(choose_seconds)
def choose(
    handle: str, features: "VolumeFeatures", question: str, options: "Sequence[str]"
) -> "NDArray[np.float64]":
    """The probability of each option."""
    return _engines[handle].choose(features, question, options)


@on_gpu(estimates_seconds)
def estimates(handle: str, features: "VolumeFeatures") -> dict[str, float]:
    """The probability of each kind of finding, for the entry of a library."""
    return _engines[handle].estimates(features)


@on_gpu(choose_seconds)
def attention(handle: str, features: "VolumeFeatures", question: str) -> "NDArray[np.float32]":
    """Raw attention (layers, N) from the end of a question to each image token."""
    import torch

    from med3dvlm.explain.maps.attention import image_attention

    with _engines[handle].models() as (vlm, _):
        weights = next(vlm.model.parameters())
        image_tokens = torch.from_numpy(features.image_tokens)[None].to(weights)
        return image_attention(vlm, question, image_tokens)


@on_gpu(report_seconds)
def report(
    handle: str, features: "VolumeFeatures", volume: "Volume"
) -> "Generator[ReportState, None, None]":
    """The report as it grows."""
    from med3dvlm.engine.report import write_report

    yield from write_report(_engines[handle], features, volume)


@on_gpu(embed_seconds)
def embed(handle: str, text: str) -> "NDArray[np.float32]":
    """The unit vector of a text."""
    vector: NDArray[np.float32] = _engines[handle].embed_text([text])[0]
    return vector
