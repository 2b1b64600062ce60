"""Before stage 1, for data with labels: volumes and facts in a shared space.

The encoder is frozen and facts cost almost nothing, so batches are large and all the time goes into
the pair loss. The result is the volume head with temperature and bias, and a facts encoder that the
text tower learns from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import normalize

from med3dvlm.metrics.ranking import both_directions
from med3dvlm.model.dual_encoder import DualEncoderConfig
from med3dvlm.phantoms.facts import Facts
from train.data.config import PhantomPairRows
from train.data.phantoms.claims import Told, holds, stack, tell, tell_all, told_of
from train.data.phantoms.features import EncodedPhantoms, Features
from train.data.phantoms.pools import from_pools, pools_of
from train.data.phantoms.text import describe_case
from train.loop.loop import Batch, Losses, Schedule, Stage
from train.loop.losses import sigmoid_loss
from train.stages.facts_encoder import FactsEncoder
from train.stages.names import FACTS_ENCODER, VOLUME_SIDE

# V views  N phantoms  B rows of a batch  C channels of the encoder's high tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsConfig:
    """Model, rows and schedule.

    Attributes:
        data: phantoms; `hard` batches come from as few pools as possible.
        noise: added to standardised features to prevent overfitting.
    """

    stage: Literal["facts"] = "facts"
    model: DualEncoderConfig
    data: PhantomPairRows
    schedule: Schedule
    noise: float = 0.05

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it goes on from."""
        return ("encoder",)


def stage(config: FactsConfig, training: EncodedPhantoms, validation: EncodedPhantoms) -> Stage:
    """Pairing volumes with facts as a stage of the loop."""
    rows = slice(config.data.count or None)
    return fact_pairs(
        config,
        pooled(training.features)[:, rows],
        training.cache.facts[rows],
        pooled(validation.features),
        validation.cache.facts,
    )


def fact_pairs(
    config: FactsConfig,
    high: Tensor,
    facts: Sequence[Facts],
    held_out: Tensor,
    held_out_facts: Sequence[Facts],
) -> Stage:
    """The stage on pooled high tokens (V, N, C) and their ground truth."""
    everything = stack([tell_all(case) for case in facts])
    pools = pools_of(facts)

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        rng = np.random.default_rng([config.schedule.seed, 29, step])
        if rng.random() < config.data.hard:
            rows = from_pools(pools, len(rows), rng)
        picked = torch.from_numpy(np.unique(rows))
        cases = Told(*(values[picked] for values in everything))
        claims = stack([
            tell(describe_case(facts[row], rng)[1], facts[row]) for row in picked.tolist()
        ])  # fmt: skip
        claims = Told(*(torch.cat(both) for both in zip(cases, claims, strict=True)))
        view = int(rng.integers(len(high)))
        noise = np.float32(config.noise) * rng.standard_normal(high[0, picked].shape, np.float32)
        return {
            "high": high[view, picked], "noise": torch.from_numpy(noise),
            **claims._asdict(), "positives": holds(claims, cases),
        }  # fmt: skip

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, FactPairs)
        return model.recall(held_out[0], stack([tell_all(case) for case in held_out_facts]))

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, FactPairs)
        save_file(model.facts.state_dict(), out / FACTS_ENCODER)
        save_file(model.volume_side(), out / VOLUME_SIDE)

    return Stage(
        name=config.stage,
        build=lambda: FactPairs(config, high),
        rows=len(facts),
        batch=batch,
        evaluate=evaluate,
        finish=finish,
        pace=pace,
    )


def pace(name: str) -> float:
    """Learning rate factors: temperature and bias need a higher one to move at all."""
    return 10.0 if name in {"log_temperature", "bias"} else 1.0


class FactPairs(nn.Module):
    """A volume head on standardised features, and a facts encoder."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: FactsConfig, high: Tensor) -> None:
        super().__init__()
        rows = high.flatten(0, -2)  # (V, N, C) to (V N, C)
        self.register_buffer("mean", rows.mean(dim=0))
        self.register_buffer("scale", rows.std(dim=0) + 1e-4)
        self.head = nn.Linear(rows.shape[1], config.model.width)
        self.facts = FactsEncoder(config.model.width)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(15.0)))
        self.bias = nn.Parameter(torch.tensor(-10.0))

    def forward(self, batch: Batch) -> Losses:
        """The sigmoid loss of volumes and claims; each case has its full truth and a part of it."""
        loss = sigmoid_loss(
            self.embed(batch["high"], batch["noise"]),
            self.facts(told_of(batch)),
            self.log_temperature,
            self.bias,
            positives=batch["positives"],
        )
        return {"loss": loss, "temperature": self.log_temperature.exp(), "bias": self.bias}

    def embed(self, high: Tensor, noise: Tensor | None = None) -> Tensor:
        """Pooled features (B, C) to unit vectors (B, width)."""
        x = (high - self.mean) / self.scale
        return normalize(self.head(x if noise is None else x + noise), dim=-1)

    def volume_side(self) -> dict[str, Tensor]:
        """Volume head, with the standardisation folded in, temperature and bias."""
        weight = self.head.weight.detach() / self.scale
        return {
            "volume_head.weight": weight,
            "volume_head.bias": self.head.bias.detach() - weight @ self.mean,
            "log_temperature": self.log_temperature.detach(),
            "bias": self.bias.detach(),
        }

    def recall(self, high: Tensor, told: Told) -> dict[str, float]:
        """Recall of full truths among held-out volumes, in both directions."""
        scores = both_directions(self.facts(told).float().numpy(), self.embed(high).float().numpy())
        return {f"{way}_r{k}": r for way, side in scores.items() for k, r in side.recall.items()}


def pooled(features: Features) -> Tensor:
    """Mean of the high tokens: float32 (V, N, C)."""
    return features.high.float().mean(dim=2)  # over the tokens of a phantom
