"""Rows of ready M3D data as training uses them: a volume with its text.

    data = CaptionData(folder, "train", variation)
    rows = data.rows([3, 17], rng_of)          # volumes, augmentation, texts

Augmentation of a row depends only on the seed, the step and the row, not on the process or piece
that it ends up in.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from med3dvlm.choices import Choices
from med3dvlm.errors import TrainingError
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.questions.wording import REPORT_ASKED
from train.data.config import QuestionSource
from train.data.look import Variation
from train.data.m3d.layout import VQA_NAMES
from train.data.m3d.shards import Lines, Volumes
from train.data.m3d.sides import mirrored_plane, mirrored_words

RngOf = Callable[[int], np.random.Generator]
FILES: dict[QuestionSource, str] = {
    "captions": "captions_{}",
    "open": "vqa_{}",
    "closed": "vqa_{}",
    "yes/no": "vqa_yn_{}",
}


def seen(
    volumes: Volumes,
    rows: Sequence[int],
    lights: Sequence[tuple[float, float]],
    mirrored: Sequence[bool],
) -> dict[str, Tensor]:
    """The image part of a batch."""
    gains, offsets = zip(*lights, strict=True)
    return {
        "volume": volumes[rows],
        "gain": torch.tensor(gains),
        "offset": torch.tensor(offsets),
        "mirrored": torch.tensor(list(mirrored)),
    }


class CaptionData:
    """Volumes with their captions: what stage 1 learns from."""

    def __init__(self, folder: Path, split: str, variation: Variation) -> None:
        self.volumes = Volumes(folder)
        self.lines = Lines(folder / f"captions_{split}.jsonl")
        self.variation = variation
        if not len(self.lines):
            raise TrainingError(f"captions_{split}.jsonl has no rows")

    def __len__(self) -> int:
        return len(self.lines)

    def rows(self, rows: Sequence[int], rng_of: RngOf) -> tuple[dict[str, Tensor], list[str]]:
        """The image part of a batch, and a caption for each row."""
        lines = [self.lines[int(row)] for row in rows]
        lights, texts, mirrored = [], [], []
        for row, line in zip(rows, lines, strict=True):
            rng = rng_of(int(row))
            lights.append(self.variation.draw(rng))
            turned = mirror(self.variation, rng, line["series"], [line["text"]])
            mirrored.append(turned is not None)
            texts.append(turned[0] if turned else line["text"])
        return seen(self.volumes, [line["row"] for line in lines], lights, mirrored), texts


def mirror(
    variation: Variation, rng: np.random.Generator, series: str, texts: Sequence[str]
) -> list[str] | None:
    """The text of the mirrored image if this row is mirrored, otherwise None."""
    if rng.random() >= variation.mirror or not mirrored_plane(series):
        return None
    turned = [mirrored_words(text) for text in texts]
    return None if None in turned else [text for text in turned if text is not None]


def file_of(source: QuestionSource, split: str) -> str:
    """The text file with a source's rows; yes/no rows exist for training only."""
    return f"{FILES[source].format(split if source == 'captions' else VQA_NAMES[split])}.jsonl"


class QuestionData:
    """Volumes with questions and answers: what stages 2 and 3 learn from.

    Args:
        folder: ready data.
        split: `train`, `validation` or `test`.
        sources: which rows; a VQA file can be used for open and for closed questions.
        talk: probability of follow-up questions about the same volume, as turns of one dialogue.
    """

    def __init__(
        self, folder: Path, split: str, sources: Sequence[QuestionSource], variation: Variation, *,
        talk: float = 0.0,
    ) -> None:  # fmt: skip
        self.volumes = Volumes(folder)
        self.sources = list(sources)
        self.variation, self.talk = variation, talk
        self.lines = [Lines(folder / file_of(source, split)) for source in sources]
        self.starts = np.cumsum([0, *(len(lines) for lines in self.lines)])
        if not len(self):
            raise TrainingError(f"{', '.join(sources)} of {split} have no rows")

    def __len__(self) -> int:
        return int(self.starts[-1])

    def rows(
        self, rows: Sequence[int], rng_of: RngOf
    ) -> tuple[dict[str, Tensor], list[list[Turn]]]:
        """The image part of a batch, and a dialogue for each row."""
        places, lights, talks, mirrored = [], [], [], []
        for row in rows:
            rng = rng_of(int(row))
            line, turns = self.talk_about(int(row), rng)
            lights.append(self.variation.draw(rng))
            words = [word for turn in turns for word in turn]
            turned = mirror(self.variation, rng, line["series"], words)
            mirrored.append(turned is not None)
            if turned:
                turns = [Turn(*pair) for pair in zip(turned[::2], turned[1::2], strict=True)]
            places.append(line["row"])
            talks.append(turns)
        return seen(self.volumes, places, lights, mirrored), talks

    def talk_about(self, row: int, rng: np.random.Generator) -> tuple[dict[str, Any], list[Turn]]:
        """The record of a row, and its turns: one, or several about the same volume."""
        at = int(np.searchsorted(self.starts, row, side="right")) - 1
        line = self.lines[at][row - int(self.starts[at])]
        turns = [turn_of(self.sources[at], line, rng)]
        if self.talk and rng.random() < self.talk:
            others = self._about.get(line["row"], [])
            for place in rng.permutation(len(others))[:2]:
                source, number = others[int(place)]
                turns.append(turn_of(self.sources[source], self.lines[source][number], rng))
        return line, turns

    @cached_property
    def _about(self) -> dict[int, list[tuple[int, int]]]:
        """Open and yes/no questions by volume, for follow-ups; one with choices is asked alone."""
        about: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for at, source in enumerate(self.sources):
            if source in ("open", "yes/no"):
                for number, line in enumerate(self.lines[at]):
                    about[line["row"]].append((at, number))
        return about


def turn_of(source: QuestionSource, line: dict[str, Any], rng: np.random.Generator) -> Turn:
    """The question and answer of a row."""
    if source == "captions":
        return Turn(REPORT_ASKED[int(rng.integers(len(REPORT_ASKED)))], line["text"])
    if source == "closed" and line["choices"]:
        asked = Choices(line["question"], tuple(line["choices"])).text
        return Turn(asked, f"{line['letter']}. {line['answer']}")
    return Turn(line["question"], line["answer"])
