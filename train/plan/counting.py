"""Memory that a forward pass saves and operations it needs, counted without weights or a GPU.

encoder_bytes(small(), (128, 256, 256))      # of one volume, in 16 bits
multiply_adds(small(), (128, 256, 256))      # 21.36e9
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode
from transformers import Qwen2ForCausalLM

from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.vlm import LanguageConfig


@cache
def language_bytes(sizes: LanguageConfig, tokens: int, *, recomputed: bool) -> float:
    """Bytes that a row saves: every layer, or each layer's input and one layer; plus its logits."""
    one = LanguageConfig(
        vocabulary=8, width=sizes.width, layers=1, heads=sizes.heads, key_heads=sizes.key_heads,
        hidden=sizes.hidden, tied=False,
    )  # fmt: skip
    model = on_meta(lambda: nn.Module.to(Qwen2ForCausalLM(one.qwen2()), torch.bfloat16))
    x = torch.zeros((1, tokens, sizes.width), device="meta", dtype=torch.bfloat16)
    layer = saved_bytes(
        lambda: model.model(inputs_embeds=x.requires_grad_()).last_hidden_state, model
    )
    inputs = 2.0 * tokens * sizes.width
    body = sizes.layers * inputs + layer if recomputed else sizes.layers * layer
    # Logits and their gradient in 16 bits, and in float32 where they enter the loss.
    logits = (2 + 2 + 4 + 4) * tokens * sizes.vocabulary
    return float(body + logits)


@cache
def encoder_bytes(config: DCFormerConfig, grid: tuple[int, int, int]) -> float:
    """Bytes that the encoder saves for the backward pass of one volume, in 16 bits."""
    encoder = on_meta(lambda: DCFormer(config).to(torch.bfloat16))
    volumes = torch.zeros((2, 1, *grid), device="meta", dtype=torch.bfloat16)
    return saved_bytes(lambda: encoder(volumes)[-1], encoder) / 2


@cache
def multiply_adds(config: DCFormerConfig, grid: tuple[int, int, int]) -> float:
    """Multiply-adds of the encoder for one volume, counted on the meta device."""
    encoder = on_meta(lambda: DCFormer(config).eval())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        encoder(torch.zeros((1, 1, *grid), device="meta"))
    return float(counter.get_total_flops()) / 2


def saved_bytes(forward: Callable[[], Tensor], module: nn.Module) -> float:
    """Bytes that a forward pass saves, counting each storage once, without the module's weights."""
    seen: dict[int, int] = {}
    with _watching(seen):
        forward()
    weights = {p.untyped_storage()._cdata for p in module.parameters()}
    return float(sum(size for storage, size in seen.items() if storage not in weights))


@contextmanager
def _watching(seen: dict[int, int]) -> Iterator[None]:
    kept: list[Tensor] = []  # kept alive so that no two share an id

    def pack(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        storage = tensor.untyped_storage()
        seen[storage._cdata] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        yield


def on_meta(make: Callable[[], Any]) -> Any:
    """Make a module without allocating its weights."""
    with torch.device("meta"):
        return make()


def count(module: nn.Module) -> int:
    """Number of parameters."""
    return sum(parameter.numel() for parameter in module.parameters())
