"""The words that a model nearly wrote, whole: an alternative token often only begins a word.

whole_words(vlm, cache, said, step)      # (Alternative("calculus", 0.44), Alternative("mass", 0.1))

Each likely alternative is written on, always with the likeliest token, until its word ends. Whoever
reads "2" or "pneumop" as what the model considered learns nothing.
"""

import copy
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.engine.conversation import Alternative
from med3dvlm.engine.decoding import Step
from med3dvlm.model.checkpoint import LoadedVLM

# A alternatives  C width  V vocabulary

# Below this probability an alternative is not worth its time.
LEAST = 0.05
MOST_TOKENS = 8
PUNCTUATION = ".,;:!?"

GoesOn = Callable[[Sequence[int], int], bool]


class Branch(NamedTuple):
    """The tokens of an alternative, with the natural log-probability of each."""

    tokens: list[int]
    shares: list[float]


def whole_words(
    vlm: LoadedVLM, cache: DynamicCache, said: Sequence[int], step: Step
) -> tuple[Alternative, ...]:
    """The likely alternatives of a step as they would end, with the probability of all of it.

    Args:
        vlm: whose answer it is.
        cache: keys and values of everything before the step; left as it is.
        said: the tokens of the answer before the step.
        step: the token that was chosen instead.
    """
    prompt = vlm.prompt
    before = prompt.decode(said)

    def text_of(tokens: Sequence[int]) -> str:
        return prompt.decode([*said, *tokens])[len(before) :]

    def goes_on(tokens: Sequence[int], token: int) -> bool:
        return token != prompt.end_id and not _begins(text_of([*tokens, token]), text_of(tokens))

    # Where the chosen token goes on with a word, another can end it: there is nothing to write on.
    inside = bool(before) and not _begins(text_of([step.token]))
    found = {
        token: Branch([token], [share])
        for token, share in step.alternatives
        if share >= math.log(LEAST)
    }
    open_ended = [
        branch for token, branch in found.items()
        if token != prompt.end_id and not (inside and _begins(text_of([token])))
    ]  # fmt: skip
    for branch in written_on(vlm.model.language_model, cache, open_ended, goes_on):
        found[branch.tokens[0]] = _trimmed(branch, text_of)
    return tuple(
        Alternative(text_of(branch.tokens), math.exp(sum(branch.shares)))
        for branch in found.values()
    )


@torch.inference_mode()
def written_on(
    language_model: Qwen2ForCausalLM,
    cache: DynamicCache,
    branches: Sequence[Branch],
    goes_on: GoesOn,
) -> tuple[Branch, ...]:
    """Branches of one token each (A) with their likeliest continuations, while those go on.

    Args:
        language_model: the causal language model.
        cache: keys and values of what comes before; left as it is.
        branches: which to write on.
        goes_on: tells of a branch's tokens and the next one whether that belongs to it.
    """
    grown, going = list(branches), [True] * len(branches)
    fed = [branch.tokens[-1] for branch in branches]
    own, table = _copy(cache), language_model.get_input_embeddings()
    if branches:
        own.batch_repeat_interleave(len(branches))
    for _ in range(MOST_TOKENS if branches else 0):
        inputs = table(torch.tensor(fed, device=language_model.device)[:, None])  # (A, 1, C)
        logits = language_model(inputs_embeds=inputs, past_key_values=own, use_cache=True).logits
        shares = logits[:, -1].float().log_softmax(dim=-1)  # (A, 1, V) to (A, V)
        fed = shares.argmax(dim=-1).tolist()
        for row, (branch, token) in enumerate(zip(grown, fed, strict=True)):
            going[row] = going[row] and goes_on(branch.tokens, token)
            if going[row]:
                share = float(shares[row, token])
                grown[row] = Branch([*branch.tokens, token], [*branch.shares, share])
        if not any(going):
            break
    return tuple(grown)


def _begins(text: str, after: str = "") -> bool:
    """Whether what a text adds to another begins a new word."""
    return text[len(after) :][:1].isspace()


def _trimmed(branch: Branch, text_of: Callable[[Sequence[int]], str]) -> Branch:
    """Without the punctuation after a word, as far as it is tokens of its own."""
    tokens, shares = branch
    while len(tokens) > 1 and not text_of(tokens)[len(text_of(tokens[:-1])) :].strip(PUNCTUATION):
        tokens, shares = tokens[:-1], shares[:-1]
    return Branch(tokens, shares)


def _copy(cache: DynamicCache) -> DynamicCache:
    """Another cache of the same; a layer's tensors are replaced, never changed, when it grows."""
    own = copy.copy(cache)
    own.layers = [copy.copy(layer) for layer in cache.layers]
    return own
