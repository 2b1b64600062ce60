"""A dry run: GPU memory, steps and hours of a configuration, before you book a cluster.

    print(plan(released_instruction(), Machine(gpus=8, gpu="A100-80GB"), rows=1_500_000).text)

It loads only the language model's configuration. Parameters are counted on the meta device, and
activations by tracing what one row's forward pass would save for the backward pass. Every row
counts with the maximum length. Hours assume a share of the GPU's peak, which is printed; they are
only as good as that assumption.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import Qwen2ForCausalLM

from med3dvlm.errors import TrainingError
from med3dvlm.model.dcformer import encoder_parameter_count
from med3dvlm.model.dual_encoder import TextConfig, text_tower
from med3dvlm.model.mixer import MixerProjector
from med3dvlm.model.vlm import LanguageConfig
from train.data.config import QuestionRows, QuestionSource
from train.data.m3d.rows import file_of
from train.data.m3d.shards import Lines
from train.plan.counting import (
    count,
    encoder_bytes,
    language_bytes,
    multiply_adds,
    on_meta,
    saved_bytes,
)  # fmt: skip
from train.stages.config import AnsweringConfig, ContrastiveConfig

GIB = 2**30
# Memory in GiB and dense bf16 peak in TFLOP/s, from the manufacturers' data sheets.
GPUS = {
    "RTX-4090": (24, 165),
    "A100-40GB": (40, 312),
    "L40S": (48, 362),
    "A100-80GB": (80, 312),
    "H100": (80, 989),
    "H200": (141, 989),
}
# Assumed shares of the peak: matrix products of a language model, 1-D convolutions.
LANGUAGE_SHARE, CONVOLUTION_SHARE = 0.35, 0.05
# Memory for the CUDA context, communication buffers and fragmentation.
OVERHEAD_GIB = 3.0
# Sizes of the released parts, so that a plan needs no download.
KNOWN_LANGUAGES = {
    "Qwen/Qwen2.5-7B-Instruct": LanguageConfig(
        vocabulary=151_666, width=3584, layers=28, heads=28, key_heads=4, hidden=18_944,
        tied=False,
    ),
}  # fmt: skip
KNOWN_TEXTS = {
    "medicalai/ClinicalBERT": TextConfig(
        vocabulary=119_547, width=768, layers=6, heads=12, hidden=3072
    ),
}


Planned = ContrastiveConfig | AnsweringConfig


@dataclass(frozen=True, kw_only=True)
class Machine:
    """GPUs of one kind, and how they share the model (`ddp`, `fsdp` or `zero2`)."""

    gpus: int
    gpu: str = "A100-80GB"
    sharing: str = "ddp"

    def __post_init__(self) -> None:
        if self.gpu not in GPUS:
            raise TrainingError(f"unknown GPU {self.gpu!r}; choose from {', '.join(GPUS)}")
        if self.sharing not in ("ddp", "fsdp", "zero2") or self.gpus < 1:
            raise TrainingError("sharing must be ddp, fsdp or zero2, over one GPU or more")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a configuration needs.

    Attributes:
        memory: GiB per GPU, by use.
        steps: optimiser steps.
        hours: at the assumed shares of the peak.
        fits: whether the GPU has enough memory.
        text: all of it as text.
    """

    memory: dict[str, float]
    steps: int
    hours: float
    fits: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class _Load:
    """Numbers of one configuration: parameters, bytes a row saves, operations of a row.

    Attributes:
        frozen: bytes of frozen weights.
        learns: trained parameters, in float32 with two moments and a gradient.
        row: bytes that a row in memory saves for the backward pass.
        resident: rows in memory at a time.
        held: further bytes, which depend on the batch only.
        language, convolution: floating-point operations of a row, forward and backward.
    """

    frozen: float
    learns: float
    row: float
    resident: int
    held: float
    language: float
    convolution: float


def plan(config: Planned, machine: Machine, *, rows: int) -> Plan:
    """Estimate a configuration for data of `rows` rows.

    Raises:
        TrainingError: the batch can't be cut like this.
    """
    pieces = machine.gpus * config.schedule.accumulate
    if config.schedule.batch % pieces:
        raise TrainingError(
            f"a batch of {config.schedule.batch} can't be cut into {machine.gpus} GPUs with "
            f"{config.schedule.accumulate} pieces each"
        )
    piece = config.schedule.batch // pieces
    load = (
        _contrastive(config, piece, machine) if isinstance(config, ContrastiveConfig)
        else _answering(config, piece)
    )  # fmt: skip
    memory = _memory(load, machine)
    steps = config.schedule.over(rows).steps
    peak = GPUS[machine.gpu][1] * 1e12
    seconds = load.language / (LANGUAGE_SHARE * peak) + load.convolution / (
        CONVOLUTION_SHARE * peak
    )
    hours = steps * config.schedule.batch * seconds / machine.gpus / 3600
    fits = sum(memory.values()) <= GPUS[machine.gpu][0]
    return Plan(
        memory=memory, steps=steps, hours=hours, fits=fits,
        text=_text(config, machine, rows, memory, (steps, hours)),
    )  # fmt: skip


def rows_of(config: Planned, data: Path | None) -> int:
    """Rows of ready data that a configuration trains on.

    Raises:
        TrainingError: neither data nor a number of rows was given.
    """
    if data is None:
        raise TrainingError("give the number of rows (--rows) or the data (--data)")
    sources: tuple[QuestionSource, ...] = ("captions",)
    if isinstance(config.data, QuestionRows):
        sources = config.data.sources
    return sum(len(Lines(data / file_of(source, "train"))) for source in sources)


def _memory(load: _Load, machine: Machine) -> dict[str, float]:
    """GiB per GPU, by use; what is sharded depends on `sharing`."""
    share = machine.gpus
    weights = load.frozen + 4 * load.learns
    gradients, moments = 4 * load.learns, 8 * load.learns
    if machine.sharing == "fsdp":
        weights, gradients, moments = weights / share, gradients / share, moments / share
    if machine.sharing == "zero2":  # 16-bit working weights, float32 ones sharded
        weights = load.frozen + 2 * load.learns
        gradients, moments = gradients / share, (moments + 4 * load.learns) / share
    return {
        "weights": weights / GIB,
        "gradients": gradients / GIB,
        "optimiser": moments / GIB,
        "activations": (load.row * load.resident + load.held) / GIB,
        "overhead": OVERHEAD_GIB,
    }


def _contrastive(config: ContrastiveConfig, piece: int, machine: Machine) -> _Load:
    encoder, sizes = config.image.encoder, _text_sizes(config)
    grid = config.image.input.grid
    text_length = min(config.text.max_length, sizes.positions)
    tower = on_meta(lambda: text_tower(sizes))
    ids = torch.zeros((1, text_length), dtype=torch.long, device="meta")
    text_row = saved_bytes(lambda: tower(input_ids=ids).last_hidden_state, tower)
    text_count = count(tower)
    blocks = text_count - sizes.vocabulary * sizes.width
    heads = (encoder.channels[-1] + sizes.width) * config.width
    learns = encoder_parameter_count(encoder) + heads + (text_count if config.train_text else 0)
    chunked = bool(config.chunk) and config.chunk < piece
    resident = config.chunk if chunked else piece
    repeats = 4 if chunked else 3  # a chunk's forward pass runs twice
    everyone = piece * machine.gpus
    logits = 4 * 3 * (min(config.chunk, piece) if config.chunk else piece) * everyone
    volumes = piece * math.prod(grid)
    return _Load(
        frozen=0.0 if config.train_text else 4.0 * text_count,
        learns=float(learns),
        row=encoder_bytes(encoder, grid) + text_row,
        resident=resident,
        held=float(logits + volumes),
        language=2 * repeats * blocks * text_length,
        convolution=2 * repeats * multiply_adds(encoder, grid),
    )


def _text_sizes(config: ContrastiveConfig) -> TextConfig:
    if config.text.config is not None:
        return config.text.config
    if config.text.name not in KNOWN_TEXTS:
        raise TrainingError(f"no plan for {config.text.name}, only for {', '.join(KNOWN_TEXTS)}")
    return KNOWN_TEXTS[config.text.name]


def _answering(config: AnsweringConfig, piece: int) -> _Load:
    sizes = _language_sizes(config)
    grid, encoder = config.image.input.grid, config.image.encoder
    model = on_meta(lambda: Qwen2ForCausalLM(sizes.qwen2()))
    table = sizes.vocabulary * sizes.width
    layers = count(model) - table * (1 if sizes.tied else 2)
    parts = {
        "encoder": encoder_parameter_count(encoder),
        "projector": count(on_meta(lambda: MixerProjector(config.projector))),
        "embeddings": table,
        "head": 0 if sizes.tied else table,
        "language": layers,
    }
    learns: float = sum(n for part, n in parts.items() if part in config.trains)
    if config.lora is not None:
        learns += config.lora.rank * _adapted_widths(sizes)
    kept = 2 if config.frozen_dtype == "bfloat16" else 4
    frozen = sum(
        n * (kept if part in ("language", "embeddings", "head") else 4)
        for part, n in parts.items()
        if part not in config.trains
    )
    tokens = config.max_length
    activations = language_bytes(sizes, tokens, recomputed=config.checkpointing)
    sees = encoder_bytes(encoder, grid) if "encoder" in config.trains else 0.0
    # Frozen weights pass gradients on but have none themselves: half of the backward pass.
    full = "language" in config.trains
    passes = (3 if full else 2) + (1 if config.checkpointing else 0)
    counted = layers + table
    encodes = (4 if config.checkpointing else 3) if "encoder" in config.trains else 1
    return _Load(
        frozen=float(frozen),
        learns=learns,
        row=activations + sees,
        resident=piece,
        held=float(piece * math.prod(grid)),
        language=2 * passes * counted * tokens,
        convolution=2 * encodes * multiply_adds(encoder, grid),
    )


def _language_sizes(config: AnsweringConfig) -> LanguageConfig:
    if config.language.config is not None:
        return config.language.config
    if config.language.name not in KNOWN_LANGUAGES:
        known = ", ".join(KNOWN_LANGUAGES)
        raise TrainingError(f"no plan for {config.language.name}, only for {known}")
    return KNOWN_LANGUAGES[config.language.name]


def _adapted_widths(sizes: LanguageConfig) -> int:
    """Inputs plus outputs of all adapted layers; adapters have rank times that many weights."""
    keys = sizes.width // sizes.heads * sizes.key_heads
    attention = 2 * (sizes.width + sizes.width) + 2 * (sizes.width + keys)
    return sizes.layers * (attention + 3 * (sizes.width + sizes.hidden))


def _text(
    config: Planned,
    machine: Machine,
    rows: int,
    memory: dict[str, float],
    cost: tuple[int, float],
) -> str:
    steps, hours = cost
    gib, peak = GPUS[machine.gpu]
    total = sum(memory.values())
    verdict = "fits" if total <= gib else "does NOT fit: try fsdp or zero2, chunk or accumulate"
    lines = [
        f"{config.stage} on {machine.gpus} x {machine.gpu} ({machine.sharing}), {rows:,} rows",
        *(f"  {name:<12} {value:7.1f} GiB per GPU" for name, value in memory.items()),
        f"  {'total':<12} {total:7.1f} GiB of {gib}: {verdict}",
        f"  {steps:,} steps of {config.schedule.batch} rows, about {hours:,.1f} hours",
        f"  assumed: {LANGUAGE_SHARE:.0%} of {peak} TFLOP/s in the language model, "
        f"{CONVOLUTION_SHARE:.0%} in the volume encoder, no waiting for data",
    ]
    return "\n".join(lines)
