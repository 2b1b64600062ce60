"""Batched greedy answers for evaluation; the same tokens as one prompt at a time.

texts = answer_all(model, prompt, image_tokens, ["Is there a stone?", ...], max_new_tokens=40)
"""

from collections.abc import Sequence

import torch
from torch import Tensor

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

    Prompts of similar length share a batch, padded on the left.

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
        ids, mask = left_padded([asked[i] for i in picked], prompt.end_id)
        ids, mask = ids.to(image_tokens.device), mask.to(image_tokens.device)
        embeddings = model.embed(ids, image_tokens[[cases[i] for i in picked]])
        generated = model.language_model.generate(  # type: ignore[misc]
            inputs_embeds=embeddings,
            attention_mask=mask,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            eos_token_id=prompt.end_id,
            pad_token_id=prompt.end_id,
        )
        assert isinstance(generated, Tensor)
        for i, tokens in zip(picked, generated.tolist(), strict=True):
            answers[i] = prompt.decode(tokens).strip()
    return answers


def left_padded(rows: Sequence[Sequence[int]], padding_id: int) -> tuple[Tensor, Tensor]:
    """Ids and mask (B, L), shorter rows padded on the left."""
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), padding_id)
    mask = torch.zeros((len(rows), length), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, length - len(row) :] = torch.tensor(row)
        mask[i, length - len(row) :] = 1
    return ids, mask
