"""What stages 2 and 3 share: a VLM learns to report and to answer about volumes.

Which parts train is a setting (`AnsweringConfig.trains`), and so are the losses: the next token of
an answer, and for data with labels a direct task for the projector (`train/stages/readouts.py`).
The encoder's normalisation statistics stay frozen.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from med3dvlm.model.dcformer import tokens
from med3dvlm.model.vlm import VLM
from train.data.look import PICTURE, look
from train.data.packing import collate, pack, padding_of
from train.data.sources import Talks, TalkSource
from train.loop.loop import on_device
from train.loop.losses import answer_loss, answer_weight
from train.loop.stage import Batch, Losses, Stage
from train.stages.assembly import Assembly, save_learned
from train.stages.config import AnsweringConfig
from train.stages.readouts import Readouts

# B rows  D H W voxels  N_low N_high patch tokens  C_low C_high their channels
# N image tokens  T text tokens, image tokens among them  C width of the language model


def answering_stage(
    assembly: Assembly, source: TalkSource, build: Callable[[], "Answering"]
) -> Stage:
    """Stage 2 or 3 as a stage of the loop, given its start; its result is the trained weights."""
    config, prompt = assembly.config, assembly.prompt

    def tensors(talks: Talks) -> Batch:
        if not talks.conversations:
            return talks.pictures
        rows = [pack(prompt, conversations) for conversations in talks.conversations]
        return {**talks.pictures, **collate(rows, padding_of(prompt))}

    def weigh(piece: Batch) -> float:
        if "labels" not in piece:
            return float(len(piece["sighted"]))
        return answer_weight(piece["labels"], opening=config.opening)

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Answering)
        held_out = map(tensors, source.held_out(config.evaluated))
        return held_out_losses(model, held_out, weigh)

    rates = pace(config)
    return Stage(
        name=config.stage,
        build=build,
        rows=len(source),
        batch=lambda step, rows: tensors(
            source.batch(step, rows, speaks=step >= config.readout_alone)
        ),
        evaluate=evaluate,
        finish=lambda model, out: save(model, out, learns=lambda name: rates(name) > 0),
        pace=rates,
        weigh=weigh,
        watch="seeing",
    )


def pace(config: AnsweringConfig) -> Callable[[str], float]:
    """Learning rate factors of the parameters, by the part they belong to."""
    parts = {
        "model.encoder.": "encoder",
        "model.projector.": "projector",
        "lora_": "lora",
        "embed_tokens": "embeddings",
        "lm_head": "head",
    }

    def of(name: str) -> float:
        if name.startswith("readouts."):
            return 0.0 if name.startswith("readouts.facts.") else config.projector_pace
        part = next((part for mark, part in parts.items() if mark in name), "language")
        if part not in config.trains:
            return 0.0
        return config.projector_pace if part == "projector" else 1.0

    return of


class Answering(nn.Module):
    """A VLM that trains on volumes and dialogues about them, with readouts if there are labels."""

    def __init__(self, model: VLM, config: AnsweringConfig, readouts: Readouts | None) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.readouts = readouts

    def train(self, mode: bool = True) -> "Answering":
        """Set the mode, but keep the encoder's normalisation in evaluation mode."""
        super().train(mode)
        self.model.encoder.train(False)
        return self

    def forward(self, batch: Batch) -> Losses:
        """The answer token loss, the readout losses, and their sum."""
        image_tokens = self.see(batch)  # (B, N, C)
        parts: Losses = {}
        if self.readouts is not None:
            parts = self.readouts.losses(image_tokens, batch)
        if "ids" in batch:
            seen = image_tokens * batch["sighted"][:, None, None]
            output = self.model(batch["ids"], seen, batch["mask"], position_ids=batch["positions"])
            parts["language"] = answer_loss(
                output.logits, batch["labels"], opening=self.config.opening
            )
        return {"loss": torch.stack(list(parts.values())).sum(), **parts}

    def see(self, batch: Batch) -> Tensor:
        """Image tokens (B, N, C) of a batch's volumes, or of their encoder tokens if given."""
        low, high = (batch["low"], batch["high"]) if "high" in batch else self._encode(batch)
        image_tokens: Tensor = self.model.projector(low, high)
        return image_tokens

    def _encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Volumes (B, 1, D, H, W) to low (B, N_low, C_low) and high (B, N_high, C_high) tokens."""
        volume = look(*(batch[name] for name in PICTURE))
        learns = "encoder" in self.config.trains and torch.is_grad_enabled()
        with torch.set_grad_enabled(learns):
            if learns and self.config.checkpointing:
                states = checkpoint(self.model.encoder, volume, use_reentrant=False)
            else:
                states = self.model.encoder(volume)
        return tokens(states[3]), tokens(states[4])


def save(learner: nn.Module, out: Path, *, learns: Callable[[str], bool]) -> None:
    """Write the trained weights."""
    assert isinstance(learner, Answering)
    save_learned(learner.model, out, learns=lambda name: learns(f"model.{name}"))
    if learner.readouts is not None:
        learner.readouts.save(out)


def held_out_losses(
    model: Answering, held_out: Iterable[Batch], weigh: Callable[[Batch], float]
) -> dict[str, float]:
    """Mean losses on held-out rows, sighted and blind; readouts use the sighted pass."""
    device = next(model.parameters()).device
    totals: dict[str, float] = {}
    weights = 0.0
    for batch in held_out:
        weight = weigh(batch)
        weights += weight
        batch = on_device(batch, device)
        seeing = model(batch)
        blind = model(batch | {"sighted": torch.zeros_like(batch["sighted"])})
        figures = {"seeing": seeing["language"], "blind": blind["language"]}
        figures |= {name: seeing[name] for name in ("readout", "nearness") if name in seeing}
        for name, value in figures.items():
            totals[name] = totals.get(name, 0.0) + weight * float(value)
    return {name: total / weights for name, total in totals.items()}
