"""Several sampled answers to one question, decoded as a batch, and how well they agree.

for tokens in decode_samples(language_model, embeddings, cache, ends=(end_id,), decodings=d):
    tokens                                # the next token of each answer; None once it has ended
agreement_of(["Normal", "Yes"], exchange).words       # "1 of 2 agrees with this answer; ..."
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.engine.decoding import Decoding, choose_token
from med3dvlm.engine.dialogue import Agreement, Alike, Exchange
from med3dvlm.engine.meaning import Meaning, agree, meaning_of
from med3dvlm.model.frozen import language

# L length of the prompt  C width  K answers  V vocabulary


class Sample(NamedTuple):
    """One of several answers: its text so far, and whether it is complete."""

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


def agreement_of(texts: Sequence[str], exchange: Exchange) -> Agreement:
    """Sampled answers to the question of an exchange, grouped by what they say.

    Each joins the first group that says the same; groups are worded by their first answer.
    """
    question = exchange.understood or exchange.question
    groups: list[tuple[Meaning, list[str]]] = []
    for text in texts:
        said = meaning_of(text, question)
        same = next((wordings for first, wordings in groups if agree(first, said)), None)
        if same is None:
            groups.append((said, [text]))
        else:
            same.append(text)
    answered = meaning_of(exchange.answer, question)
    return Agreement(
        tuple(
            Alike(
                texts=tuple(dict.fromkeys(wordings)), count=len(wordings), meaning=first.words,
                as_answered=agree(answered, first),
            )
            for first, wordings in sorted(groups, key=lambda group: -len(group[1]))
        )
    )  # fmt: skip
