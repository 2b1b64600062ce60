"""Optional warm start: the encoder learns a phantom's labels and finding maps before any text.

With a contrastive loss alone, the encoder learns only what separates a batch most easily (plane,
phase, region); with labels it learns the findings first. Off for data without labels, such as M3D.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from med3dvlm.metrics.detection import detection_scores
from med3dvlm.model.checkpoint import load_dual_encoder
from med3dvlm.model.dcformer import DCFormer, tokens
from med3dvlm.model.dcformer_config import DCFormerConfig
from train.data.phantoms.cache import PhantomCache, Phantoms
from train.data.phantoms.jitter import Jitter, jittered
from train.data.phantoms.labels import ATTRIBUTES, FINDING_LABELS, KIND_NAMES
from train.loop.loop import Batch, Losses, Schedule, Stage, batches
from train.loop.losses import attribute_loss, cell_loss, finding_loss, size_loss
from train.stages.names import SUPERVISED

# B batch  D H W voxels  C channels of a stage  d h w its cells  K kinds of finding

CELL_WEIGHT = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderConfig:
    """Model, rows and schedule of the warm start.

    Attributes:
        subtle: kinds that take longest to learn; phantoms with one of them come `repeats` times an
            epoch.
        repeats: see `subtle`.
        start: weights to start from: a file of this stage, or the folder of a dual encoder, whose
            volume encoder is taken; empty for none.
        evaluated: validation phantoms per evaluation.
    """

    stage: Literal["encoder"] = "encoder"
    encoder: DCFormerConfig
    schedule: Schedule
    subtle: tuple[str, ...] = ()
    repeats: int = 1
    start: str = ""
    jitter: Jitter = field(default_factory=Jitter)
    evaluated: int = 512

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it starts from."""
        return ()


class Heads(nn.Module):
    """Linear readouts of features (B, C): attributes, findings, sizes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attributes = nn.ModuleList(nn.Linear(width, len(c)) for c in ATTRIBUTES.values())
        self.findings = nn.Linear(width, len(FINDING_LABELS))
        self.sizes = nn.Linear(width, len(KIND_NAMES))
        nn.init.constant_(self.findings.bias, -3.0)

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """Logits of attributes and findings, and sizes."""
        x = self.norm(x)
        return [head(x) for head in self.attributes], self.findings(x), self.sizes(x)


class SupervisedEncoder(nn.Module):
    """An encoder with readouts of the pooled high tokens, all low tokens and single cells."""

    def __init__(self, config: DCFormerConfig, grid: tuple[int, int, int]) -> None:
        super().__init__()
        self.encoder = DCFormer(config)
        low = int(np.prod(config.grid(grid, 3))) * config.channels[3]
        self.pooled = Heads(config.channels[4])
        self.spread = Heads(low)
        self.cells = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(1, channels), nn.Conv3d(channels, len(KIND_NAMES), 1))
            for channels in config.channels[1:4]
        )
        for head in self.cells:
            nn.init.constant_(head[1].bias, -4.0)  # type: ignore[index]

    def forward(self, batch: Batch) -> Losses:
        """Label, size and map losses of a batch."""
        readouts, maps = self.read(batch["volume"])
        parts: Losses = {
            "attributes": _total([attribute_loss(a, batch["attributes"]) for a, _, _ in readouts]),
            "findings": _total([finding_loss(f, batch["findings"]) for _, f, _ in readouts]),
            "sizes": _total([size_loss(s, batch["sizes"]) for _, _, s in readouts]),
            "cells": CELL_WEIGHT * _total([cell_loss(m, batch["cells"]) for m in maps]),
        }
        return {"loss": torch.stack(list(parts.values())).sum(), **parts}

    def read(
        self, volume: Tensor
    ) -> tuple[list[tuple[list[Tensor], Tensor, Tensor]], list[Tensor]]:
        """Readouts of both token grids, and cell logits of stages 1 to 3."""
        states = self.encoder(volume)  # (B, 1, D, H, W) to (B, C, d, h, w) of each stage
        pooled = self.pooled(tokens(states[4]).mean(dim=1))  # (B, d h w, C) to (B, C)
        spread = self.spread(rearrange(states[3], "b c d h w -> b (d h w c)"))
        cells = [head(state) for head, state in zip(self.cells, states[1:4], strict=True)]  # K maps
        return [pooled, spread], cells


def _total(losses: list[Tensor]) -> Tensor:
    return torch.stack(losses).sum()


def stage(config: EncoderConfig, phantoms: Phantoms) -> Stage:
    """The warm start as a stage of the loop."""
    training, validation = phantoms
    labels, drawn = training.labels, training.drawn(config.subtle, config.repeats)

    def build() -> nn.Module:
        return _start(SupervisedEncoder(config.encoder, training.spec.grid), config.start)

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        generator = torch.Generator().manual_seed(config.schedule.seed * 1_000_003 + step)
        rows = drawn[rows]
        volume = jittered(training.volumes(rows.tolist()), config.jitter, generator)
        return {
            "volume": volume,
            "cells": training.cells(rows.tolist()),
            "attributes": torch.from_numpy(labels.attributes[rows]),
            "findings": torch.from_numpy(labels.findings[rows]),
            "sizes": torch.from_numpy(labels.sizes[rows]),
        }

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, SupervisedEncoder)
        return score(model, validation, config.evaluated)

    def finish(model: nn.Module, out: Path) -> None:
        save_file(model.state_dict(), out / SUPERVISED)

    return Stage(
        name=config.stage,
        build=build,
        rows=len(drawn),
        batch=batch,
        evaluate=evaluate,
        finish=finish,
    )


def _start(model: SupervisedEncoder, start: str) -> SupervisedEncoder:
    if Path(start).is_dir() and start:
        model.encoder.load_state_dict(load_dual_encoder(Path(start)).model.encoder.state_dict())
    elif start:
        model.load_state_dict(load_file(start))
    return model


def score(model: SupervisedEncoder, cache: PhantomCache, count: int) -> dict[str, float]:
    """Attribute accuracy and finding F1 on held-out phantoms, from both readouts."""
    count = min(count, len(cache))
    logits: list[list[Tensor]] = [[], []]
    attributes: list[Tensor] = []
    for rows in batches(count, 32):
        readouts, _ = model.read(cache.volumes(rows))
        for i in (0, 1):
            logits[i].append(readouts[i][1])
        attributes.append(torch.stack([a.argmax(dim=1) for a in readouts[0][0]], dim=1))
    truth = torch.from_numpy(cache.labels.attributes[:count])
    right = (torch.cat(attributes) == truth).float()
    known = truth >= 0
    figures = {name: float(right[known[:, i], i].mean()) for i, name in enumerate(ATTRIBUTES)}
    true = [facts.labels for facts in cache.facts[:count]]
    for name, parts in zip(("pooled", "spread"), logits, strict=True):
        claimed = torch.cat(parts) > np.log(POSITIVE_ODDS)
        found = [{FINDING_LABELS[i] for i in np.flatnonzero(row)} for row in claimed.numpy()]
        scores = detection_scores(found, true)
        figures[f"f1_{name}"] = scores.micro.f1
        figures[f"macro_f1_{name}"] = scores.macro_f1
    return figures


# With positives weighted 3 times, even odds are at a logit of log 3.
POSITIVE_ODDS = 3.0
