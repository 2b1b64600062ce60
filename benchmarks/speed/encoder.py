"""The encoder: the published form of its layers against what a call takes.

rows = encoder_rows(rounds=7, grid=(128, 256, 256), pages="usual")
"""

import copy
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import conv3d

from benchmarks.speed.rounds import Row, compare
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.errors import Med3DVLMError
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.dcformer import ConvNorm, DCFormer
from med3dvlm.model.dcformer_config import small
from med3dvlm.model.processor import cpu_has_bfloat16

LARGEST_ERROR = 1e-4  # both ways round, and noise gives the embedded model's states little spread


def encoder_rows(*, rounds: int, grid: tuple[int, int, int], pages: str) -> list[Row]:
    """The released size in both precisions, the embedded model's, and a batch of it."""
    torch.manual_seed(0)
    released = DCFormer(small()).eval()
    embedded = load_vlm(DEFAULT_MODEL / "vlm").model
    own = embedded.config.grid
    pairs = [
        ("released size", released, (1, 1, *grid)),
        ("embedded model", embedded.encoder, (1, 1, *own)),
        ("embedded model, batch of 3", embedded.encoder, (3, 1, *own)),
    ]
    rows = []
    for name, encoder, shape in pairs:
        volume = torch.rand(shape)
        size = " x ".join(map(str, shape[2:]))
        title = f"encoder, {name}, {size}, {pages} pages"
        rows.append(_row(title, encoder, volume, rounds))
        if encoder is released and cpu_has_bfloat16():
            rounded = copy.deepcopy(encoder).bfloat16()
            rows.append(
                compare(
                    title.replace("size", "size in bfloat16 beside published float32"),
                    partial(_states, as_published(encoder).plain, volume),
                    partial(_states, rounded, volume),
                    rounds=rounds,
                )
            )
    return rows


def as_published(encoder: DCFormer) -> DCFormer:
    """A copy whose 1-D convolutions are 3-D ones with a stride on all axes, as published."""
    published = copy.deepcopy(encoder)
    for branch in published.modules():
        if isinstance(branch, ConvNorm):
            branch.forward = partial(_as_published, branch)  # type: ignore[method-assign]
    return published


def _as_published(branch: ConvNorm, x: Tensor) -> Tensor:
    conv = branch.conv
    y: Tensor = branch.norm(
        conv3d(x, conv.weight, conv.bias, max(conv.stride), conv.padding, groups=conv.groups)  # type: ignore[arg-type]
    )
    return y


def _row(title: str, encoder: DCFormer, volume: Tensor, rounds: int) -> Row:
    plain, ours = as_published(encoder).plain, encoder
    for mine, theirs in zip(_states(ours, volume), _states(plain, volume), strict=True):
        if float((mine - theirs).abs().max() / theirs.std()) > LARGEST_ERROR:
            raise Med3DVLMError(f"{title}: the states differ, so there is nothing to compare.")
    return compare(
        title, partial(_states, plain, volume), partial(_states, ours, volume), rounds=rounds
    )


@torch.inference_mode()
def _states(encode: "DCFormer | partial[list[Tensor]]", volume: Tensor) -> list[Tensor]:
    states: list[Tensor] = encode(volume)
    return states
