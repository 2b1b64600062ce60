"""Ready M3D data as a source for the stages: whole volumes with captions or questions.

source = CaptionSource(Path("ready"), CaptionRows(), seed=0)
source.batch(step, rows).texts
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from train.data.config import CaptionRows, QuestionRows, QuestionSource
from train.data.look import STILL
from train.data.m3d.rows import CaptionData, QuestionData
from train.data.m3d.shards import Lines
from train.data.sources import Pairs, Rows, Talks
from train.loop.loop import batches

# Number of text rows that a new tokenizer is trained on.
CORPUS_ROWS = 3000
PAIRS_AT_A_TIME, TALKS_AT_A_TIME = 16, 8


def corpus(data: Path) -> Iterator[str]:
    """Captions, questions and answers of the training split, to train new tokenizers."""
    for path in sorted(data.glob("*train.jsonl")):
        lines = Lines(path)
        for row in range(min(CORPUS_ROWS, len(lines))):
            line = lines[row]
            yield from (str(line[key]) for key in ("text", "question", "answer") if key in line)


class CaptionSource:
    """Volumes with their captions."""

    def __init__(self, data: Path, config: CaptionRows, *, seed: int) -> None:
        self.data, self.seed = data, seed
        self.training = CaptionData(data, "train", config.variation)
        self.validation = CaptionData(data, "validation", STILL)

    def __len__(self) -> int:
        return len(self.training)

    def corpus(self) -> Iterator[str]:
        """Texts of the training split."""
        return corpus(self.data)

    def batch(self, step: int, rows: Rows) -> Pairs:
        """Rows of a step, each with its own augmentation."""
        return Pairs(*self.training.rows(rows.tolist(), _rng_of(self.seed, step)))

    def held_out(self, count: int) -> Iterator[Pairs]:
        """The first validation rows."""
        for rows in batches(min(count, len(self.validation)), PAIRS_AT_A_TIME):
            yield Pairs(*self.validation.rows(rows, np.random.default_rng))


class QuestionAnswerSource:
    """Volumes with reports, questions and dialogues."""

    def __init__(self, data: Path, config: QuestionRows, *, seed: int) -> None:
        self.data, self.seed, self.blind = data, seed, config.blind
        self.training = QuestionData(
            data, "train", config.sources, config.variation, talk=config.talk
        )
        asked: list[QuestionSource] = [name for name in config.sources if name != "yes/no"]
        self.validation = QuestionData(data, "validation", asked or ["open"], STILL)

    def __len__(self) -> int:
        return len(self.training)

    def corpus(self) -> Iterator[str]:
        """Texts of the training split."""
        return corpus(self.data)

    def batch(self, step: int, rows: Rows, *, speaks: bool) -> Talks:
        """Rows of a step, some with the image blanked."""
        rng_of = _rng_of(self.seed, step)
        pictures, talks = self.training.rows(rows.tolist(), rng_of)
        sighted = [0.0 if rng_of(int(row)).random() < self.blind else 1.0 for row in rows]
        said = [[turns] for turns in talks] if speaks else []
        return Talks({**pictures, "sighted": torch.tensor(sighted)}, said)

    def held_out(self, count: int) -> Iterator[Talks]:
        """Rows spread over the validation data."""
        spread = np.linspace(0, len(self.validation) - 1, min(count, len(self.validation)))
        places = spread.astype(int)
        for at in batches(len(places), TALKS_AT_A_TIME):
            rows = [int(places[i]) for i in at]
            pictures, talks = self.validation.rows(
                rows, lambda row: np.random.default_rng([0, row])
            )
            sighted = torch.ones(len(rows))
            yield Talks({**pictures, "sighted": sighted}, [[turns] for turns in talks])


def _rng_of(seed: int, step: int) -> Callable[[int], np.random.Generator]:
    """Random generator of a row in a step, whichever process or piece handles it."""
    return lambda row: np.random.default_rng([seed, step, row])
