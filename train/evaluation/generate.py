"""Batched greedy answers for evaluation; the same tokens as one prompt at a time.

texts = answer_all(model, prompt, image_tokens, ["Is there a stone?", ...], max_new_tokens=40)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.model.frozen import language
from med3dvlm.model.prompt import Prompt
from med3dvlm.model.vlm import VLM

BATCH = 96


@torch.inference_mode()
def answer_all(
    model: VLM,
    prompt: Prompt,
    image_tokens: Tensor,
    questions: Sequence[str],
    *,
    max_new_tokens: int,
    rows: Sequence[int] | None = None,
) -> list[str]:
    """One greedy answer per question.

    Prompts of similar length share a batch. What questions about the same case have in common,
    its image tokens above all, is read once.

    Args:
        model: the VLM.
        prompt: its prompt.
        image_tokens: of the cases, (cases, N, C).
        questions: each about the case at the same index, or the one in `rows`.
        max_new_tokens: maximum length of an answer.
        rows: index of the case that each question is about.
    """
    cases = range(len(questions)) if rows is None else rows
    asked = [prompt.question_ids((), question) for question in questions]
    order = sorted(range(len(asked)), key=lambda i: len(asked[i]))
    answers = [""] * len(asked)
    for start in range(0, len(order), BATCH):
        picked = order[start : start + BATCH]
        ids, mask = padded([asked[i] for i in picked], prompt.end_id)
        ids, mask = ids.to(image_tokens.device), mask.to(image_tokens.device)
        about = [cases[i] for i in picked]
        prompts = Prompts(
            embeddings=model.embed(ids, image_tokens[about]),
            mask=mask,
            cases=about,
            shared=alike([asked[i] for i in picked]),
        )
        said = greedy(model.language_model, prompts, end_id=prompt.end_id, most=max_new_tokens)
        for i, tokens in zip(picked, said, strict=True):
            answers[i] = prompt.decode(tokens).strip()
    return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """What a batch of rows is asked.

    Attributes:
        embeddings: (B, L, C), padded on the right.
        mask: (B, L), 0 for padding.
        cases: the case that each row is about.
        shared: how many first tokens are the same in all rows of a case; fewer than a row has.
    """

    embeddings: Tensor
    mask: Tensor
    cases: Sequence[int]
    shared: int


@torch.inference_mode()
def greedy(
    language_model: Qwen2ForCausalLM, prompts: Prompts, *, end_id: int, most: int
) -> list[list[int]]:
    """The likeliest tokens after each row, up to the end; a row that has ended costs no more.

    Args:
        language_model: in evaluation mode.
        prompts: the rows.
        end_id: the token that ends an answer, which is left out.
        most: tokens of an answer at most.
    """
    cache, mask = DynamicCache(config=language_model.config), prompts.mask
    state = _read(language_model, prompts, cache)
    places = mask.sum(-1, keepdim=True) - 1  # (B, 1) of the last token
    said: list[list[int]] = [[] for _ in mask]
    goes_on = torch.arange(len(said))  # the row of each line of the tensors
    for _ in range(most):
        tokens = language_model.lm_head(state)[:, 0].argmax(-1)
        kept = tokens != end_id
        if not kept.all():
            goes_on, tokens = goes_on[kept.cpu()], tokens[kept]
            mask, places = mask[kept], places[kept]
            cache.batch_select_indices(kept)
        for row, token in zip(goes_on.tolist(), tokens.tolist(), strict=True):
            said[row].append(token)
        if not len(goes_on):
            break
        mask, places = torch.cat([mask, mask.new_ones(len(mask), 1)], 1), places + 1
        inputs = language_model.get_input_embeddings()(tokens)[:, None]
        state = language.states(language_model, inputs, cache, seen=mask, positions=places)
    return said


def _read(language_model: Qwen2ForCausalLM, prompts: Prompts, cache: DynamicCache) -> Tensor:
    """States (B, 1, C) of the last tokens; what rows share is read once for each case."""
    mask, shared = prompts.mask, 0
    first = {case: row for row, case in reversed(list(enumerate(prompts.cases)))}
    if len(first) < len(mask):
        shared = prompts.shared
        opening = prompts.embeddings[list(first.values()), :shared]
        language.states(language_model, opening, cache)
        numbers = {case: number for number, case in enumerate(first)}
        cache.batch_select_indices(torch.tensor([numbers[case] for case in prompts.cases]))
    places = torch.arange(shared, mask.shape[1], device=mask.device).expand(len(mask), -1)
    rest = prompts.embeddings[:, shared:]
    made = language.states(language_model, rest, cache, seen=mask, positions=places)
    last = mask.sum(-1) - 1 - shared
    return made.take_along_dim(last[:, None, None], 1)


def alike(rows: Sequence[Sequence[int]]) -> int:
    """How many first tokens are the same in all rows, at most all but the last of the shortest."""
    shortest = min(map(len, rows)) - 1
    differ = (n for n in range(shortest) if any(row[n] != rows[0][n] for row in rows))
    return next(differ, shortest)


def padded(rows: Sequence[Sequence[int]], padding_id: int) -> tuple[Tensor, Tensor]:
    """Ids and mask (B, L), shorter rows padded on the right."""
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), padding_id)
    mask = torch.zeros((len(rows), length), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask
