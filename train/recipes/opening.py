"""From a stage's configuration to the stage: opens the rows it trains on.

stage = open_stage(config, Place(run=Path("runs/phantom"), data=Path("runs/phantom/phantoms")))

The one place that knows which configuration goes with which stage and which source.
"""

import json
from functools import partial
from pathlib import Path
from typing import NamedTuple, assert_never

from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import DCFormerConfig
from train.data.config import CaptionRows, PhantomPairRows, PhantomTalkRows, QuestionRows
from train.data.m3d.shards import read_spec
from train.data.m3d.sources import CaptionSource, QuestionAnswerSource
from train.data.m3d.sources import corpus as m3d_corpus
from train.data.phantoms.cache import PhantomCache, open_phantoms
from train.data.phantoms.features import EncodedPhantoms, encode_phantoms
from train.data.phantoms.sources import PhantomPairSource, PhantomTalkSource
from train.data.phantoms.text import corpus as phantom_corpus
from train.data.sources import PairSource, TalkSource
from train.loop.stage import Stage
from train.recipes.info import M3D_MODEL, PHANTOM_MODEL
from train.recipes.recipe import PhantomRecipe, StageConfig, WarmConfig
from train.stages import (
    alignment,
    contrastive,
    instruction,
    reader,
    warm_encoder,
    warm_facts,
    warm_language,
    warm_reading,
)
from train.stages.config import AnsweringConfig, ContrastiveConfig
from train.stages.names import SUPERVISED
from train.stages.reader import ReaderStageConfig
from train.stages.towers import Corpus, encoder_state
from train.stages.warm_encoder import EncoderConfig
from train.stages.warm_facts import FactsConfig
from train.stages.warm_language import LanguageStageConfig
from train.stages.warm_reading import ReadingConfig

# Inside the folder of a run.
FEATURES, PHANTOMS = "features", "phantoms"


class Place(NamedTuple):
    """The folder of a run, with one folder per stage, and the folder of its data."""

    run: Path
    data: Path


def draw_phantoms(recipe: PhantomRecipe, folder: Path, *, workers: int) -> None:
    """Draw the training, validation and test phantoms that are missing."""
    for name in ("training", "validation", "test"):
        PhantomCache.build(folder / name, getattr(recipe, name), workers=workers)


def open_stage(config: StageConfig, place: Place) -> Stage:
    """The stage of a configuration, ready to run.

    Raises:
        TrainingError: the data is missing or has another size, or an earlier stage isn't finished.
    """
    match config:
        case ContrastiveConfig():
            info = PHANTOM_MODEL if config.data.encoded else M3D_MODEL
            return contrastive.stage(config, open_pairs(config, place), run=place.run, info=info)
        case AnsweringConfig(stage="alignment"):
            return alignment.stage(config, open_talks(config, place), run=place.run)
        case AnsweringConfig():
            return instruction.stage(config, open_talks(config, place), run=place.run)
        case _:
            return _open_warm(config, place)


def _open_warm(config: WarmConfig, place: Place) -> Stage:
    match config:
        case EncoderConfig():
            return warm_encoder.stage(config, open_phantoms(place.data))
        case LanguageStageConfig():
            return warm_language.stage(config)
        case FactsConfig():
            return warm_facts.stage(config, *_encoded(config.model.encoder, config.data, place))
        case ReadingConfig():
            return warm_reading.stage(config, run=place.run)
        case ReaderStageConfig():
            return reader.stage(config)
        case _:
            assert_never(config)


def open_pairs(config: ContrastiveConfig, place: Place) -> PairSource:
    """The rows that stage 1 trains on."""
    seed = config.schedule.seed
    match config.data:
        case CaptionRows():
            _check_grid(config.image.input, place.data)
            return CaptionSource(place.data, config.data, seed=seed)
        case PhantomPairRows():
            encoded = _encoded(config.image.encoder, config.data, place)
            return PhantomPairSource(*encoded, config.data, seed=seed)
        case _:
            assert_never(config.data)


def open_talks(config: AnsweringConfig, place: Place) -> TalkSource:
    """The rows that stages 2 and 3 train on."""
    seed = config.schedule.seed
    match config.data:
        case QuestionRows():
            _check_grid(config.image.input, place.data)
            return QuestionAnswerSource(place.data, config.data, seed=seed)
        case PhantomTalkRows():
            encoded = _encoded(config.image.encoder, config.data, place)
            return PhantomTalkSource(*encoded, config.data, seed=seed)
        case _:
            assert_never(config.data)


def corpus_of(config: AnsweringConfig, data: Path) -> Corpus:
    """Texts to train the tokenizer of a new language model on."""
    if isinstance(config.data, QuestionRows):
        return partial(m3d_corpus, data)
    return phantom_corpus


def learns_from_words(config: StageConfig) -> bool:
    """Whether a stage draws its own sentences and reads no stored data."""
    return isinstance(config, LanguageStageConfig | ReadingConfig | ReaderStageConfig)


def data_digest(config: StageConfig, data: Path) -> str:
    """A hash of the data that a stage trains on, if it has stored data.

    Raises:
        TrainingError: the data is missing.
    """
    if learns_from_words(config):
        return "drawn as it learns"
    match config:
        case ContrastiveConfig(data=CaptionRows()) | AnsweringConfig(data=QuestionRows()):
            report = data / "report.json"
            return str(json.loads(report.read_text())["digest"]) if report.exists() else "unknown"
        case _:
            training, validation = open_phantoms(data)
            return f"{training.digest} {validation.digest}"


def _encoded(
    config: DCFormerConfig, rows: PhantomPairRows | PhantomTalkRows, place: Place
) -> tuple[EncodedPhantoms, EncodedPhantoms]:
    """Phantoms encoded by the encoder of the warm start."""
    encoder = DCFormer(config)
    encoder.load_state_dict(encoder_state(place.run / "encoder" / SUPERVISED))
    return encode_phantoms(
        encoder,
        open_phantoms(place.data),
        work=place.run / FEATURES,
        views=rows.views,
        jitter=rows.jitter,
    )


def _check_grid(wanted: InputSpec, data: Path) -> None:
    grid = read_spec(data).grid
    if grid != wanted.grid:
        raise TrainingError(
            f"the data was prepared for {grid} voxels, the configuration needs {wanted.grid}"
        )
