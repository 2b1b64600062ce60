"""A recipe: the configurations of all stages of a run.

recipe.stages["alignment"].schedule.steps
"""

from dataclasses import dataclass, fields

from med3dvlm.errors import ConfigError
from train.data.phantoms.cache import CacheSpec
from train.stages.config import AnsweringConfig, ContrastiveConfig
from train.stages.names import STAGES
from train.stages.reader import ReaderStageConfig
from train.stages.warm_encoder import EncoderConfig
from train.stages.warm_facts import FactsConfig
from train.stages.warm_language import LanguageStageConfig
from train.stages.warm_reading import ReadingConfig

WarmConfig = EncoderConfig | LanguageStageConfig | FactsConfig | ReadingConfig | ReaderStageConfig
StageConfig = WarmConfig | ContrastiveConfig | AnsweringConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The three published stages."""

    contrastive: ContrastiveConfig
    alignment: AnsweringConfig
    instruction: AnsweringConfig

    def __post_init__(self) -> None:
        precision = {name: stage.schedule.precision for name, stage in self.stages.items()}
        if len(set(precision.values())) > 1:
            raise ConfigError(
                f"accelerate sets one precision for all stages of a run, got {precision}"
            )

    @property
    def stages(self) -> dict[str, StageConfig]:
        """The configuration of every stage, by its name."""
        own = {field.name for field in fields(self)}
        return {name: getattr(self, name) for name in STAGES if name in own}


@dataclass(frozen=True, kw_only=True)
class PhantomRecipe(Recipe):
    """The three stages on phantoms, with warm starts in place of pretrained models.

    Attributes:
        training: phantoms to draw for training; `validation` and `test` likewise.
        evaluated: test phantoms in the final evaluation.
    """

    training: CacheSpec
    validation: CacheSpec
    test: CacheSpec
    encoder: EncoderConfig
    language: LanguageStageConfig
    facts: FactsConfig
    reading: ReadingConfig
    reader: ReaderStageConfig
    evaluated: int
