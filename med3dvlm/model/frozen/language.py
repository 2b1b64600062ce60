"""Qwen2 for frozen weights on a CPU: the numbers of `transformers` from fewer steps in Python.

    given = logits(language_model, inputs, cache, keep=1)      # (B, 1, V), the cache is extended

A small model spends most of a token's time between its operations, not in them. The plain module
holds the weights, and learns; its linear layers are called as they are, so they may be quantised.
Whatever else it may be asked to do (a hook, another device, a window of attention), it does itself.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm, scaled_dot_product_attention, silu
from transformers import DynamicCache, Qwen2ForCausalLM
from transformers.models.qwen2.modeling_qwen2 import Qwen2DecoderLayer, Qwen2RMSNorm

# B batch  T new tokens  L tokens in the cache and new ones  C width  V vocabulary
# H heads  K key heads  D width of a head

FULL = "full_attention"


@torch.no_grad()
def logits(
    language_model: Qwen2ForCausalLM,
    inputs: Tensor,
    cache: DynamicCache,
    *,
    keep: int | None = None,
    seen: Tensor | None = None,
    positions: Tensor | None = None,
) -> Tensor:
    """Logits (B, keep, V) after the last `keep` of the new tokens, or after all (B, T, V).

    Args:
        language_model: in evaluation mode.
        inputs: embeddings of the new tokens (B, T, C).
        cache: keys and values of those before; extended in place.
        keep: after how many of them; all if None.
        seen: (B, L), 1 for tokens that may be attended to; all if None.
        positions: (B, T) of the new tokens; they follow those of the cache if None.
    """
    made = states(language_model, inputs, cache, seen=seen, positions=positions)
    given: Tensor = language_model.lm_head(made if keep is None else made[:, -keep:])
    return given


@torch.no_grad()
def states(
    language_model: Qwen2ForCausalLM,
    inputs: Tensor,
    cache: DynamicCache,
    *,
    seen: Tensor | None = None,
    positions: Tensor | None = None,
) -> Tensor:
    """The last layer's states (B, T, C) of the new tokens, normalised; see `logits`."""
    model = language_model.model
    if not _applies(language_model, inputs):
        made: Tensor = model(
            inputs_embeds=inputs, past_key_values=cache, use_cache=True, attention_mask=seen,
            position_ids=positions,
        ).last_hidden_state  # fmt: skip
        return made
    past, new = cache.get_seq_length(), inputs.shape[1]
    if positions is None:
        positions = torch.arange(past, past + new)[None]
    cos, sin = model.rotary_emb(inputs, positions)  # (1 or B, T, D)
    half = sin.shape[-1] // 2
    turn = cos[:, :, None], torch.cat([-sin[..., :half], sin[..., half:]], dim=-1)[:, :, None]
    mask = _mask(past, new, seen)
    x = inputs
    for number, layer in enumerate(model.layers):
        x = _layer(layer, number, x, cache, turn, mask)
    return _normed(model.norm, x)


def _layer(
    layer: Qwen2DecoderLayer, number: int, x: Tensor, cache: DynamicCache,
    turn: tuple[Tensor, Tensor], mask: Tensor | None,
) -> Tensor:  # fmt: skip
    """(B, T, C) to the same: attention and the two linear layers, each added to its input."""
    own, mlp = layer.self_attn, layer.mlp
    batch, new, _ = x.shape
    seen = _normed(layer.input_layernorm, x)
    queries = own.q_proj(seen).view(batch, new, -1, own.head_dim)  # (B, T, H, D)
    keys = own.k_proj(seen).view(batch, new, -1, own.head_dim)  # (B, T, K, D)
    values = own.v_proj(seen).view(batch, new, -1, own.head_dim)
    turned = _turned(torch.cat([queries, keys], dim=2), *turn).transpose(1, 2)
    heads = queries.shape[2]
    all_keys, all_values = cache.update(turned[:, heads:], values.transpose(1, 2), number)
    given = scaled_dot_product_attention(
        turned[:, :heads], all_keys, all_values, attn_mask=mask, scale=own.scaling,
        enable_gqa=heads > keys.shape[2],
    )  # fmt: skip
    x = x + own.o_proj(given.transpose(1, 2).reshape(batch, new, -1))
    seen = _normed(layer.post_attention_layernorm, x)
    return x.add_(mlp.down_proj(silu(mlp.gate_proj(seen)).mul_(mlp.up_proj(seen))))


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Heads (B, T, H, D) turned by their positions; the first half of `sin` is negative."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


def _normed(norm: Qwen2RMSNorm, x: Tensor) -> Tensor:
    """As the module does: in lower precision it rounds before it scales."""
    if x.dtype != torch.float32:
        made: Tensor = norm(x)
        return made
    return rms_norm(x, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _mask(past: int, new: int, seen: Tensor | None) -> Tensor | None:
    """What each new token may attend to, (1 or B, 1, T, L); None for everything."""
    if new == 1 and seen is None:
        return None
    causal = torch.ones(new, past + new, dtype=torch.bool).tril(past)[None, None]
    return causal if seen is None else causal & seen.bool()[:, None, None]


def _applies(language_model: Qwen2ForCausalLM, inputs: Tensor) -> bool:
    """Frozen, on the CPU, with attention to all that came before, and nobody looks inside."""
    model = language_model.model
    config = model.config
    return (
        inputs.device.type == "cpu"
        and not language_model.training
        and config.hidden_act == "silu"
        and all(kind == FULL for kind in config.layer_types)
        and not any(map(_is_watched, (model, model.norm, model.rotary_emb)))
        and not any(
            _is_watched(part)
            for layer in model.layers
            for part in (
                layer, layer.self_attn, layer.mlp, layer.input_layernorm,
                layer.post_attention_layernorm,
            )
        )
    )  # fmt: skip


def _is_watched(module: nn.Module) -> bool:
    """Whether a hook, or a wrapper around `forward`, wants to see this part work."""
    return bool(module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))
