"""The words that a model nearly wrote, whole: an alternative token often only begins a word.

whole_words(vlm, embeddings, cache, said)  # for each token (Alternative("calculus", 0.44), ...)

Each likely alternative is written on, always with the likeliest token, until its word ends. Whoever
reads "2" or "pneumop" as what the model considered learns nothing. All alternatives of an answer
are written on together once it is there, so nobody waits for them.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.engine.conversation import Alternative
from med3dvlm.model.checkpoint import LoadedVLM
from med3dvlm.model.frozen import language

# A alternatives  C width  L length of the prompt  V vocabulary  n tokens of the answer

ALTERNATIVES = 3  # of a token, at most
# Below this probability an alternative is not worth its time.
LEAST = 0.05
MOST_TOKENS = 8
AT_ONCE = 16  # alternatives that are written on together; each has a cache of its own
PUNCTUATION = ".,;:!?"

TextOf = Callable[[Sequence[int]], str]


class Branch(NamedTuple):
    """An alternative: after how many tokens of the answer, its tokens, their log-probabilities."""

    place: int
    tokens: list[int]
    shares: list[float]


@torch.inference_mode()
def whole_words(
    vlm: LoadedVLM, embeddings: Tensor, cache: DynamicCache, said: Sequence[int]
) -> list[tuple[Alternative, ...]]:
    """The likely alternatives to each token of an answer as they would end.

    Args:
        vlm: whose answer it is.
        embeddings: of the prompt (1, L, C).
        cache: keys and values of the first tokens of the prompt; left as it is.
        said: the tokens of the answer (n).
    """
    model, own = vlm.model.language_model, _copy(cache)
    told = model.get_input_embeddings()(torch.tensor([said[:-1]], device=embeddings.device).long())
    inputs = torch.cat([embeddings[:, own.get_seq_length() :], told], dim=1)
    given = language.logits(model, inputs, own, keep=len(said))  # (1, n, V)
    branches = list(_considered(given[0].float().log_softmax(dim=-1), said))
    words = [_Word(vlm, said[: branch.place], said[branch.place]) for branch in branches]
    ongoing = [i for i, branch in enumerate(branches) if words[i].may_go_on(branch.tokens[0])]
    for first in range(0, len(ongoing), AT_ONCE):
        rows = ongoing[first : first + AT_ONCE]
        grown = _written_on(
            model, own, embeddings.shape[1], [branches[i] for i in rows], [words[i] for i in rows]
        )
        for i, branch in zip(rows, grown, strict=True):
            branches[i] = words[i].trimmed(branch)
    found: list[list[Alternative]] = [[] for _ in said]
    for branch, word in zip(branches, words, strict=True):
        probability = math.exp(sum(branch.shares))
        found[branch.place].append(Alternative(word.text_of(branch.tokens), probability))
    return [tuple(others) for others in found]


class _Word:
    """Where in an answer an alternative stands, and when its word ends."""

    def __init__(self, vlm: LoadedVLM, before: Sequence[int], chosen: int) -> None:
        self._prompt, self._before = vlm.prompt, list(before)
        self._start = len(vlm.prompt.decode(self._before))
        # Where the chosen token goes on with a word, another can end it: nothing to write on then.
        self._inside = bool(self._start) and not _begins(self.text_of([chosen]))

    def text_of(self, tokens: Sequence[int]) -> str:
        """What tokens add to the answer."""
        return self._prompt.decode([*self._before, *tokens])[self._start :]

    def may_go_on(self, token: int) -> bool:
        """Whether an alternative's first token may only begin it."""
        ends = self._inside and _begins(self.text_of([token]))
        return token != self._prompt.end_id and not ends

    def goes_on(self, tokens: Sequence[int], token: int) -> bool:
        """Whether a token still belongs to the word."""
        if token == self._prompt.end_id:
            return False
        return not _begins(self.text_of([*tokens, token]), self.text_of(tokens))

    def trimmed(self, branch: Branch) -> Branch:
        """Without the punctuation after the word, as far as it is tokens of its own."""
        place, tokens, shares = branch
        while len(tokens) > 1:
            last = self.text_of(tokens)[len(self.text_of(tokens[:-1])) :]
            if last.strip(PUNCTUATION):
                break
            tokens, shares = tokens[:-1], shares[:-1]
        return Branch(place, tokens, shares)


def _considered(shares: Tensor, said: Sequence[int]) -> Iterator[Branch]:
    """The likely tokens instead of those said, from log-probabilities (n, V)."""
    best = shares.topk(min(ALTERNATIVES + 1, shares.shape[-1]), dim=-1)
    for place, token in enumerate(said):
        row = zip(best.indices[place].tolist(), best.values[place].tolist(), strict=True)
        others = [(other, share) for other, share in row if other != token][:ALTERNATIVES]
        for other, share in others:
            if share >= math.log(LEAST):
                yield Branch(place, [other], [share])


def _written_on(
    model: Qwen2ForCausalLM, cache: DynamicCache, length: int, branches: Sequence[Branch],
    words: Sequence[_Word],
) -> list[Branch]:  # fmt: skip
    """Branches (A) with their likeliest continuations, while those belong to their words.

    Each sees the prompt of some `length` and the answer up to its place, of all that is cached.
    """
    own, grown, going = _copy(cache), list(branches), [True] * len(branches)
    own.batch_repeat_interleave(len(branches))
    starts = torch.tensor([length + branch.place for branch in branches], device=model.device)
    cached = torch.arange(own.get_seq_length(), device=model.device)
    seen = (cached[None] < starts[:, None]).long()  # (A, L + n - 1)
    fed = [branch.tokens[-1] for branch in branches]
    for step in range(MOST_TOKENS):
        seen = torch.cat([seen, seen.new_ones(len(grown), 1)], dim=1)
        inputs = model.get_input_embeddings()(torch.tensor(fed, device=model.device)[:, None])
        places = starts[:, None] + step
        logits = language.logits(model, inputs, own, seen=seen, positions=places)  # (A, 1, V)
        shares = logits[:, -1].float().log_softmax(dim=-1)
        fed = shares.argmax(dim=-1).tolist()
        for row, (branch, token) in enumerate(zip(grown, fed, strict=True)):
            going[row] = going[row] and words[row].goes_on(branch.tokens, token)
            if going[row]:
                tokens, known = [*branch.tokens, token], [*branch.shares, float(shares[row, token])]
                grown[row] = Branch(branch.place, tokens, known)
        if not any(going):
            break
    return grown


def _begins(text: str, after: str = "") -> bool:
    """Whether what a text adds to another begins a new word."""
    return text[len(after) :][:1].isspace()


def _copy(cache: DynamicCache) -> DynamicCache:
    """Another cache of the same; a layer's tensors are replaced, never changed, when it grows."""
    own = copy.copy(cache)
    own.layers = [copy.copy(layer) for layer in cache.layers]
    return own
