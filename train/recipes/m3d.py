"""The recipes on data in M3D's layout; those on phantoms are in train/recipes/phantom.py.

`released_*` use the published hyper-parameters; `corrected_*` are the same with our way of joining
image and text, and with follow-up questions; `sample_*` are tiny, for sample data and tests.
"""

from dataclasses import replace
from typing import Any

from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer_config import DCFormerConfig, small
from med3dvlm.model.dual_encoder import TextConfig
from med3dvlm.model.mixer import MixerConfig, StreamConfig, released_mixer
from med3dvlm.model.vlm import LanguageConfig
from med3dvlm.volumes.grid import PUBLISHED_GRID
from med3dvlm.volumes.window import ABDOMEN, MODEL_CT
from train.data.config import CaptionRows, QuestionRows, QuestionSource
from train.loop.stage import Schedule
from train.recipes.recipe import Recipe
from train.stages.config import (
    AnsweringConfig,
    ContrastiveConfig,
    ImageConfig,
    LanguageSource,
    LoraSettings,
    TextSource,
)

SAMPLE_GRID = (32, 64, 64)
ALL_SOURCES: tuple[QuestionSource, ...] = ("captions", "open", "closed", "yes/no")
LANGUAGE, TEXT = "Qwen/Qwen2.5-7B-Instruct", "medicalai/ClinicalBERT"


def released_image() -> ImageConfig:
    """DCFormer-small at the published grid; a user's CT goes in with an abdominal window."""
    return ImageConfig(
        encoder=small(), input=InputSpec(grid=PUBLISHED_GRID, window=ABDOMEN, published=True)
    )


def _published(epochs: float, batch: int, learning_rate: float, **changes: Any) -> Schedule:
    """What the published schedules have in common."""
    return Schedule(
        epochs=epochs, batch=batch, learning_rate=learning_rate, precision="bf16",
        evaluate_every=1000, save_every=1000, **changes,
    )  # fmt: skip


def released_contrastive() -> ContrastiveConfig:
    """Stage 1 as published: 100 epochs, 64 a GPU on 8 GPUs, learning rate 1e-4, decay 0.1.

    With chunks of 16 rows, which share normalisation, a batch of any size runs on one GPU.
    """
    return ContrastiveConfig(
        image=released_image(),
        text=TextSource(name=TEXT, max_length=512),
        width=768,
        data=CaptionRows(),
        schedule=_published(100, 512, 1e-4, weight_decay=0.1),
        chunk=16,
        norm_group=16,
    )


def released_alignment() -> AnsweringConfig:
    """Stage 2 as published: 3 epochs, 16 a GPU on 8 GPUs, learning rate 1e-4."""
    return AnsweringConfig(
        stage="alignment",
        image=released_image(),
        projector=released_mixer(),
        language=LanguageSource(name=LANGUAGE),
        splice="published",
        data=QuestionRows(sources=("captions", "open", "closed")),
        trains=("projector", "embeddings"),
        schedule=_published(3, 128, 1e-4),
    )


def released_instruction() -> AnsweringConfig:
    """Stage 3 as published: 5 epochs, 8 a GPU on 8 GPUs, learning rate 5e-5, LoRA 16/32/0.05."""
    before = released_alignment()
    return replace(
        before,
        stage="instruction",
        data=QuestionRows(sources=ALL_SOURCES),
        trains=("projector", "embeddings", "head", "encoder", "lora"),
        lora=LoraSettings(),
        schedule=_published(5, 64, 5e-5),
    )


def corrected_alignment() -> AnsweringConfig:
    """Stage 2 with image tokens exactly at their placeholders, and with turns marked."""
    return replace(released_alignment(), splice="corrected")


def corrected_instruction() -> AnsweringConfig:
    """Stage 3 likewise, with follow-up questions and some blind rows."""
    data = QuestionRows(sources=ALL_SOURCES, talk=0.3, blind=0.02)
    return replace(released_instruction(), splice="corrected", data=data)


def sample_image() -> ImageConfig:
    """A tiny encoder for ready data of 32 x 64 x 64 voxels."""
    return ImageConfig(
        encoder=DCFormerConfig(
            channels=(8, 8, 16, 24, 32), blocks=(1, 1, 1, 1, 1), kernels=(3, 3, 3, 3),
            layer_scale=0.3,
        ),
        input=InputSpec(grid=SAMPLE_GRID, window=MODEL_CT, published=True),
    )  # fmt: skip


def sample_contrastive() -> ContrastiveConfig:
    """Stage 1, tiny."""
    return ContrastiveConfig(
        image=sample_image(),
        text=TextSource(
            config=TextConfig(
                vocabulary=400, width=32, layers=1, heads=2, hidden=64, positions=128, dropout=0.0
            ),
            max_length=128,
        ),
        width=32,
        data=CaptionRows(),
        schedule=_sample_schedule(),
        chunk=2,
        norm_group=2,
        evaluated=16,
    )


def sample_alignment() -> AnsweringConfig:
    """Stage 2, tiny, with a new language model."""
    low, high = (sample_image().encoder.grid(SAMPLE_GRID, stage) for stage in (3, 4))
    return AnsweringConfig(
        stage="alignment",
        image=sample_image(),
        projector=MixerConfig(
            low=StreamConfig(tokens=(low[0] * low[1] * low[2], 4), channels=(24, 32)),
            high=StreamConfig(tokens=(high[0] * high[1] * high[2], 2), channels=(32, 32)),
        ),
        language=LanguageSource(
            config=LanguageConfig(
                vocabulary=512, width=32, layers=2, heads=2, key_heads=1, hidden=64, tied=True,
                positions=512,
            )
        ),
        splice="corrected",
        data=QuestionRows(sources=("captions", "open", "closed")),
        trains=("projector", "embeddings", "language"),
        schedule=_sample_schedule(),
        max_length=256,
        frozen_dtype="float32",
        evaluated=16,
    )  # fmt: skip


def sample_instruction() -> AnsweringConfig:
    """Stage 3, tiny."""
    before = sample_alignment()
    return replace(
        before,
        stage="instruction",
        data=QuestionRows(sources=ALL_SOURCES, talk=0.3),
        trains=("projector", "embeddings", "encoder", "lora"),
        lora=LoraSettings(rank=4, alpha=8, dropout=0.0),
    )


def _sample_schedule() -> Schedule:
    return Schedule(
        epochs=4, batch=8, learning_rate=5e-4, epsilon=1e-6, precision="no", evaluate_every=0,
        save_every=20, log_every=1,
    )  # fmt: skip


def released_recipe() -> Recipe:
    """The published recipe."""
    return Recipe(
        contrastive=released_contrastive(),
        alignment=released_alignment(),
        instruction=released_instruction(),
    )


def corrected_recipe() -> Recipe:
    """The published recipe with our way of joining image and text."""
    return Recipe(
        contrastive=released_contrastive(),
        alignment=corrected_alignment(),
        instruction=corrected_instruction(),
    )


def sample_recipe() -> Recipe:
    """All stages, tiny: minutes on a CPU."""
    return Recipe(
        contrastive=sample_contrastive(),
        alignment=sample_alignment(),
        instruction=sample_instruction(),
    )
