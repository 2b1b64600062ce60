"""The reader of free questions: a pretrained sentence encoder learns what visitors ask.

Sentences are drawn from the training split of the vocabulary (`med3dvlm/phantoms/vocabulary`) as
the stage learns; validation sentences, whose words and frames it never saw, measure it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from med3dvlm.model.reader import Reader, ReaderConfig, save_reader
from med3dvlm.phantoms.vocabulary.lexicon import Split
from train.data.phantoms.wishes import SLOTS, Sentence, draw_sentence, right_slots
from train.data.texts import tokenised
from train.loop.loop import Batch, Losses, Schedule, Stage, batches
from train.stages.config import TextSource
from train.stages.names import READER
from train.stages.sentence_encoder import open_sentence_encoder

# B texts  L tokens of the longest text

ROWS = 2_000_000
HELD_OUT = 768
CORPUS = 4000
SMOOTHING = 0.02
# Short questions are not padded to the length of long ones.
PARTS = 3
SENTENCES, TOKENS = 43, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStageConfig:
    """Where the encoder comes from, and the schedule.

    Attributes:
        source: the pretrained sentence encoder, or the sizes of a new one.
        layers: upper layers of a pretrained encoder that train; the others are frozen.
        heads_pace: learning rate factor of the new heads.
    """

    stage: Literal["reader"] = "reader"
    source: TextSource
    schedule: Schedule
    layers: int = 4
    heads_pace: float = 12.0

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it starts from."""
        return ()


def stage(config: ReaderStageConfig) -> Stage:
    """The reader as a stage of the loop."""
    seed = config.schedule.seed
    start = open_sentence_encoder(
        config.source, lambda: (row.text for row in sentences("training", range(CORPUS), seed))
    )

    def batch(_: int, rows: NDArray[np.int64]) -> Batch:
        drawn = sentences("training", [int(row) for row in rows], seed)
        told = tokenised(start.tokenizer, [row.text for row in drawn], max_length=TOKENS)
        return {**told, **labels_of_batch(drawn)}

    def build() -> Learner:
        learner = Learner(ReaderConfig(text=start.config, slots=SLOTS))
        if start.weights is not None:
            learner.reader.text.load_state_dict(start.weights)
        return learner

    held_out = sentences("validation", range(HELD_OUT), seed)

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Learner)
        found: list[dict[str, str]] = []
        for rows in batches(len(held_out), 64):
            told = tokenised(
                start.tokenizer, [held_out[row].text for row in rows], max_length=TOKENS
            )
            found += labels_found(model.reader(told["ids"], told["mask"]))
        return figures(held_out, found)

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Learner)
        save_reader(out / READER, model.reader, start.tokenizer, origin=start.origin)

    return Stage(
        name=config.stage, build=build, rows=ROWS, batch=batch, evaluate=evaluate,
        finish=finish, pace=lambda name: pace(name, config, layers=start.config.layers),
    )  # fmt: skip


def sentences(split: Split, rows: range | list[int], seed: int) -> list[Sentence]:
    """The sentences of some rows, the same whenever they are drawn."""
    return [
        draw_sentence(np.random.default_rng([seed, SENTENCES, row]), split=split) for row in rows
    ]


def labels_of_batch(drawn: list[Sentence]) -> dict[str, Tensor]:
    """The number of each sentence's label, by slot."""
    return {
        slot: torch.tensor([labels.index(row.labels[slot]) for row in drawn])
        for slot, labels in SLOTS.all.items()
    }


def labels_found(scores: dict[str, Tensor]) -> list[dict[str, str]]:
    """The best label of each slot, for every text."""
    best = {slot: values.argmax(dim=1).tolist() for slot, values in scores.items()}
    count = len(next(iter(best.values())))
    return [{slot: SLOTS.all[slot][best[slot][row]] for slot in best} for row in range(count)]


def figures(drawn: list[Sentence], found: list[dict[str, str]]) -> dict[str, float]:
    """Share of sentences with the right intent, kind (where named), and all slots that matter."""
    pairs = list(zip(drawn, found, strict=True))
    named = [(row, labels) for row, labels in pairs if row.labels["kind"]]
    return {
        "intent": float(np.mean([row.labels["intent"] == f["intent"] for row, f in pairs])),
        "kind": float(np.mean([row.labels["kind"] == f["kind"] for row, f in named])),
        "right": float(np.mean([right_slots(row.labels, f) for row, f in pairs])),
    }


def pace(name: str, config: ReaderStageConfig, *, layers: int) -> float:
    """Learning rate factors: embeddings and lower layers of a pretrained encoder are frozen."""
    if not name.startswith("reader.text."):
        return config.heads_pace
    if config.source.config is not None:
        return 1.0
    if ".layer." not in name:
        return 0.0
    return float(int(name.split(".layer.")[1].split(".")[0]) >= layers - config.layers)


class Learner(nn.Module):
    """A reader with its loss."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.reader = Reader(config)

    def forward(self, batch: Batch) -> Losses:
        """Cross-entropy of every slot, averaged over texts."""
        order = batch["mask"].sum(dim=1).argsort()
        scores: list[dict[str, Tensor]] = []
        for rows in order.chunk(PARTS):
            length = int(batch["mask"][rows].sum(dim=1).max())
            scores.append(self.reader(batch["ids"][rows, :length], batch["mask"][rows, :length]))
        parts: Losses = {
            slot: cross_entropy(
                torch.cat([part[slot] for part in scores]).float(), batch[slot][order],
                label_smoothing=SMOOTHING,
            )
            for slot in SLOTS.all
        }  # fmt: skip
        return {"loss": torch.stack(list(parts.values())).sum(), **parts}
