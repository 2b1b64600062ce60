"""Stages 2 and 3 on M3D: a VLM learns to report and to answer from whole volumes.

    stage = answering_stage(study, data, run=Path("runs/m3d"))

Stage 2 takes the encoder of stage 1 and lets the projector (and token embeddings) learn; stage 3
goes on from there with adapters of the language model. What learns is a setting. Normalisation
statistics stay as stage 1 left them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from med3dvlm.model.dcformer import tokens
from med3dvlm.model.prompt import IGNORED, Prompt, Row, Turn
from med3dvlm.model.vlm import VLM
from train.data.m3d.look import STILL, look
from train.data.m3d.rows import QuestionData, Source
from train.loop.loop import batches
from train.loop.losses import answer_loss, answer_weight
from train.loop.stage import Batch, Losses, Stage
from train.stages.assembly import Assembly, save_learned
from train.stages.study import AnsweringStudy

WATCHED = "seeing"
EVALUATED_AT_A_TIME = 8
# Every token of an answer counts the same, as published.
OPENING = 1.0


class Answerer(nn.Module):
    """A VLM that learns from volumes and talks about them."""

    def __init__(self, model: VLM, study: AnsweringStudy) -> None:
        super().__init__()
        self.model = model
        self.trains = study.trains
        self.checkpointing = study.checkpointing

    def train(self, mode: bool = True) -> "Answerer":
        """Normalisation statistics of the encoder stay as in evaluation."""
        super().train(mode)
        self.model.encoder.train(False)
        return self

    def forward(self, batch: Batch) -> Losses:
        """The mean cross-entropy of the answers' tokens."""
        image_tokens = self.see(batch) * batch["sighted"][:, None, None]
        output = self.model(batch["ids"], image_tokens, batch["attended"])
        return {"loss": answer_loss(output.logits, batch["labels"], opening=OPENING)}

    def see(self, batch: Batch) -> Tensor:
        """Image tokens (B, N, C) of the volumes of a batch."""
        volume = look(*(batch[name] for name in ("volume", "gain", "offset", "mirrored")))
        learns = "encoder" in self.trains and torch.is_grad_enabled()
        with torch.set_grad_enabled(learns):
            if learns and self.checkpointing:
                states = checkpoint(self.model.encoder, volume, use_reentrant=False)
            else:
                states = self.model.encoder(volume)
        image_tokens: Tensor = self.model.projector(tokens(states[3]), tokens(states[4]))
        return image_tokens


def pace(study: AnsweringStudy) -> Callable[[str], float]:
    """Which parameters learn, by the part that they belong to."""
    parts = {
        "model.encoder.": "encoder",
        "model.projector.": "projector",
        "lora_": "lora",
        "embed_tokens": "embeddings",
        "lm_head": "head",
    }

    def of(name: str) -> float:
        part = next((part for mark, part in parts.items() if mark in name), "language")
        return 1.0 if part in study.trains else 0.0

    return of


def answering_stage(study: AnsweringStudy, data: Path, *, run: Path) -> Stage:
    """Stage 2 or 3 as a stage of the loop; its result is what learned."""
    assembly = Assembly(study, data, run=run)
    words = Words(assembly.prompt)
    training = QuestionData(data, "train", study.sources, study.image.variation, talk=study.talk)
    asked: list[Source] = [source for source in study.sources if source != "yes/no"]
    validation = QuestionData(data, "validation", asked or ["open"], STILL)
    rates = pace(study)

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        def rng_of(row: int) -> np.random.Generator:
            return np.random.default_rng([study.schedule.seed, step, row])

        pictures, talks = training.rows(rows.tolist(), rng_of)
        blind = [rng_of(int(row)).random() < study.blind for row in rows]
        return {
            **pictures,
            **words.collate([words.row(turns) for turns in talks]),
            "sighted": torch.tensor([0.0 if unseen else 1.0 for unseen in blind]),
        }

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Answerer)
        return held_out(model, validation, words, min(study.evaluated, len(validation)))

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Answerer)
        save_learned(model.model, out, learns=lambda name: rates(f"model.{name}") > 0)

    return Stage(
        name=study.stage,
        build=lambda: Answerer(assembly.build(), study),
        rows=len(training),
        batch=batch,
        evaluate=evaluate,
        finish=finish,
        pace=rates,
        weigh=lambda piece: answer_weight(piece["labels"], opening=OPENING),
    )


class Words:
    """Talks to padded rows of tokens."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        stored = prompt.tokenizer.pad_token_id
        self.padding = prompt.end_id if stored is None else cast("int", stored)

    def row(self, turns: list[Turn]) -> Row:
        """Tokens and labels of a talk, cut at the longest trained length."""
        return self.prompt.training_row(turns)

    def collate(self, rows: list[Row]) -> dict[str, Tensor]:
        """Rows to ids, labels and attention (B, T), padded behind."""
        length = max(len(row.ids) for row in rows)
        ids = torch.full((len(rows), length), self.padding)
        labels = torch.full((len(rows), length), IGNORED)
        attended = torch.zeros((len(rows), length), dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row.ids)] = torch.tensor(row.ids)
            labels[i, : len(row.ids)] = torch.tensor(row.labels)
            attended[i, : len(row.ids)] = 1
        return {"ids": ids, "labels": labels, "attended": attended}


def held_out(model: Answerer, data: QuestionData, words: Words, count: int) -> dict[str, float]:
    """Mean loss per answer token of rows spread over the validation data, seeing and blind."""
    device = next(model.parameters()).device
    spread = np.linspace(0, len(data) - 1, count).astype(int)
    totals = {"seeing": 0.0, "blind": 0.0}
    weights = 0.0
    for places in batches(count, EVALUATED_AT_A_TIME):
        rows = [int(spread[place]) for place in places]
        pictures, talks = data.rows(rows, lambda row: np.random.default_rng([0, row]))
        batch = {**pictures, **words.collate([words.row(turns) for turns in talks])}
        weight = answer_weight(batch["labels"], opening=OPENING)
        weights += weight
        for name, sighted in (("seeing", 1.0), ("blind", 0.0)):
            batch["sighted"] = torch.full((len(rows),), sighted)
            loss = model({key: value.to(device) for key, value in batch.items()})["loss"]
            totals[name] += weight * float(loss)
    return {name: total / weights for name, total in totals.items()}
