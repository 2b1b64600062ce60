"""The vision-language model: DCFormer, projector and a plain `transformers` Qwen2, by composition.

model = VLM(config)
features = model.encode(volume)                      # (B, image tokens, width)
logits = model(ids, features, mask).logits           # ids include the placeholders
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from transformers import Qwen2Config, Qwen2ForCausalLM
from transformers.modeling_outputs import CausalLMOutputWithPast

from med3dvlm.errors import ConfigError, PromptError
from med3dvlm.model.dcformer import DCFormer, tokens
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.mixer import MixerConfig, MixerProjector
from med3dvlm.model.released import shifted_placeholders

# B batch  L sequence length  N image tokens  C width of the language model
# l h low and high tokens of the encoder (stages 3 and 4)

Splice = Literal["corrected", "published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageConfig:
    """Sizes of the Qwen2 language model (Yang et al., arXiv 2407.10671)."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    key_heads: int
    hidden: int
    tied: bool
    positions: int = 32768
    rope_theta: float = 1_000_000.0
    norm_eps: float = 1e-6

    def qwen2(self) -> Qwen2Config:
        """These sizes as a `transformers` configuration."""
        return Qwen2Config(
            vocab_size=self.vocabulary,
            hidden_size=self.width,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.key_heads,
            intermediate_size=self.hidden,
            max_position_embeddings=self.positions,
            rms_norm_eps=self.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": self.rope_theta},
            tie_word_embeddings=self.tied,
            bos_token_id=None,
            eos_token_id=None,
            pad_token_id=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VLMConfig:
    """The three parts, the only volume size they accept, and how text and image are joined.

    Attributes:
        grid: voxels (D, H, W) of the model input; the mixer accepts only this size.
        placeholder_id: token that marks the position of an image token.
        splice: `corrected` puts image token i at placeholder i; `published` keeps what the
            released weights were trained with (see `released.shifted_placeholders`).
    """

    encoder: DCFormerConfig
    projector: MixerConfig
    language: LanguageConfig
    grid: tuple[int, int, int]
    placeholder_id: int
    splice: Splice = "corrected"

    def __post_init__(self) -> None:
        if self.projector.width != self.language.width:
            raise ConfigError(
                f"the projector ends at width {self.projector.width}, "
                f"but the language model has {self.language.width}"
            )
        for stage, stream in ((3, self.projector.low), (4, self.projector.high)):
            d, h, w = self.encoder.grid(self.grid, stage)
            expected = (d * h * w, self.encoder.channels[stage])
            if (stream.tokens[0], stream.channels[0]) != expected:
                raise ConfigError(
                    f"stage {stage} of the encoder gives {expected[0]} tokens of {expected[1]} "
                    f"for a {self.grid} volume, but the projector takes {stream.tokens[0]} of "
                    f"{stream.channels[0]}"
                )


class VLM(nn.Module):
    """Encoder, projector and language model; nothing is kept between calls."""

    def __init__(self, config: VLMConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = DCFormer(config.encoder)
        self.projector = MixerProjector(config.projector)
        self.language_model = Qwen2ForCausalLM(config.language.qwen2())

    def encode(self, volume: Tensor) -> Tensor:
        """A volume (B, 1, D, H, W) in [0, 1] to image tokens (B, N, C)."""
        if tuple(volume.shape[2:]) != self.config.grid:
            raise PromptError(
                f"this model takes volumes of {self.config.grid} voxels, "
                f"not {tuple(volume.shape[2:])}: resize with volumes.grid.to_model_grid"
            )
        states = self.encoder(volume)
        low, high = tokens(states[3]), tokens(states[4])  # (B, N_l, C_l), (B, N_h, C_h)
        image_tokens: Tensor = self.projector(low, high)
        return image_tokens

    def embed(self, ids: Tensor, image_tokens: Tensor | None) -> Tensor:
        """Embeddings (B, L, C) of token ids (B, L), with image tokens at their positions."""
        embeddings: Tensor = self.language_model.get_input_embeddings()(ids)
        if image_tokens is None:
            return embeddings
        places = ids == self.config.placeholder_id  # (B, L), N of each row true
        if self.config.splice == "published":
            places = shifted_placeholders(places)
        return place_features(embeddings, places, image_tokens)

    def forward(
        self,
        ids: Tensor,
        image_tokens: Tensor | None = None,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> CausalLMOutputWithPast:
        """Next-token logits (B, L, vocabulary); with labels (-100 = ignored), their mean loss."""
        output: CausalLMOutputWithPast = self.language_model(
            inputs_embeds=self.embed(ids, image_tokens),
            attention_mask=attention_mask,
            position_ids=position_ids,
            labels=labels,
            use_cache=False,
        )
        return output


def place_features(embeddings: Tensor, places: Tensor, features: Tensor) -> Tensor:
    """Put features (B, N, C) at the N marked places of each row of embeddings (B, L, C).

    Raises:
        PromptError: a row's number of marked places differs from the number of features.
    """
    counts = places.sum(dim=1)
    if not bool((counts == features.shape[1]).all()):
        raise PromptError(
            f"the text has placeholders for {counts.tolist()} image tokens, "
            f"but the volume has {features.shape[1]}"
        )
    # (B N, C): the scatter takes numbers in order, so each position gets one whole token.
    flat = features.reshape(-1, features.shape[-1]).to(embeddings.dtype)
    return torch.masked_scatter(embeddings, places.unsqueeze(-1), flat)  # mask (B, L, 1)
