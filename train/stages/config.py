"""The configurations of the three stages: frozen, saved with the result, changed by field name.

config = ContrastiveConfig(
    image=image, text=text, width=768, data=CaptionRows(), schedule=schedule
)
config.needs                    # stages of the same run whose results it starts from

They are the same for every source of rows; only `data` is specific to one. Each warm start has its
configuration in its own file. Recipes (`train/recipes`) create them.
"""

from dataclasses import dataclass
from typing import Literal

from med3dvlm.errors import ConfigError
from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.dual_encoder import TextConfig
from med3dvlm.model.mixer import MixerConfig
from med3dvlm.model.vlm import LanguageConfig, Splice
from train.data.config import PairRows, TalkRows
from train.loop.stage import Schedule
from train.stages.names import WarmStart

Part = Literal["projector", "embeddings", "head", "encoder", "language", "lora"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """The volume encoder, its input, and what a user's scan must look like."""

    encoder: DCFormerConfig
    input: InputSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """A text tower: a hub name or folder, or (no name) a new one of the given sizes."""

    name: str = ""
    config: TextConfig | None = None
    max_length: int = 512

    def __post_init__(self) -> None:
        if bool(self.name) == (self.config is not None):
            raise ConfigError("a text tower needs a name or the sizes of a new one")


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSource:
    """A language model: a hub name or folder, or (no name) a new one of the given sizes."""

    name: str = ""
    config: LanguageConfig | None = None

    def __post_init__(self) -> None:
        if bool(self.name) == (self.config is not None):
            raise ConfigError("a language model needs a name or the sizes of a new one")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSettings:
    """Low-rank adapters (Hu et al., arXiv 2106.09685) on the linears of the language model."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastiveConfig:
    """Stage 1.

    Attributes:
        width: of the shared space.
        data: which rows, and how they are augmented.
        warm: warm starts of the same run whose results this stage starts from.
        encoder_weights: file of a supervised encoder from elsewhere; empty for none.
        train_encoder: whether the volume encoder trains; its head always does.
        train_text: whether the text tower trains; its head always does.
        scale_pace: learning rate factor of temperature and bias.
        same_text: whether a text counts as a positive for another volume with the same text.
        text_parts: parts, sorted by length, in which a chunk's texts are embedded, so that short
            ones aren't padded to the length of long ones.
        chunk: rows whose activations a process holds at a time; 0 for all of its rows.
        norm_group: rows that share normalisation statistics.
        evaluated: held-out rows per evaluation.
    """

    stage: Literal["contrastive"] = "contrastive"
    image: ImageConfig
    text: TextSource
    width: int
    data: PairRows
    schedule: Schedule
    warm: tuple[WarmStart, ...] = ()
    encoder_weights: str = ""
    train_encoder: bool = True
    train_text: bool = True
    scale_pace: float = 1.0
    same_text: bool = True
    text_parts: int = 1
    chunk: int = 0
    norm_group: int = 16
    evaluated: int = 1000

    def __post_init__(self) -> None:
        if self.schedule.accumulate != 1:
            raise ConfigError(
                "the contrastive loss needs its whole batch at once: set chunk instead of "
                "accumulate"
            )
        if self.chunk % self.norm_group:
            raise ConfigError(f"chunk must be a multiple of norm_group {self.norm_group}")
        if self.train_encoder and self.data.encoded:
            raise ConfigError("rows encoded in advance need a frozen encoder")

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it starts from."""
        return self.warm


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringConfig:
    """Stage 2 or 3.

    Attributes:
        projector: sizes of the mixer; its image tokens go into the prompt.
        splice: how image and text are joined, see `VLMConfig`; it also sets the prompt's style.
        data: which rows, which questions, and how they are augmented.
        trains: parts that train.
        warm: warm starts of the same run that this stage starts from: an encoder (otherwise that of
            stage 1), a language model (otherwise that of `language`).
        projector_pace: learning rate factor of the projector over the language model.
        lora: adapters of the language model, if `trains` has them.
        max_length: tokens of a conversation, including image tokens.
        opening: weight of an answer's first token; 1 as published.
        readout: weight of the readout loss, for data with labels; 0 turns it off.
        readout_alone: initial steps that train on readouts only, without the language model.
        checkpointing: recompute activations in the backward pass to save memory.
        frozen_dtype: type of the language model's frozen weights where training computes in bf16;
            float32 elsewhere.
        evaluated: held-out rows per evaluation.
    """

    stage: Literal["alignment", "instruction"]
    image: ImageConfig
    projector: MixerConfig
    language: LanguageSource
    splice: Splice
    data: TalkRows
    trains: tuple[Part, ...]
    schedule: Schedule
    warm: tuple[WarmStart, ...] = ()
    projector_pace: float = 1.0
    lora: LoraSettings | None = None
    max_length: int = 512
    opening: float = 1.0
    readout: float = 0.0
    readout_alone: int = 0
    checkpointing: bool = True
    frozen_dtype: Literal["float32", "bfloat16"] = "bfloat16"
    evaluated: int = 256

    def __post_init__(self) -> None:
        if ("lora" in self.trains) != (self.lora is not None):
            raise ConfigError("'lora' in trains and the lora settings belong together: set both")
        if {"lora", "language"} <= set(self.trains):
            raise ConfigError("train either the language model or its adapters, not both")
        if "encoder" in self.trains and self.data.encoded:
            raise ConfigError("rows encoded in advance need a frozen encoder")
        if self.data.follows_up and self.splice == "published":
            raise ConfigError("the published prompt has one turn only: data.talk must be 0")
        if self.readout_alone and not self.readout:
            raise ConfigError("steps with readouts alone need a readout weight: set readout")
        if self.readout and self.schedule.accumulate != 1:
            raise ConfigError("the readout loss is a mean over rows: accumulate must be 1")

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it starts from."""
        encoder = () if "encoder" in self.warm else ("contrastive",)
        before = ("alignment",) if self.stage == "instruction" else ()
        return (*encoder, *self.warm, *before)
