"""The configuration of a stage on M3D data: frozen, written beside its result, changed by name.

study = with_settings(released_contrastive(), ["schedule.batch=64", "chunk=8"])
loop = study.schedule.loop(rows=len(data))
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar

from med3dvlm.errors import ConfigError, TrainingError
from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer import DCFormerConfig
from med3dvlm.model.dual_encoder import TextConfig
from med3dvlm.model.mixer import MixerConfig
from med3dvlm.model.vlm import LanguageConfig, Splice
from med3dvlm.values import from_dict
from train.data.m3d.look import Variation
from train.data.m3d.rows import Source
from train.loop.stage import LoopConfig

Part = Literal["projector", "embeddings", "head", "encoder", "language", "lora"]
StudyT = TypeVar("StudyT", bound="ContrastiveStudy | AnsweringStudy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast; steps follow from the data.

    Attributes:
        epochs: times that every row is seen.
        batch: rows of a step over all processes.
        steps: stop the epochs' schedule short at so many steps; 0 for all of them.
        patience: see `LoopConfig`, as all other fields.
    """

    epochs: float
    batch: int
    learning_rate: float
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    warmup: float = 0.03
    clip: float = 1.0
    seed: int = 0
    precision: str = "bf16"
    accumulate: int = 1
    ema: float = 0.0
    patience: int = 0
    steps: int = 0
    evaluate_every: int = 1000
    save_every: int = 1000
    log_every: int = 20

    def loop(self, rows: int, *, watch: str, higher: bool) -> LoopConfig:
        """The loop over data of so many rows."""
        settings = asdict(self)
        epochs, steps = settings.pop("epochs"), settings.pop("steps")
        settings["steps"] = steps or max(1, math.ceil(epochs * rows / self.batch))
        return LoopConfig(**settings, watch=watch, higher=higher)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """The volume encoder, what it is shown, and what a user's scan must look like."""

    encoder: DCFormerConfig
    input: InputSpec
    variation: Variation = field(default_factory=Variation)


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
class ContrastiveStudy:
    """Stage 1.

    Attributes:
        width: of the shared space.
        train_text: whether the text tower learns; its head does in any case.
        same_text: whether a volume's caption counts as true of another volume with that caption.
        chunk: rows whose activations a process holds at a time; 0 for all of its rows.
        norm_group: rows that share normalisation statistics.
        warm_start: weights of a supervised warm start, for data with labels; empty for none.
        evaluated: validation rows of an evaluation.
    """

    stage: Literal["contrastive"] = "contrastive"
    image: ImageConfig
    text: TextSource
    width: int
    schedule: Schedule
    train_text: bool = True
    same_text: bool = True
    chunk: int = 0
    norm_group: int = 16
    warm_start: str = ""
    evaluated: int = 1000

    def __post_init__(self) -> None:
        if self.schedule.accumulate != 1:
            raise ConfigError(
                "the contrastive loss needs its whole batch at once: choose a chunk instead of "
                "accumulate"
            )
        if self.chunk % self.norm_group:
            raise ConfigError(f"chunk must be a multiple of norm_group {self.norm_group}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringStudy:
    """Stage 2 or 3.

    Attributes:
        projector: sizes of the mixer; its image tokens fill the prompt.
        splice: how image and text are joined, see `VLMConfig`; with it goes the prompt's style.
        sources: what is asked.
        trains: parts that learn.
        lora: adapters of the language model, if `trains` has them.
        max_length: tokens of a row, image tokens included.
        talk: chance that a row goes on with further questions.
        blind: chance that a row's image tokens are blanked.
        checkpointing: recompute activations in the backward pass to save memory.
        frozen_dtype: type of the language model's weights that don't learn.
    """

    stage: Literal["alignment", "instruction"]
    image: ImageConfig
    projector: MixerConfig
    language: LanguageSource
    splice: Splice
    sources: tuple[Source, ...]
    trains: tuple[Part, ...]
    schedule: Schedule
    lora: LoraSettings | None = None
    max_length: int = 512
    talk: float = 0.0
    blind: float = 0.0
    checkpointing: bool = True
    frozen_dtype: Literal["float32", "bfloat16"] = "bfloat16"
    evaluated: int = 256

    def __post_init__(self) -> None:
        if ("lora" in self.trains) != (self.lora is not None):
            raise ConfigError("'lora' in trains and the settings of lora belong together")
        if {"lora", "language"} <= set(self.trains):
            raise ConfigError("either the language model learns or adapters of it")
        if self.talk and self.splice == "published":
            raise ConfigError("the published prompt holds one turn: talk must be 0")


Study = ContrastiveStudy | AnsweringStudy


def with_settings(study: StudyT, settings: Sequence[str]) -> StudyT:
    """A study with some fields changed, each named as `path.to.field=value` (JSON or a word).

    Raises:
        TrainingError: there is no such field, or the value doesn't fit.
    """
    values = asdict(study)
    for setting in settings:
        name, equals, value = setting.partition("=")
        *path, last = name.split(".")
        place: Any = values
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        if not equals or not isinstance(place, dict) or last not in place:
            raise TrainingError(
                f"--set {setting}: no such field; write for instance schedule.batch=8"
            )
        place[last] = _value(value)
    try:
        return from_dict(type(study), values)
    except (ConfigError, TypeError) as error:
        raise TrainingError(f"--set {' '.join(settings)}: {error}") from None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def study_of(stored: dict[str, Any]) -> Study:
    """A study from its JSON."""
    if stored.get("stage") == "contrastive":
        return from_dict(ContrastiveStudy, stored)
    return from_dict(AnsweringStudy, stored)
