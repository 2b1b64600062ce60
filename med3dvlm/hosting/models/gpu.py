"""The functions that run on a GPU of Spaces: module-level, CPU values in, CPU values out.

    handle = register(engine)
    features = encode(handle, volume, AS_TRAINED)
    for event in answer(handle, features, Conversation(), "Is there a stone?"): ...

ZeroGPU forks a worker for a call, for as long as `duration` asks. The worker sees the engine that
this process loaded before, by its handle; nothing that it changes is seen here. A visitor's daily
quota must cover the duration before the call begins (times 1.5 on half a GPU), so each asks for
what its work takes and no more. Off Spaces the decorator returns the function itself.
"""

import secrets
import weakref
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import spaces
from numpy.typing import NDArray

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

# Written before any worker is forked, and only read from then on.
_engines: "weakref.WeakValueDictionary[str, Engine]" = weakref.WeakValueDictionary()

# Seconds on a current data centre GPU, generously, for a model of a thousand million parameters.
START, START_PER_BILLION = 2.0, 0.6
TOKEN, TOKEN_PER_BILLION = 0.006, 0.004
SAMPLED_TOKEN = 0.001  # more, for each further answer that is decoded beside the first
ENCODE, ENCODE_PER_BILLION = 1.0, 0.2
ANSWER_TOKENS, REPORT_TOKENS, TEXT_SECONDS = 256, 600, 0.5
BILLION = 1e9


def register(engine: "Engine") -> str:
    """Make an engine known to the functions, as long as somebody keeps it; returns its handle."""
    handle = secrets.token_hex(8)
    _engines[handle] = engine
    return handle


def start_seconds(handle: str) -> float:
    """Until the weights are on the GPU."""
    return START + START_PER_BILLION * _billions(handle)


def _billions(handle: str) -> float:
    return _engines[handle].card.parameters / BILLION


def _writing_seconds(handle: str, tokens: int) -> int:
    each = TOKEN + TOKEN_PER_BILLION * _billions(handle)
    return round(start_seconds(handle) + tokens * each)


def encode_seconds(handle: str, *_: Any, **__: Any) -> int:
    """For one volume; its size counts for nothing, as the model sees a grid."""
    return round(start_seconds(handle) + ENCODE + ENCODE_PER_BILLION * _billions(handle))


def answer_seconds(handle: str, *given: Any, **named: Any) -> int:
    """For as many tokens as the decoding allows."""
    return _writing_seconds(handle, _allowed(*given, *named.values()))


def _allowed(*given: Any) -> int:
    """The longest answer that a decoding among the arguments allows."""
    allowed = (getattr(value, "max_new_tokens", None) for value in given)
    return int(next((n for n in allowed if n), ANSWER_TOKENS))


def sample_seconds(handle: str, *given: Any) -> int:
    """For several answers side by side, which take not much longer than one."""
    *others, count = given
    tokens = _allowed(*others)
    return _writing_seconds(handle, tokens) + round(SAMPLED_TOKEN * tokens * int(count))


def choose_seconds(handle: str, *_: Any, **__: Any) -> int:
    """For all options of one question, which are scored side by side."""
    return round(start_seconds(handle) + TEXT_SECONDS)


def report_seconds(handle: str, *_: Any, **__: Any) -> int:
    """For its four questions."""
    return _writing_seconds(handle, REPORT_TOKENS)


def embed_seconds(handle: str, *_: Any, **__: Any) -> int:
    """For one text."""
    return round(start_seconds(handle) + TEXT_SECONDS)


F = TypeVar("F", bound=Callable[..., Any])


def on_gpu(seconds: Callable[..., int]) -> Callable[[F], F]:
    """The decorator of Spaces, with a type; `seconds` gets the function's own arguments."""
    decorate: Callable[[F], F] = spaces.GPU(duration=seconds)
    return decorate


@on_gpu(encode_seconds)
def encode(handle: str, volume: "Volume", choice: "InputChoice") -> "VolumeFeatures":
    """A volume to its features."""
    return _engines[handle].encode(volume, choice)


@on_gpu(answer_seconds)
def answer(
    handle: str,
    features: "VolumeFeatures",
    conversation: "Conversation",
    question: str,
    decoding: "Decoding | None" = None,
) -> "Generator[TokenEvent, None, None]":
    """Token events of an answer, greedy unless told otherwise."""
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
    """Several answers to one question as they grow, with seeds from the decoding's on."""
    engine = _engines[handle]
    yield from engine.sample(features, conversation, question, count=count, decoding=decoding)


@on_gpu(choose_seconds)
def choose(
    handle: str, features: "VolumeFeatures", question: str, options: "Sequence[str]"
) -> "NDArray[np.float64]":
    """The probability of each option."""
    return _engines[handle].choose(features, question, options)


@on_gpu(report_seconds)
def report(
    handle: str, features: "VolumeFeatures", volume: "Volume"
) -> "Generator[ReportState, None, None]":
    """The growing report."""
    from med3dvlm.engine.report import write_report

    yield from write_report(_engines[handle], features, volume)


@on_gpu(embed_seconds)
def embed(handle: str, text: str) -> "NDArray[np.float32]":
    """The unit vector of a text."""
    vector: NDArray[np.float32] = _engines[handle].embed_text([text])[0]
    return vector
