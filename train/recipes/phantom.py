"""The recipes on phantoms; those on M3D data are in train/recipes/m3d.py.

recipe = phantom_recipe()        # what `make default-model` runs
recipe = quick_recipe()          # minutes instead of hours, the same code
"""

from dataclasses import replace
from typing import Any

from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.dual_encoder import DualEncoderConfig, TextConfig
from med3dvlm.model.mixer import MixerConfig, StreamConfig
from med3dvlm.model.vlm import LanguageConfig
from med3dvlm.phantoms.splits import TEST, TRAINING, VALIDATION
from med3dvlm.volumes.window import MODEL_CT
from train.data.config import PhantomPairRows, PhantomTalkRows
from train.data.phantoms.cache import GRID, cache_spec
from train.data.phantoms.dialogues import DialogueMix
from train.loop.stage import Schedule
from train.recipes.recipe import PhantomRecipe
from train.stages.config import (
    AnsweringConfig,
    ContrastiveConfig,
    ImageConfig,
    LanguageSource,
    TextSource,
)
from train.stages.reader import ReaderStageConfig
from train.stages.sentence_encoder import MINILM
from train.stages.warm_encoder import EncoderConfig
from train.stages.warm_facts import FactsConfig
from train.stages.warm_language import LanguageStageConfig
from train.stages.warm_reading import ReadingConfig

VOCABULARY = 1024
EMBEDDED_VLM = "assets/default_model/vlm"
EMBEDDED_DUAL_ENCODER = "assets/default_model/dual_encoder"
# Findings that an encoder missed after 10,500 steps (docs/lab-log.md).
SUBTLE = (
    "liver metastases", "liver cyst", "hydronephrosis", "renal cyst", "adrenal mass",
    "vertebral fracture", "bladder mass",
)  # fmt: skip
# Findings that greedy reports left out although the encoder had partly detected them.
OMITTED = (
    "hydronephrosis", "vertebral fracture", "liver metastases", "liver cyst", "bladder mass",
)  # fmt: skip
# What a row of stages 2 and 3 asks.
MIX = DialogueMix()
# What it asks at last: image tokens told subtle findings that the language model didn't yet read.
ASKING_MIX = DialogueMix(report=0.7, closed=3, open=1, yes_no=3, talk=0.5, organ=0.4, presence=6)

# The same with more about places, whose options the language model took for each other's letters.
PLACES_MIX = DialogueMix(
    closed=3, open=1, yes_no=3, talk=0.5, organ=0.4, presence=5, place=3, drill=2
)  # fmt: skip


def phantom_encoder() -> DCFormerConfig:
    """3.6 M parameters: the published design, narrower."""
    return DCFormerConfig(channels=(16, 32, 96, 192, 384), blocks=(1, 1, 2, 3, 2), layer_scale=0.3)


def phantom_dual_encoder() -> DualEncoderConfig:
    """The encoder with a three-layer text tower."""
    return DualEncoderConfig(
        encoder=phantom_encoder(),
        text=TextConfig(
            vocabulary=900, width=192, layers=3, heads=4, hidden=576, positions=192, dropout=0.0
        ),
        width=192,
    )


def phantom_language() -> LanguageConfig:
    """1.8 M parameters: Qwen2's design, four layers."""
    return LanguageConfig(
        vocabulary=VOCABULARY, width=192, layers=4, heads=4, key_heads=2, hidden=576, tied=True,
        positions=2048, rope_theta=10_000.0,
    )  # fmt: skip


def phantom_projector() -> MixerConfig:
    """The dual-stream mixer to 34 image tokens."""
    encoder, width = phantom_encoder(), phantom_language().width
    low, high = (encoder.grid(GRID, stage) for stage in (3, 4))
    low_tokens, high_tokens = low[0] * low[1] * low[2], high[0] * high[1] * high[2]
    return MixerConfig(
        low=StreamConfig(tokens=(low_tokens, 26, 26), channels=(192, 256, width)),
        high=StreamConfig(tokens=(high_tokens, 8, 8), channels=(384, 256, width)),
    )


def phantom_input() -> InputSpec:
    """One CT window, low-passed resize, cropped to the body."""
    return InputSpec(grid=GRID, window=MODEL_CT)


def phantom_image() -> ImageConfig:
    """The encoder and its input."""
    return ImageConfig(encoder=phantom_encoder(), input=phantom_input())


def phantom_contrastive(schedule: Schedule, *, count: int = 0) -> ContrastiveConfig:
    """Stage 1 on the frozen encoder of the warm start, after facts and reading."""
    sizes = phantom_dual_encoder()
    return ContrastiveConfig(
        image=phantom_image(),
        text=TextSource(config=sizes.text, max_length=sizes.text.positions),
        width=sizes.width,
        data=PhantomPairRows(count=count, views=1),
        schedule=schedule,
        warm=("encoder", "facts", "reading"),
        train_encoder=False,
        scale_pace=10.0,  # temperature and bias need a higher rate to move at all
        same_text=False,  # labels say which texts are true, and come with the batch
        text_parts=2,
    )


def phantom_alignment(
    schedule: Schedule, *, readout_alone: int, mix: DialogueMix = MIX
) -> AnsweringConfig:
    """Stage 2 on the frozen encoder of the warm start, with readouts."""
    return AnsweringConfig(
        stage="alignment",
        image=phantom_image(),
        projector=phantom_projector(),
        language=LanguageSource(config=phantom_language()),
        splice="corrected",
        data=PhantomTalkRows(views=1, mix=mix),
        trains=("projector",),
        schedule=schedule,
        warm=("encoder", "language"),
        opening=5.0,  # an answer's first token decides: the option's letter, or yes or no
        readout=1.0,
        readout_alone=readout_alone,
        checkpointing=False,
        frozen_dtype="float32",
        evaluated=64,
    )


def phantom_instruction(schedule: Schedule, *, mix: DialogueMix = MIX) -> AnsweringConfig:
    """Stage 3: the small language model trains as a whole, the projector faster."""
    return replace(
        phantom_alignment(schedule, readout_alone=0),
        stage="instruction",
        data=PhantomTalkRows(views=1, mix=mix, omitted=OMITTED, repeats=3),
        trains=("projector", "embeddings", "head", "language"),
        projector_pace=1.5,
        readout=0.3,
    )


def phantom_base(schedule: Schedule, **changes: Any) -> LanguageStageConfig:
    """The language model's own warm start."""
    return LanguageStageConfig(
        language=phantom_language(), projector=phantom_projector(), schedule=schedule, **changes
    )


# A new reader for runs of minutes, which learns little.
TINY_READER = TextConfig(
    vocabulary=600, width=48, layers=1, heads=2, hidden=96, positions=128, dropout=0.0
)


def phantom_reader(schedule: Schedule) -> ReaderStageConfig:
    """The reader of free questions, from a pretrained sentence encoder of 22.7 M parameters."""
    return ReaderStageConfig(source=TextSource(name=MINILM, max_length=128), schedule=schedule)


def _schedule(steps: int, batch: int, learning_rate: float, **changes: Any) -> Schedule:
    """What the schedules of phantoms have in common."""
    usual: dict[str, Any] = {
        "weight_decay": 0.02, "betas": (0.9, 0.98), "precision": "bf16",
    }  # fmt: skip
    return Schedule(steps=steps, batch=batch, learning_rate=learning_rate, **(usual | changes))


# The encoder and the language model have always used other values.
ENCODER = {"weight_decay": 0.05, "clip": 2.0}
WORDS = {"betas": (0.9, 0.95)}
# What a row asks when the language model learns from facts.
READING_MIX = DialogueMix(report=0.6, closed=5, open=1, yes_no=5, talk=0.25, organ=0.2, drill=2)


def phantom_recipe() -> PhantomRecipe:
    """What `make default-model` runs: hours on two CPU cores."""
    return PhantomRecipe(
        training=cache_spec(TRAINING.start, 16_000, busy=True, variety="mixed"),
        validation=cache_spec(VALIDATION.start, 512, variety="mixed"),
        test=cache_spec(TEST.start, 2000),
        encoder=EncoderConfig(
            encoder=phantom_encoder(), subtle=SUBTLE, repeats=3,
            schedule=_schedule(
                14_000, 8, 1.5e-3, evaluate_every=2000, save_every=1000, **ENCODER
            ),
        ),
        language=phantom_base(
            _schedule(4000, 8, 1.5e-3, evaluate_every=500, **WORDS),
            mix=READING_MIX, drills=(1500, 1900), variety="mixed",
        ),
        facts=FactsConfig(
            model=phantom_dual_encoder(), data=PhantomPairRows(count=9600, views=1),
            schedule=_schedule(1200, 384, 1e-3, evaluate_every=200),
        ),
        reading=ReadingConfig(
            model=phantom_dual_encoder(),
            schedule=_schedule(1600, 48, 1e-3, evaluate_every=200, save_every=200),
            variety="mixed",
        ),
        contrastive=phantom_contrastive(
            _schedule(200, 64, 5e-5, evaluate_every=100, save_every=100), count=9600
        ),
        alignment=phantom_alignment(
            _schedule(4030, 32, 1e-3, evaluate_every=1000), readout_alone=4000
        ),
        instruction=phantom_instruction(
            _schedule(4000, 8, 8e-4, evaluate_every=800, save_every=200, **WORDS),
            mix=ASKING_MIX,
        ),
        reader=phantom_reader(_schedule(2200, 32, 2e-4, evaluate_every=1100, save_every=100)),
        evaluated=2000,
    )  # fmt: skip


def further_recipe() -> PhantomRecipe:
    """The embedded model trained further on mixed phantoms, in about three hours on two cores.

    The embedded one was made so, with pauses: the encoder in passes of 10,000 and 8,000 steps, the
    instruction in passes of 2,400, 1,600, 600 and 4,400 that asked differently much about findings
    and their places; the last asked as this recipe does.
    """
    whole = phantom_recipe()
    return replace(
        whole,
        encoder=replace(
            whole.encoder, start=EMBEDDED_DUAL_ENCODER,
            schedule=replace(whole.encoder.schedule, steps=18_000, learning_rate=9e-4),
        ),
        language=replace(
            whole.language, start=EMBEDDED_VLM, drills=(0, 0),
            schedule=replace(whole.language.schedule, steps=560, learning_rate=5e-4),
        ),
        instruction=replace(
            whole.instruction,
            data=PhantomTalkRows(views=1, mix=PLACES_MIX, omitted=OMITTED, repeats=2),
            schedule=replace(whole.instruction.schedule, steps=9000, learning_rate=8e-4),
        ),
    )  # fmt: skip


def quick_recipe() -> PhantomRecipe:
    """The same stages in minutes, to check that they work; the resulting model is poor.

    Its language model starts from the embedded one, as the published recipe starts from Qwen2.5:
    learning which letter stands for an answer takes half an hour by itself. All other parts are
    trained from scratch.
    """
    return PhantomRecipe(
        training=cache_spec(TRAINING.start, 1536, busy=True),
        validation=cache_spec(VALIDATION.start, 64),
        test=cache_spec(TEST.start, 96),
        encoder=EncoderConfig(
            encoder=phantom_encoder(), subtle=SUBTLE, repeats=3,
            schedule=_schedule(1300, 8, 1.5e-3, **ENCODER),
        ),
        language=phantom_base(
            _schedule(60, 8, 5e-4, **WORDS), mix=READING_MIX, start=EMBEDDED_VLM
        ),
        facts=FactsConfig(
            model=phantom_dual_encoder(), data=PhantomPairRows(views=1),
            schedule=_schedule(200, 192, 2e-3),
        ),
        reading=ReadingConfig(model=phantom_dual_encoder(), schedule=_schedule(200, 32, 2e-3)),
        contrastive=phantom_contrastive(_schedule(40, 32, 1e-4, weight_decay=0.05)),
        alignment=phantom_alignment(_schedule(500, 32, 1e-3), readout_alone=490),
        instruction=phantom_instruction(_schedule(120, 8, 8e-4, **WORDS)),
        reader=ReaderStageConfig(
            source=TextSource(config=TINY_READER), schedule=_schedule(200, 32, 1e-3)
        ),
        evaluated=96,
    )  # fmt: skip


def smoke_recipe() -> PhantomRecipe:
    """A few steps of each stage, for tests."""
    few = _schedule(3, 4, 1e-3, weight_decay=0.05, precision="no", log_every=1)
    mix = DialogueMix(closed=1, open=1, yes_no=1)
    return PhantomRecipe(
        training=cache_spec(TRAINING.start, 12, busy=True),
        validation=cache_spec(VALIDATION.start, 6),
        test=cache_spec(TEST.start, 6),
        encoder=EncoderConfig(
            encoder=phantom_encoder(), subtle=SUBTLE, repeats=3, schedule=few
        ),
        language=phantom_base(few, mix=mix),
        facts=FactsConfig(
            model=phantom_dual_encoder(), data=PhantomPairRows(views=1), schedule=few
        ),
        reading=ReadingConfig(model=phantom_dual_encoder(), schedule=few),
        contrastive=phantom_contrastive(few),
        alignment=phantom_alignment(few, readout_alone=1, mix=mix),
        instruction=phantom_instruction(few, mix=mix),
        reader=ReaderStageConfig(source=TextSource(config=TINY_READER), schedule=few),
        evaluated=6,
    )  # fmt: skip
