"""Stage 1: volumes and texts in one space, by the pairwise sigmoid loss.

The encoder comes from the warm start and stays as it is; its high tokens are computed once, so that
the heads and the text tower see every case many times, each time in other words. Most batches are
drawn from one region, plane and phase, so that only findings tell their cases apart. Where data has
labels, volume side and text side have learned from facts before (`warm_facts`, `warm_reading`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from med3dvlm.metrics.ranking import both_directions
from med3dvlm.model.checkpoint import InputSpec, ModelInfo, save_dual_encoder
from med3dvlm.model.dual_encoder import DualEncoder, DualEncoderConfig
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.true_report import true_report
from train.data.phantoms.batches import embed_by_length, tokenised
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.features import Features, encode_all
from train.data.phantoms.jitter import Jitter
from train.data.phantoms.text import Claim, describe_case, query_tokenizer
from train.loop.loop import Batch, LoopConfig, Losses, Stage
from train.loop.losses import sigmoid_loss
from train.stages.warm_facts import VOLUME_SIDE_FILE, encoder_state, pools_of
from train.stages.warm_reading import TEXT_SIDE_FILE


@dataclass(frozen=True, kw_only=True)
class ContrastiveConfig:
    """Data, model and loop of stage 1.

    Attributes:
        encoder_weights: result of the warm start.
        views: jittered copies of every phantom that are encoded.
        hard: share of batches whose cases share region, plane and phase.
        facts: folder of the pairing with facts, for the volume side; None starts from nothing.
        reading: folder of the reading stage, for the text side; likewise.
        rows: how many training phantoms are used; 0 for all.
    """

    training: Path
    validation: Path
    encoder_weights: Path
    model: DualEncoderConfig
    loop: LoopConfig
    input: InputSpec
    info: ModelInfo
    views: int = 2
    hard: float = 0.7
    facts: Path | None = None
    reading: Path | None = None
    rows: int = 0
    jitter: Jitter = field(default_factory=Jitter)


def stage(config: ContrastiveConfig, *, work: Path) -> Stage:
    """Stage 1 as a stage of the loop; `work` keeps the encoded phantoms."""
    training, validation = PhantomCache(config.training), PhantomCache(config.validation)
    tokenizer = query_tokenizer(config.model.text.vocabulary)

    def build() -> Pairing:
        learner = Pairing(config.model)
        learner.model.encoder.load_state_dict(encoder_state(config.encoder_weights))
        for folder, name in ((config.facts, VOLUME_SIDE_FILE), (config.reading, TEXT_SIDE_FILE)):
            if folder is not None:
                learner.model.load_state_dict(load_file(folder / name), strict=False)
        return learner

    encoder = build().model.encoder
    features = encode_all(
        encoder,
        training,
        views=config.views,
        jitter=config.jitter,
        path=work / "training.safetensors",
    )
    held_out = encode_all(
        encoder, validation, views=1, jitter=config.jitter, path=work / "validation.safetensors"
    )
    facts = training.facts[: config.rows or None]
    pools = pools_of(facts)

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        rng = np.random.default_rng([config.loop.seed, step, int(rows[0])])
        if rng.random() < config.hard:
            pool = pools[int(rng.integers(len(pools)))]
            rows = rng.choice(pool, min(len(rows), len(pool)), replace=False)
        cases = [facts[int(row)] for row in rows]
        texts, claims = zip(*(describe_case(case, rng) for case in cases), strict=True)
        view = int(rng.integers(config.views))
        _, high = features.pick(view, torch.from_numpy(rows))
        return {"high": high, "positives": truth(cases, claims), **tokenised(tokenizer, texts)}

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Pairing)
        return retrieval(model.model, tokenizer, held_out, validation.facts)

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Pairing)
        save_dual_encoder(out, model.model, tokenizer, spec=config.input, info=config.info)

    return Stage(
        name="contrastive",
        build=build,
        rows=len(facts),
        batch=batch,
        evaluate=evaluate,
        finish=finish,
        pace=pace,
    )


def pace(name: str) -> float:
    """The encoder is frozen; temperature and bias need a rate of their own to move at all."""
    if name.startswith("model.encoder."):
        return 0.0
    return 10.0 if name in {"model.log_temperature", "model.bias"} else 1.0


class Pairing(nn.Module):
    """A dual encoder that pairs encoded volumes with texts."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.model = DualEncoder(config)

    def forward(self, batch: Batch) -> Losses:
        """The sigmoid loss of a batch of encoded volumes and their texts."""
        model = self.model
        loss = sigmoid_loss(
            model.embed_high(batch["high"]),
            embed_by_length(model, batch["ids"], batch["mask"]),
            model.log_temperature,
            model.bias,
            positives=batch["positives"],
        )
        return {"loss": loss, "temperature": model.log_temperature.exp(), "bias": model.bias}


def truth(facts: Sequence[Facts], claims: Sequence[Claim]) -> Tensor:
    """Which texts (columns) are true of which cases (rows): bool (B, B)."""
    return torch.tensor([[claim.holds(case) for claim in claims] for case in facts])


def retrieval(
    model: DualEncoder,
    tokenizer: PreTrainedTokenizerBase,
    features: Features,
    facts: Sequence[Facts],
) -> dict[str, float]:
    """Recall of reports among held-out phantoms, both ways."""
    count = len(facts)
    _, high = features.pick(0, torch.arange(count))
    volumes = model.embed_high(high).float().numpy()
    texts = []
    for start in range(0, count, 64):
        reports = [true_report(case).text for case in facts[start : start + 64]]
        batch = tokenised(tokenizer, reports)
        texts.append(model.embed_text(batch["ids"], batch["mask"]))
    scores = both_directions(torch.cat(texts).float().numpy(), volumes)
    return {
        f"{way}_r{k}": recall for way, side in scores.items() for k, recall in side.recall.items()
    }
