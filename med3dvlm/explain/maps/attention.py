"""Raw attention to image tokens: shown once, as the example of what is no map.

    shares = image_attention(vlm, "Is there a kidney stone?", image_tokens)     # (layers, N)

An image token has no place in the scan: the mixer made each from all cells. And attention is not
what an answer depends on (Jain and Wallace, arXiv 1902.10186).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the page doesn't wait for them
    from torch import Tensor

    from med3dvlm.model.checkpoint import LoadedVLM

Floats = NDArray[np.float32]
MEANS = (
    "How much the last word of the question attends to each image token in each layer, as a mean "
    "over heads."
)
MEANS_NOT = (
    "No map: the mixer makes every image token from all cells, so a token has no place in the "
    "scan, and what is attended to need not be what the answer depends on."
)


def image_attention(vlm: "LoadedVLM", question: str, image_tokens: "Tensor") -> Floats:
    """Attention (layers, N) from the end of a question to its image tokens (1, N, C)."""
    import torch

    device = next(vlm.model.parameters()).device
    ids = torch.tensor([vlm.prompt.question_ids((), question)], device=device)  # (1, L)
    model = vlm.model.language_model
    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")  # no other one tells its weights
    try:
        with torch.inference_mode():
            embeddings = vlm.model.embed(ids, image_tokens.to(device))
            layers = model(
                inputs_embeds=embeddings, output_attentions=True, use_cache=False
            ).attentions  # each (1, heads, L, L)
    finally:
        model.set_attn_implementation(usual)
    seen = (ids[0] == vlm.prompt.placeholder_id).nonzero()[:, 0]  # (N,)
    rows = torch.stack([layer[0, :, -1].mean(dim=0)[seen] for layer in layers])
    return np.ascontiguousarray(rows.float().cpu().numpy())
