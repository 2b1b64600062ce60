"""Several answers to one question, decoded side by side, and how far they agree.

for tokens in decode_samples(language_model, embeddings, cache, ends=(end_id,), decodings=d):
    tokens                                # one more token of each answer; None: it has ended
grouped(["Yes.", "yes", "No"])            # (("Yes.", 2), ("No", 1))
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.engine.decoding import Decoding, choose_token
from med3dvlm.metrics.answers import normalised

# L length of the prompt  C width  K answers  V vocabulary

Answers = tuple[tuple[str, int], ...]


class Sample(NamedTuple):
    """One of several answers: its text so far, and whether that is all of it."""

    text: str = ""
    complete: bool = False


@torch.inference_mode()
def decode_samples(
    language_model: Qwen2ForCausalLM,
    embeddings: Tensor,
    cache: DynamicCache,
    *,
    ends: tuple[int, ...],
    decodings: Sequence[Decoding],
) -> Iterator[list[int | None]]:
    """The next token of each answer, until all have ended or are as long as they may be.

    Each answer is the one that `decode` gives with the same settings.

    Args:
        language_model: the causal language model.
        embeddings: the whole prompt (1, L, C).
        cache: keys and values of its first tokens; is used up.
        ends: ids that end an answer.
        decodings: how to choose, one value an answer (K).
    """
    device, table = embeddings.device, language_model.get_input_embeddings()
    generators = [torch.Generator(device=device).manual_seed(d.seed) for d in decodings]
    said: list[list[int]] = [[] for _ in decodings]
    going = [True] * len(decodings)
    inputs = embeddings[:, cache.get_seq_length() :]  # (1, L - cached, C), later (K, 1, C)
    while True:
        logits = language_model(
            inputs_embeds=inputs, past_key_values=cache, use_cache=True, logits_to_keep=1
        ).logits[:, -1]
        if len(inputs) < len(decodings):  # the prompt was read once, and all answers go on from it
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
        # An answer that has ended is fed its end again; nothing looks at what comes of it.
        fed = [[ends[0] if token is None else token] for token in chosen]
        inputs = table(torch.tensor(fed, device=device))  # (K, 1) to (K, 1, C)


def grouped(answers: Sequence[str]) -> Answers:
    """Answers that say the same, in the words of the first, with how many there are; most first."""
    words: dict[str, str] = {}
    counts: dict[str, int] = {}
    for answer in answers:
        key = normalised(answer)
        words.setdefault(key, answer)
        counts[key] = counts.get(key, 0) + 1
    most_first = sorted(counts, key=lambda key: -counts[key])
    return tuple((words[key], counts[key]) for key in most_first)
