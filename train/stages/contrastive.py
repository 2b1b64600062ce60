"""Stage 1: volumes and texts in a shared space, trained with the pairwise sigmoid loss.

    stage(config, source, run=Path("runs/m3d"), info=info)

The loss covers the whole batch of all processes. A process holds the activations of `chunk` rows at
a time and recomputes them in the backward pass, so memory doesn't limit the batch. If the encoder
is frozen, its tokens come with the batch, and only the heads and the text tower train.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from med3dvlm.metrics.ranking import both_directions
from med3dvlm.model.checkpoint import ModelInfo, save_dual_encoder
from med3dvlm.model.dual_encoder import DualEncoder
from train.data.look import PICTURE, look
from train.data.sources import Pairs, PairSource
from train.data.texts import tokenised
from train.loop.loop import on_device
from train.loop.losses import sigmoid_loss
from train.loop.normalisation import group_normalisation, not_collecting, settle
from train.loop.processes import gathered, rank
from train.loop.stage import Batch, Losses, Stage
from train.stages.config import ContrastiveConfig
from train.stages.names import DUAL_ENCODER
from train.stages.towers import embed_by_length, open_dual_encoder, text_key

# B rows of a process  W processes  D H W voxels  N patch tokens  C their channels
# L text tokens  E width of the shared space


def stage(config: ContrastiveConfig, source: PairSource, *, run: Path, info: ModelInfo) -> Stage:
    """Stage 1 as a stage of the loop; its result is a dual encoder as a checkpoint folder."""
    tokenizer, make = open_dual_encoder(config, source.corpus, run=run)

    def tensors(pairs: Pairs) -> Batch:
        words = tokenised(tokenizer, pairs.texts, max_length=config.text.max_length)
        keys = torch.tensor([text_key(text) for text in pairs.texts])
        return {**pairs.pictures, **words, "key": keys}

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Pairing)
        return recall(model, map(tensors, source.held_out(config.evaluated)))

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Pairing)
        save_dual_encoder(
            out / DUAL_ENCODER, model.model, tokenizer, spec=config.image.input, info=info
        )

    return Stage(
        name=config.stage,
        build=lambda: Pairing(make(), config),
        rows=len(source),
        batch=lambda step, rows: tensors(source.batch(step, rows)),
        evaluate=evaluate,
        finish=finish,
        pace=pace(config),
        watch="text_to_volume_r1",
        higher=True,
    )


def pace(config: ContrastiveConfig) -> Callable[[str], float]:
    """Learning rate factors: both towers unless frozen, but no biases that have no effect.

    Normalisation removes whatever the bias of the preceding convolution adds. The gradient of that
    bias is rounding error only, which AdamW would scale up to full steps. In training they have no
    effect, but the running means lag behind them, so that runs would end with different models.
    """

    def of(name: str) -> float:
        if name in {"model.log_temperature", "model.bias"}:
            return config.scale_pace
        if name.startswith("model.encoder."):
            return 1.0 if config.train_encoder and not name.endswith(".conv.bias") else 0.0
        if name.startswith("model.text."):
            return 1.0 if config.train_text else 0.0
        return 1.0

    return of


class Pairing(nn.Module):
    """A dual encoder that trains on volumes and their texts."""

    def __init__(self, model: DualEncoder, config: ContrastiveConfig) -> None:
        super().__init__()
        self.model = model
        self.config = config
        if config.train_encoder:
            group_normalisation(self.model.encoder, config.norm_group)

    def train(self, mode: bool = True) -> "Pairing":
        """Set the mode, but keep a frozen tower in evaluation mode."""
        super().train(mode)
        for tower, learns in (
            (self.model.encoder, self.config.train_encoder),
            (self.model.text, self.config.train_text),
        ):
            if not learns:
                tower.train(False)
        return self

    def forward(self, batch: Batch) -> Losses:
        """The sigmoid loss of this process's volumes against the texts of all processes."""
        model = self.model
        volumes = self.volumes(batch)  # (B, E)
        settle(model.encoder)
        texts = gathered(self.texts(batch["ids"], batch["mask"]))  # (W B, E)
        positives = self.positives(batch)  # (B, W B)
        kept = model.bias.dtype  # the loss needs more than 16 bits
        with torch.autocast(volumes.device.type, enabled=False):
            loss = sigmoid_loss(
                volumes.to(kept), texts.to(kept), model.log_temperature, model.bias,
                positives, chunk=self.config.chunk,
            )  # fmt: skip
        return {"loss": loss, "temperature": model.log_temperature.exp(), "bias": model.bias * 1.0}

    def positives(self, batch: Batch) -> Tensor:
        """Which texts of all processes are true of this process's volumes: bool (B, W B)."""
        keys = gathered(batch["key"])
        own = torch.arange(len(batch["key"]), device=keys.device)
        places = own + rank() * len(own)
        true = places[:, None] == torch.arange(len(keys), device=keys.device)
        if self.config.same_text:
            true |= batch["key"][:, None] == keys
        if "positives" in batch:
            true[:, places] |= batch["positives"]
        return true

    def volumes(self, batch: Batch) -> Tensor:
        """Unit vectors (B, E) of a batch's volumes, or of their high tokens (B, N, C)."""
        if "high" in batch:
            return self.model.embed_high(batch["high"])
        return self._in_chunks(self._embed, *(batch[name] for name in PICTURE))

    def texts(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Tokens and mask (B, L) to unit vectors (B, E)."""
        return self._in_chunks(self._read, ids, mask)

    def _embed(self, volume: Tensor, gain: Tensor, offset: Tensor, mirrored: Tensor) -> Tensor:
        return self.model.embed_volume(look(volume, gain, offset, mirrored))

    def _read(self, ids: Tensor, mask: Tensor) -> Tensor:
        return embed_by_length(self.model, ids, mask, parts=self.config.text_parts)

    def _in_chunks(self, embed: Callable[..., Tensor], *rows: Tensor) -> Tensor:
        """As if all rows were embedded at once; for gradients each chunk is computed twice."""
        chunk = self.config.chunk
        if not chunk or len(rows[0]) <= chunk:
            return embed(*rows)
        parts = zip(*(torch.split(tensor, chunk) for tensor in rows), strict=True)
        if not torch.is_grad_enabled():
            return torch.cat([embed(*part) for part in parts])
        return torch.cat(
            [
                checkpoint(embed, *part, use_reentrant=False, context_fn=self._contexts)
                for part in parts
            ]
        )

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """The contexts of the first computation and of the recomputation."""
        return nullcontext(), not_collecting(self.model.encoder)


def recall(model: Pairing, held_out: Iterable[Batch]) -> dict[str, float]:
    """Recall on held-out rows, in both directions."""
    volumes, texts = [], []
    for batch in held_out:
        batch = on_device(batch, model.model.bias.device)
        volumes.append(model.volumes(batch).float().cpu())
        texts.append(model.texts(batch["ids"], batch["mask"]).float().cpu())
    scores = both_directions(torch.cat(texts).numpy(), torch.cat(volumes).numpy())
    return {
        f"{way}_r{k}": found for way, side in scores.items() for k, found in side.recall.items()
    }
