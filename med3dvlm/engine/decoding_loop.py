"""The decoding loop: token by token, with probabilities, stoppable at any token.

for step in decode(language_model, embeddings, ends=(end_id,), decoding=Decoding()):
    step.token, step.log_probability
for tokens in decode_samples(language_model, embeddings, cache, ends=(end_id,), decodings=d):
    tokens                                # the next token of each answer; None once it has ended
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.engine.decoding import Decoding, never
from med3dvlm.model.frozen import language

# L length of the prompt  C width  V vocabulary  n tokens generated  K answers


class Step(NamedTuple):
    """A generated token, its natural log-probability, and the time it took."""

    token: int
    log_probability: float
    seconds: float


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


@torch.inference_mode()
def decode_samples(
    language_model: Qwen2ForCausalLM,
    embeddings: Tensor,
    cache: DynamicCache,
    *,
    ends: tuple[int, ...],
    decodings: Sequence[Decoding],
) -> Iterator[list[int | None]]:
    """The next token of each answer, until all have ended or reached their maximum length.

    Each answer is the same as `decode` gives with the same settings.

    Args:
        language_model: the causal language model.
        embeddings: the whole prompt (1, L, C).
        cache: keys and values of its first tokens; consumed by this call.
        ends: ids that end an answer.
        decodings: decoding settings, one per answer (K).
    """
    device, table = embeddings.device, language_model.get_input_embeddings()
    generators = [torch.Generator(device=device).manual_seed(d.seed) for d in decodings]
    said: list[list[int]] = [[] for _ in decodings]
    going = [True] * len(decodings)
    inputs = embeddings[:, cache.get_seq_length() :]  # (1, L - cached, C), later (K, 1, C)
    while True:
        logits = language.logits(language_model, inputs, cache, keep=1)[:, -1]
        if len(inputs) < len(decodings):  # the prompt is read once and shared by all answers
            logits = logits.expand(len(decodings), -1)  # (1, V) to (K, V)
            cache.batch_repeat_interleave(len(decodings))
        chosen: list[int | None] = [None] * len(decodings)
        for row, decoding in enumerate(decodings):
            going[row] = going[row] and len(said[row]) < decoding.max_new_tokens
            if not going[row]:
                continue
            before = torch.tensor([said[row]], dtype=torch.long, device=device)
            token = choose_token(before, logits[row : row + 1].float(), decoding, generators[row])
            going[row] = token not in ends
            if going[row]:
                said[row].append(token)
                chosen[row] = token
        if not any(going):
            return
        yield chosen
        # An answer that has ended is fed its end token again; the output is ignored.
        fed = [[ends[0] if token is None else token] for token in chosen]
        inputs = table(torch.tensor(fed, device=device))  # (K, 1) to (K, 1, C)
