"""Stage 1 on M3D: encoder and text tower learn to pair a volume with its caption.

    stage = contrastive_stage(study, Path("ready"), info=info)

The loss is over the whole batch of all processes; a process holds the activations of `chunk` rows
at a time and computes them again in the backward pass, so the batch isn't bounded by memory.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedTokenizerBase

from med3dvlm.metrics.ranking import both_directions
from med3dvlm.model.checkpoint import ModelInfo, save_dual_encoder
from med3dvlm.model.dual_encoder import DualEncoder
from train.data.m3d.look import STILL, look
from train.data.m3d.rows import CaptionData
from train.loop.loop import batches
from train.loop.losses import sigmoid_loss
from train.loop.normalisation import group_normalisation, not_collecting, settle
from train.loop.processes import gathered, rank
from train.loop.stage import Batch, Losses, Stage
from train.stages.study import ContrastiveStudy
from train.stages.towers import build_dual_encoder, text_key

WATCHED = "text_to_volume_r1"


class PairedVolumes(nn.Module):
    """A dual encoder that learns from volumes and their captions."""

    def __init__(self, model: DualEncoder, study: ContrastiveStudy) -> None:
        super().__init__()
        self.model = model
        self.chunk, self.same_text, self.train_text = (
            study.chunk, study.same_text, study.train_text,
        )  # fmt: skip
        group_normalisation(self.model.encoder, study.norm_group)

    def train(self, mode: bool = True) -> "PairedVolumes":
        """A frozen text tower stays as in evaluation."""
        super().train(mode)
        if not self.train_text:
            self.model.text.train(False)
        return self

    def forward(self, batch: Batch) -> Losses:
        """The sigmoid loss of this process's volumes against the texts of all."""
        volumes = self.volumes(batch)
        settle(self.model.encoder)
        texts = gathered(self.texts(batch["ids"], batch["mask"]))
        keys = gathered(batch["key"])
        own = torch.arange(len(volumes), device=volumes.device)
        places = own + rank() * len(volumes)
        positives = places[:, None] == torch.arange(len(texts), device=volumes.device)
        if self.same_text:
            positives |= batch["key"][:, None] == keys
        kept = self.model.bias.dtype  # the loss is not for 16 bits
        with torch.autocast(volumes.device.type, enabled=False):
            loss = sigmoid_loss(
                volumes.to(kept), texts.to(kept), self.model.log_temperature, self.model.bias,
                positives, chunk=self.chunk,
            )  # fmt: skip
        model = self.model
        return {"loss": loss, "temperature": model.log_temperature.exp(), "bias": model.bias * 1.0}

    def volumes(self, batch: Batch) -> Tensor:
        """Unit vectors (B, E) of the volumes of a batch."""
        seen = [batch[name] for name in ("volume", "gain", "offset", "mirrored")]
        return self._in_chunks(self._embed, *seen)

    def texts(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors (B, E) of texts."""
        return self._in_chunks(self.model.embed_text, ids, mask)

    def _embed(self, volume: Tensor, gain: Tensor, offset: Tensor, mirrored: Tensor) -> Tensor:
        return self.model.embed_volume(look(volume, gain, offset, mirrored))

    def _in_chunks(self, embed: Callable[..., Tensor], *rows: Tensor) -> Tensor:
        """As if all rows were embedded at once; with gradients each chunk is computed twice."""
        if not self.chunk or len(rows[0]) <= self.chunk:
            return embed(*rows)
        parts = zip(*(torch.split(tensor, self.chunk) for tensor in rows), strict=True)
        if not torch.is_grad_enabled():
            return torch.cat([embed(*part) for part in parts])
        return torch.cat(
            [
                checkpoint(embed, *part, use_reentrant=False, context_fn=self._contexts)
                for part in parts
            ]
        )

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Around the first computation, and around its repetition."""
        return nullcontext(), not_collecting(self.model.encoder)


def pace(study: ContrastiveStudy) -> Callable[[str], float]:
    """What learns: everything, or everything but the text tower, and no bias without effect.

    Normalisation takes away whatever the bias of the convolution before it adds. Its gradient is
    rounding alone, which AdamW would blow up to whole steps: they do nothing in training, but the
    running means follow them late, and every run would end with others.
    """

    def of(name: str) -> float:
        frozen = name.startswith("model.text.") and not study.train_text
        cancelled = name.startswith("model.encoder.") and name.endswith(".conv.bias")
        return 0.0 if frozen or cancelled else 1.0

    return of


def contrastive_stage(study: ContrastiveStudy, data: Path, *, info: ModelInfo) -> Stage:
    """Stage 1 as a stage of the loop; its result is a dual encoder as a checkpoint folder."""
    training = CaptionData(data, "train", study.image.variation)
    validation = CaptionData(data, "validation", STILL)
    tokenizer, make = build_dual_encoder(study, data)

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        pictures, texts = training.rows(
            rows.tolist(), lambda row: np.random.default_rng([study.schedule.seed, step, row])
        )
        keys = torch.tensor([text_key(text) for text in texts])
        return {**pictures, **tokenised(tokenizer, texts, study), "key": keys}

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, PairedVolumes)
        return retrieval(model, validation, tokenizer, study)

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, PairedVolumes)
        save_dual_encoder(
            out / "dual_encoder", model.model, tokenizer, spec=study.image.input, info=info
        )

    return Stage(
        name="contrastive",
        build=lambda: PairedVolumes(make(), study),
        rows=len(training),
        batch=batch,
        evaluate=evaluate,
        finish=finish,
        pace=pace(study),
    )


def tokenised(
    tokenizer: PreTrainedTokenizerBase, texts: list[str], study: ContrastiveStudy
) -> dict[str, Tensor]:
    """Ids and mask of texts, padded to the longest of them."""
    batch = tokenizer(
        texts, padding="longest", truncation=True, max_length=study.text.max_length,
        return_tensors="pt",
    )  # fmt: skip
    return {"ids": batch["input_ids"], "mask": batch["attention_mask"]}


EVALUATED_AT_A_TIME = 16


def retrieval(
    model: PairedVolumes,
    data: CaptionData,
    tokenizer: PreTrainedTokenizerBase,
    study: ContrastiveStudy,
) -> dict[str, float]:
    """Recall among the first validation rows, both ways."""
    volumes, texts = [], []
    device = model.model.bias.device
    for rows in batches(min(study.evaluated, len(data)), EVALUATED_AT_A_TIME):
        pictures, words = data.rows(rows, lambda row: np.random.default_rng(row))
        on_device = {name: tensor.to(device) for name, tensor in pictures.items()}
        volumes.append(model.volumes(on_device).float().cpu())
        read = tokenised(tokenizer, words, study)
        texts.append(model.texts(read["ids"].to(device), read["mask"].to(device)).float().cpu())
    scores = both_directions(torch.cat(texts).numpy(), torch.cat(volumes).numpy())
    return {
        f"{way}_r{k}": recall for way, side in scores.items() for k, recall in side.recall.items()
    }
