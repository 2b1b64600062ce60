"""The configurations of the three stages: frozen, written beside the result, changed by name.

config = ContrastiveConfig(
    image=image, text=text, width=768, data=CaptionRows(), schedule=schedule
)
config.needs                    # stages of the same run whose results it starts from

They are the same for every source of rows; `data` alone belongs to one. Warm starts have theirs in
their own files. Recipes (`train/recipes`) make them.
"""

from dataclasses import dataclass
from typing import Literal

from med3dvlm.errors import ConfigError
from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer import DCFormerConfig
from med3dvlm.model.dual_encoder import TextConfig
from med3dvlm.model.mixer import MixerConfig
from med3dvlm.model.vlm import LanguageConfig, Splice
from train.data.config import PairRows, TalkRows
from train.loop.stage import Schedule
from train.stages.names import WarmStart

Part = Literal["projector", "embeddings", "head", "encoder", "language", "lora"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """The volume encoder, what it is shown, and what a user's scan must look like."""

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
        data: which rows, and how they are varied.
        warm: warm starts of the same run whose results it goes on from.
        encoder_weights: file of a supervised encoder from elsewhere; empty for none.
        train_encoder: whether the volume encoder learns; its head does in any case.
        train_text: whether the text tower learns; its head does in any case.
        scale_pace: how much faster temperature and bias learn than all else.
        same_text: whether a volume's text counts as true of another volume with that text.
        text_parts: parts, by length, in which the texts of a chunk are embedded, so that short ones
            aren't padded to long ones.
        chunk: rows whose activations a process holds at a time; 0 for all of its rows.
        norm_group: rows that share normalisation statistics.
        evaluated: held-out rows of an evaluation.
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
                "the contrastive loss needs its whole batch at once: choose a chunk instead of "
                "accumulate"
            )
        if self.chunk % self.norm_group:
            raise ConfigError(f"chunk must be a multiple of norm_group {self.norm_group}")
        if self.train_encoder and self.data.encoded:
            raise ConfigError("rows that are encoded before have an encoder that doesn't learn")

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it goes on from."""
        return self.warm


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringConfig:
    """Stage 2 or 3.

    Attributes:
        projector: sizes of the mixer; its image tokens fill the prompt.
        splice: how image and text are joined, see `VLMConfig`; with it goes the prompt's style.
        data: which rows, what is asked, and how they are varied.
        trains: parts that learn.
        warm: warm starts of the same run that it goes on from: its encoder (else that of stage 1),
            its language model (else that of `language`).
        projector_pace: how much faster the projector learns than the language model.
        lora: adapters of the language model, if `trains` has them.
        max_length: tokens of a conversation, image tokens included.
        opening: weight of an answer's first token; 1 as published.
        readout: weight of the readout loss, for data with labels; 0 leaves it out.
        readout_alone: first steps that learn readouts only, without the language model.
        checkpointing: recompute activations in the backward pass to save memory.
        frozen_dtype: type of the language model's weights that don't learn.
        evaluated: held-out rows of an evaluation.
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
            raise ConfigError("'lora' in trains and the settings of lora belong together")
        if {"lora", "language"} <= set(self.trains):
            raise ConfigError("either the language model learns or adapters of it")
        if "encoder" in self.trains and self.data.encoded:
            raise ConfigError("rows that are encoded before have an encoder that doesn't learn")
        if self.data.follows_up and self.splice == "published":
            raise ConfigError("the published prompt holds one turn: data.talk must be 0")
        if self.readout_alone and not self.readout:
            raise ConfigError("readouts alone need a weight of the readout loss")
        if self.readout and self.schedule.accumulate != 1:
            raise ConfigError("readouts are a mean over rows: accumulate must be 1")

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it goes on from."""
        encoder = () if "encoder" in self.warm else ("contrastive",)
        before = ("alignment",) if self.stage == "instruction" else ()
        return (*encoder, *self.warm, *before)
