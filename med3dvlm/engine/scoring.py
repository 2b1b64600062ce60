"""How probable given answers are: scores all their tokens, reading the question only once.

scores = score_answers(language_model, embeddings, cache, [[5, 9, 2], [7, 2]])
scores[0]          # natural log-probabilities of 5, 9 and 2, each after those before it
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.model.frozen import language

# L length of the prompt  A answers  T longest answer  C width  V vocabulary


@torch.inference_mode()
def score_answers(
    language_model: Qwen2ForCausalLM,
    embeddings: Tensor,
    cache: DynamicCache,
    answers: Sequence[Sequence[int]],
) -> list[list[float]]:
    """Log-probabilities of each answer's tokens.

    Args:
        language_model: the causal language model.
        embeddings: the whole prompt (1, L, C).
        cache: keys and values of its first tokens; consumed by this call.
        answers: token ids, end tokens included, none of them empty.
    """
    inputs = embeddings[:, cache.get_seq_length() :]
    first = language.logits(language_model, inputs, cache, keep=1)
    longest = max(len(answer) for answer in answers)
    # Shorter answers are padded after their end; causal attention never sees the padding.
    rows = torch.tensor(  # (A, T)
        [[*answer, *[answer[-1]] * (longest - len(answer))] for answer in answers],
        device=embeddings.device,
    )
    # The prompt's last token predicts each first one; token t of an answer predicts t + 1.
    logits = first.expand(len(answers), -1, -1)  # (1, 1, V) to (A, 1, V)
    if longest > 1:
        cache.batch_repeat_interleave(len(answers))
        table = language_model.get_input_embeddings()
        later = language.logits(language_model, table(rows[:, :-1]), cache)
        logits = torch.cat([logits, later], dim=1)  # (A, 1, V) and (A, T - 1, V) to (A, T, V)
    scores = logits.float().log_softmax(dim=-1).gather(2, rows[:, :, None])[:, :, 0]  # (A, T)
    return [row[: len(answer)] for row, answer in zip(scores.tolist(), answers, strict=True)]
