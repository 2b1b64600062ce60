"""The decoding loop: token by token, with probabilities, stoppable at any token.

for step in decode(language_model, embeddings, ends=(end_id,), decoding=Decoding()):
    step.token, step.log_probability
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor
from transformers import (
    DynamicCache,
    LogitsProcessorList,
    Qwen2ForCausalLM,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from med3dvlm.errors import ConfigError
from med3dvlm.model.frozen import language

# L length of the prompt  C width  V vocabulary  n tokens generated


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How the next token is chosen.

    Attributes:
        max_new_tokens: longest answer.
        temperature: 0 takes the most probable token (greedy); higher values sample more randomly.
        top_p: sample from the smallest set of tokens with this share of the probability.
        top_k: sample from this many most probable tokens; 0 means all.
        repetition_penalty: values above 1 make repeated tokens less probable.
        seed: random seed for sampling; the same seed gives the same answer.
    """

    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise ConfigError(f"max_new_tokens must be at least 1, got {self.max_new_tokens}")
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.top_k < 0:
            raise ConfigError(
                "temperature and top_k must not be negative, and top_p must be in (0, 1]: "
                f"got {self.temperature}, {self.top_k}, {self.top_p}"
            )
        if self.repetition_penalty <= 0:
            raise ConfigError(f"repetition_penalty must be positive, got {self.repetition_penalty}")

    def processors(self) -> LogitsProcessorList:
        """The logits processors that `transformers` would apply, in its order."""
        chosen = LogitsProcessorList()
        if self.repetition_penalty != 1:
            chosen.append(RepetitionPenaltyLogitsProcessor(self.repetition_penalty))
        if self.temperature > 0:
            chosen.append(TemperatureLogitsWarper(self.temperature))
            if self.top_k:
                chosen.append(TopKLogitsWarper(self.top_k))
            if self.top_p < 1:
                chosen.append(TopPLogitsWarper(self.top_p))
        return chosen


class Step(NamedTuple):
    """A generated token, its natural log-probability, and the time it took."""

    token: int
    log_probability: float
    seconds: float


def never() -> bool:
    """The stop signal for callers that never stop."""
    return False


@torch.inference_mode()
def decode(
    language_model: Qwen2ForCausalLM,
    embeddings: Tensor,
    *,
    ends: tuple[int, ...],
    decoding: Decoding,
    cache: DynamicCache | None = None,
    stopped: Callable[[], bool] = never,
) -> Iterator[Step]:
    """Generate until an end token (which is not yielded), the limit, or `stopped()`.

    Args:
        language_model: the causal language model.
        embeddings: the whole prompt (1, L, C).
        ends: ids that end the answer.
        decoding: decoding settings.
        cache: keys and values of the first tokens of this prompt; extended in place.
        stopped: checked before every token.
    """
    cache = DynamicCache(config=language_model.config) if cache is None else cache
    generator = torch.Generator(device=embeddings.device).manual_seed(decoding.seed)
    generated = torch.empty((1, 0), dtype=torch.long, device=embeddings.device)
    inputs = embeddings[:, cache.get_seq_length() :]  # (1, L - cached, C), later (1, 1, C)
    table = language_model.get_input_embeddings()
    for _ in range(decoding.max_new_tokens):
        if stopped():
            return
        started = time.perf_counter()
        given = language.logits(language_model, inputs, cache, keep=1)
        logits = given[:, -1].float()  # (1, 1, V) to (1, V)
        token = choose_token(generated, logits, decoding, generator)
        if token in ends:
            return
        yield _step(logits[0], token, time.perf_counter() - started)
        picked = torch.tensor([[token]], device=embeddings.device)
        generated = torch.cat([generated, picked], dim=1)  # (1, n + 1)
        inputs = table(picked)  # (1, 1, C)


def choose_token(
    generated: Tensor, logits: Tensor, decoding: Decoding, generator: torch.Generator
) -> int:
    """The next token after those generated (1, n), from logits (1, V), which are not changed."""
    if decoding.temperature == 0 and decoding.repetition_penalty == 1:
        return int(logits.argmax(dim=-1))
    processed = decoding.processors()(cast("torch.LongTensor", generated), logits.clone())
    if decoding.temperature == 0:
        return int(processed.argmax(dim=-1))
    return int(torch.multinomial(processed.softmax(dim=-1), 1, generator=generator))


def _step(logits: Tensor, token: int, seconds: float) -> Step:
    return Step(token, float(logits.log_softmax(dim=-1)[token]), seconds)
