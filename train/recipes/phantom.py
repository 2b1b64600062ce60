"""Named configurations of the phantom recipes; those for M3D data are in train/recipes/m3d.py.

recipe = phantom_recipe()        # what `make default-model` runs
recipe = quick_recipe()          # minutes instead of hours, the same code
"""

from dataclasses import dataclass, field
from pathlib import Path

from med3dvlm.config import DEFAULT_MODEL, VLM_FOLDER
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import InputSpec
from med3dvlm.model.dcformer import DCFormerConfig
from med3dvlm.model.dual_encoder import DualEncoderConfig, TextConfig
from med3dvlm.model.mixer import MixerConfig, StreamConfig
from med3dvlm.model.vlm import LanguageConfig, VLMConfig
from med3dvlm.phantoms.splits import TEST, TRAINING, VALIDATION
from med3dvlm.volumes.window import MODEL_CT
from train.data.phantoms.cache import CacheSpec
from train.data.phantoms.dialogues import DialogueMix
from train.loop.loop import LoopConfig

GRID = (48, 96, 96)
CELLS = (6, 12, 12)
VOCABULARY = 1024
STAGES = (
    "encoder", "language", "facts", "reading", "contrastive", "alignment", "instruction",
)  # fmt: skip
# What an encoder of 10,500 steps overlooked (docs/lab-log.md).
SUBTLE = (
    "liver metastases", "liver cyst", "hydronephrosis", "renal cyst", "adrenal mass",
    "vertebral fracture", "bladder mass",
)  # fmt: skip
# What greedy reports left out although the encoder had a notion of it.
OMITTED = ("hydronephrosis", "vertebral fracture", "liver metastases", "liver cyst")


def phantom_encoder() -> DCFormerConfig:
    """3.6 M parameters: the published design, narrower."""
    return DCFormerConfig(channels=(16, 32, 96, 192, 384), blocks=(1, 1, 2, 3, 2), layer_scale=0.3)


def phantom_dual_encoder() -> DualEncoderConfig:
    """The encoder with a two-layer text tower."""
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


def phantom_vlm(placeholder_id: int) -> VLMConfig:
    """Encoder, projector, language model."""
    return VLMConfig(
        encoder=phantom_encoder(),
        projector=phantom_projector(),
        language=phantom_language(),
        grid=GRID,
        placeholder_id=placeholder_id,
    )


def phantom_input() -> InputSpec:
    """One CT window, low-passed resize, cropped to the body."""
    return InputSpec(grid=GRID, window=MODEL_CT)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All stages of a phantom model with their data.

    Attributes:
        training: phantoms drawn for training; `validation` and `test` likewise.
        mix: what a row of stages 2 and 3 asks.
        reading_mix: what a row of the pre-training on facts asks.
        evaluated: test phantoms of the final evaluation.
        paired: training phantoms that stage 1 uses; 0 for all.
        drills: steps of the pre-training that hold drills alone.
        language_start: a VLM whose language model is gone on from, instead of from nothing.
    """

    training: CacheSpec
    validation: CacheSpec
    test: CacheSpec
    encoder: LoopConfig
    language: LoopConfig
    facts: LoopConfig
    reading: LoopConfig
    contrastive: LoopConfig
    alignment: LoopConfig
    instruction: LoopConfig
    readout_alone: int
    evaluated: int
    paired: int = 0
    drills: tuple[int, int] = (0, 0)
    language_start: Path | None = None
    views: int = 2
    mix: DialogueMix = field(default_factory=DialogueMix)
    reading_mix: DialogueMix = field(
        default_factory=lambda: DialogueMix(
            report=0.6, closed=5, open=1, yes_no=5, talk=0.25, organ=0.2, drill=2
        )
    )

    def __post_init__(self) -> None:
        loops = {name: getattr(self, name).precision for name in STAGES}
        if len(set(loops.values())) > 1:
            raise TrainingError(
                f"stages of one run share their precision, which accelerate fixes: {loops}"
            )


def cache_spec(first: int, count: int, *, busy: bool = False) -> CacheSpec:
    """Phantoms at the size the default model sees."""
    return CacheSpec(first=first, count=count, grid=GRID, cells=CELLS, busy=busy)


def phantom_recipe() -> Recipe:
    """The shipped default model: hours on two CPU cores."""
    return Recipe(
        training=cache_spec(TRAINING.start, 16_000, busy=True),
        validation=cache_spec(VALIDATION.start, 512),
        test=cache_spec(TEST.start, 2000),
        encoder=LoopConfig(
            steps=14_000, batch=8, learning_rate=1.5e-3, clip=2.0, precision="bf16",
            evaluate_every=2000, save_every=1000,
        ),
        language=LoopConfig(
            steps=4000, batch=8, learning_rate=1.5e-3, weight_decay=0.02, betas=(0.9, 0.95),
            precision="bf16", evaluate_every=500,
        ),
        facts=LoopConfig(
            steps=1200, batch=384, learning_rate=1e-3, weight_decay=0.02, precision="bf16",
            evaluate_every=200,
        ),
        reading=LoopConfig(
            steps=1600, batch=48, learning_rate=1e-3, weight_decay=0.02, precision="bf16",
            evaluate_every=200, save_every=200,
        ),
        contrastive=LoopConfig(
            steps=200, batch=64, learning_rate=5e-5, weight_decay=0.02, precision="bf16",
            evaluate_every=100, save_every=100,
        ),
        alignment=LoopConfig(
            steps=4030, batch=32, learning_rate=1e-3, weight_decay=0.02, precision="bf16",
            evaluate_every=1000,
        ),
        instruction=LoopConfig(
            steps=2400, batch=8, learning_rate=8e-4, weight_decay=0.02, betas=(0.9, 0.95),
            precision="bf16", evaluate_every=600, save_every=200,
        ),
        readout_alone=4000,
        drills=(1500, 1900),
        paired=9600,
        evaluated=2000,
        views=1,
    )  # fmt: skip


def quick_recipe() -> Recipe:
    """The same stages in minutes, to see that they work; its model is a poor one.

    Its language model starts from the embedded one, as the published recipe's from Qwen2.5: to
    learn which letter stands for an answer takes half an hour by itself. The rest starts from
    nothing.
    """
    return Recipe(
        training=cache_spec(TRAINING.start, 1536, busy=True),
        validation=cache_spec(VALIDATION.start, 64),
        test=cache_spec(TEST.start, 96),
        encoder=LoopConfig(
            steps=1300, batch=8, learning_rate=1.5e-3, clip=2.0, precision="bf16"
        ),
        language=LoopConfig(
            steps=60, batch=8, learning_rate=5e-4, weight_decay=0.02, betas=(0.9, 0.95),
            precision="bf16",
        ),
        facts=LoopConfig(
            steps=200, batch=192, learning_rate=2e-3, weight_decay=0.02,
            precision="bf16",
        ),
        reading=LoopConfig(
            steps=200, batch=32, learning_rate=2e-3, weight_decay=0.02, precision="bf16"
        ),
        contrastive=LoopConfig(steps=40, batch=32, learning_rate=1e-4, precision="bf16"),
        alignment=LoopConfig(
            steps=500, batch=32, learning_rate=1e-3, weight_decay=0.02, precision="bf16"
        ),
        instruction=LoopConfig(
            steps=120, batch=8, learning_rate=8e-4, weight_decay=0.02, betas=(0.9, 0.95),
            precision="bf16",
        ),
        readout_alone=490,
        language_start=DEFAULT_MODEL / VLM_FOLDER,
        evaluated=96,
        views=1,
    )  # fmt: skip


def smoke_recipe() -> Recipe:
    """A few steps of each stage, for tests."""
    few = LoopConfig(steps=3, batch=4, learning_rate=1e-3, log_every=1)
    return Recipe(
        training=cache_spec(TRAINING.start, 12, busy=True),
        validation=cache_spec(VALIDATION.start, 6),
        test=cache_spec(TEST.start, 6),
        encoder=few,
        language=few,
        facts=few,
        reading=few,
        contrastive=few,
        alignment=few,
        instruction=few,
        readout_alone=1,
        evaluated=6,
        views=1,
        mix=DialogueMix(closed=1, open=1, yes_no=1),
        reading_mix=DialogueMix(closed=1, open=1, yes_no=1),
    )


RECIPES = {"phantom": phantom_recipe, "quick": quick_recipe, "smoke": smoke_recipe}
