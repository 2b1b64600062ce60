"""The published checkpoints: their tensor names and ours, and the quirks their weights rely on.

    table = vlm_table(encoder, projector, layers=28, tied=False)  # published name -> ours
    published = table.to_published(model.state_dict())            # renamed and permuted; strict
    table.permuted(name, tensor)                                  # a published tensor in our layout

The authors' models are `MagicXin/Med3DVLM-Qwen-2.5-7B` (type `vlm_qwen`) and
`MagicXin/DCFormer_SigLIP` (type `dec_clip`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from med3dvlm.errors import CheckpointError
from med3dvlm.model.dcformer_config import STEM_KERNELS, DCFormerConfig
from med3dvlm.model.mixer import MixerConfig

# The published encoder permutes its input to (H, W, D), and its kernels use that order; ours
# keeps (D, H, W). So c1 acts on height, c2 on width, c3 on depth; kernel axes are permuted too.
BRANCHES = {"c1": "height", "c2": "width", "c3": "depth"}
TO_OURS = (0, 1, 4, 2, 3)
TO_PUBLISHED = (0, 1, 3, 4, 2)
KERNEL_ENDING = ".conv.weight"

AFFINE = ("weight", "bias")
BATCH_NORM = (*AFFINE, "running_mean", "running_var", "num_batches_tracked")


def shifted_placeholders(places: Tensor) -> Tensor:
    """Where the published splice puts image tokens: one to the right of the placeholders (B, L).

    The published code keeps the embedding of position 0, puts the N features at positions 1 to N
    and continues with position N + 1. It was written for a tokenizer that starts with a BOS token;
    Qwen has none. So one `<im_patch>` embedding stays in front, and the first token of the
    question is overwritten, in training and at inference; the released weights depend on it.
    """
    return torch.roll(places, shifts=1, dims=1)


@dataclass(frozen=True)
class KeyTable:
    """Maps published names to ours and back; kernels of decomposed convolutions are permuted."""

    names: Mapping[str, str]

    @cached_property
    def published(self) -> dict[str, str]:
        """Our names to the published ones."""
        return {ours: published for published, ours in self.names.items()}

    def to_published(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Our whole state dict under the published names.

        Raises:
            CheckpointError: a tensor is missing or unexpected.
        """
        _check_names(state, self.published)
        return {
            published: _permuted(ours, state[ours], TO_PUBLISHED)
            for published, ours in self.names.items()
        }

    def permuted(self, ours: str, tensor: Tensor) -> Tensor:
        """A published tensor in our layout, given our name."""
        return _permuted(ours, tensor, TO_OURS)

    def shape_to_ours(self, ours: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a published tensor in our layout, given our name."""
        return tuple(shape[i] for i in TO_OURS) if ours.endswith(KERNEL_ENDING) else shape


def _permuted(ours: str, tensor: Tensor, axes: tuple[int, ...]) -> Tensor:
    return tensor.permute(axes).contiguous() if ours.endswith(KERNEL_ENDING) else tensor


def _check_names(state: Mapping[str, Tensor], expected: Mapping[str, str]) -> None:
    missing = sorted(set(expected) - set(state))
    surplus = sorted(set(state) - set(expected))
    if missing or surplus:
        raise CheckpointError(
            f"{len(missing)} tensors are missing (first: {missing[:3]}) and {len(surplus)} have no "
            f"place in this model (first: {surplus[:3]}). Is the folder complete, and of this type?"
        )


def vlm_table(
    encoder: DCFormerConfig, projector: MixerConfig, *, layers: int, tied: bool
) -> KeyTable:
    """Every tensor of a `vlm_qwen` checkpoint."""
    names = dict(_language_names(layers, tied=tied))
    tower = "model.vision_tower.vision_tower"
    names |= _prefixed(encoder_names(encoder), tower, "encoder")
    names |= _prefixed(mixer_names(projector), "model.mm_projector", "projector")
    return KeyTable(names)


def dual_encoder_table(encoder: DCFormerConfig, *, text_layers: int) -> KeyTable:
    """Every tensor of a `dec_clip` checkpoint with the sigmoid loss."""
    names = {"t_prime": "log_temperature", "bias": "bias"}
    names |= _prefixed(encoder_names(encoder), "vision_encoder", "encoder")
    names |= _prefixed(
        {name: name for name in _text_names(text_layers)}, "language_encoder", "text"
    )
    for published, ours in (("mm_vision_proj", "volume_head"), ("mm_language_proj", "text_head")):
        names |= {f"{published}.{p}": f"{ours}.{p}" for p in AFFINE}
    return KeyTable(names)


def _prefixed(names: Mapping[str, str], published: str, ours: str) -> dict[str, str]:
    return {f"{published}.{a}": f"{ours}.{b}" for a, b in names.items()}


def encoder_names(config: DCFormerConfig) -> dict[str, str]:
    """Names inside the encoder: `encoder.s0...` to `stem...`, `encoder.s1...` to `stages.0...`."""
    names: dict[str, str] = {}
    for i in range(len(STEM_KERNELS)):
        names |= _decomposed_names(f"encoder.s0.0.{i}", f"stem.{i}")
    for stage, blocks in enumerate(config.blocks[1:], start=1):
        for i in range(blocks):
            published, ours = f"encoder.s{stage}.{i}", f"stages.{stage - 1}.{i}"
            if i == 0:
                names[f"{published}.proj.weight"] = f"{ours}.down.1.weight"
            names |= _decomposed_names(f"{published}.dwconv", f"{ours}.mix")
            for index, linear in ((0, "expand"), (3, "reduce")):
                names |= {
                    f"{published}.mlp.mlp.{index}.{p}": f"{ours}.{linear}.{p}" for p in AFFINE
                }
            names[f"{published}.scale"] = f"{ours}.scale"
    return names


def _decomposed_names(published: str, ours: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for branch, axis in BRANCHES.items():
        names |= {f"{published}.{branch}.0.{p}": f"{ours}.{axis}.conv.{p}" for p in AFFINE}
        names |= {f"{published}.{branch}.1.{p}": f"{ours}.{axis}.norm.{p}" for p in BATCH_NORM}
    return names


def mixer_names(config: MixerConfig) -> dict[str, str]:
    """Names inside the projector: `low_mixer.0.mlp1...` to `low.0.token_mlp...`."""
    names: dict[str, str] = {}
    parts = {"ln1": "token_norm", "ln2": "channel_norm"}
    mlps = {"mlp1": "token_mlp", "mlp2": "channel_mlp"}
    for stream, sizes in (("low", config.low), ("high", config.high)):
        for i in range(len(sizes.tokens) - 1):
            published, ours = f"{stream}_mixer.{i}", f"{stream}.{i}"
            for p in AFFINE:
                names |= {f"{published}.{a}.{p}": f"{ours}.{b}.{p}" for a, b in parts.items()}
                for a, b in mlps.items():
                    names[f"{published}.{a}.mm_projector.0.{p}"] = f"{ours}.{b}.0.{p}"
                    for j in range(1, config.mlp_depth):
                        source = f"{published}.{a}.mm_projector.{j}.1.{p}"
                        names[source] = f"{ours}.{b}.{2 * j}.{p}"
    return names


def _language_names(layers: int, *, tied: bool) -> Iterator[tuple[str, str]]:
    """Qwen2's own names; ours differ only by a prefix."""
    plain = ["model.embed_tokens.weight", "model.norm.weight"]
    if not tied:
        plain.append("lm_head.weight")
    for i in range(layers):
        layer = f"model.layers.{i}"
        plain += [f"{layer}.self_attn.{x}_proj.{p}" for x in "qkv" for p in AFFINE]
        plain += [f"{layer}.self_attn.o_proj.weight"]
        plain += [f"{layer}.mlp.{x}_proj.weight" for x in ("gate", "up", "down")]
        plain += [f"{layer}.{x}_layernorm.weight" for x in ("input", "post_attention")]
    return ((name, f"language_model.{name}") for name in plain)


def _text_names(layers: int) -> Iterator[str]:
    """DistilBERT's own names."""
    for table in ("word", "position"):
        yield f"embeddings.{table}_embeddings.weight"
    norms = ["embeddings.LayerNorm"]
    linears = []
    for i in range(layers):
        layer = f"transformer.layer.{i}"
        linears += [f"{layer}.attention.{x}_lin" for x in ("q", "k", "v", "out")]
        linears += [f"{layer}.ffn.lin1", f"{layer}.ffn.lin2"]
        norms += [f"{layer}.sa_layer_norm", f"{layer}.output_layer_norm"]
    for module in (*norms, *linears):
        yield from (f"{module}.{p}" for p in AFFINE)
