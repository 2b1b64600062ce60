"""Ready M3D data as cases to evaluate on: every captioned series with its questions.

cases = ReadyCases(Path("data/ready"), "test")
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from med3dvlm.choices import Choices
from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.questions import Question
from train.data.m3d.layout import VQA_NAMES
from train.data.m3d.shards import Lines, Volumes
from train.evaluation.cases import Labels


class ReadyCases:
    """The captioned series of a split, in the order of their captions.

    Raises:
        TrainingError: the folder contains no captions for that split.
    """

    def __init__(self, folder: Path, split: str) -> None:
        self.split = split
        self._volumes = Volumes(folder)
        self._captions = Lines(folder / f"captions_{split}.jsonl")
        if not len(self._captions):
            raise TrainingError(f"{folder} contains no captions for the split {split!r}")
        self._asked = _questions(folder / f"vqa_{VQA_NAMES[split]}.jsonl")

    @property
    def name(self) -> str:
        """Their name in the table."""
        return f"{self.split} series of M3D"

    def __len__(self) -> int:
        return len(self._captions)

    def key(self, row: int) -> str:
        """The series."""
        return str(self._captions[row]["series"])

    def volumes(self, rows: Sequence[int]) -> Tensor:
        """Model inputs."""
        picked = self._volumes[[self._captions[row]["row"] for row in rows]]
        return picked.float().div_(255)

    def report(self, row: int) -> str:
        """The caption."""
        return str(self._captions[row]["text"])

    def questions(self, row: int) -> list[Question]:
        """Each question as open and, if it has choices, also as closed, as published."""
        return self._asked.get(self._captions[row]["row"], [])

    def says(self, row: int) -> Hashable:
        """The caption: two series of one case often share it."""
        return self.report(row)

    def findings(self, row: int) -> Labels | None:
        """Not known."""
        del row
        return None

    def read(self, report: str) -> Labels:
        """Nothing: there is no parser for captions."""
        del report
        return set()


def _questions(path: Path) -> dict[int, list[Question]]:
    """Questions by volume; empty if the data has none."""
    asked: dict[int, list[Question]] = defaultdict(list)
    if not path.exists():
        return asked
    for line in Lines(path):
        asked[line["row"]] += _both_ways(line)
    return asked


def _both_ways(line: dict[str, Any]) -> list[Question]:
    kind, question, answer = line["kind"], line["question"], line["answer"]
    made = [Question(kind=kind, form="open", question=question, answer=answer)]
    if line["choices"]:
        choices = Choices(question, tuple(line["choices"]))
        made.append(
            Question(
                kind=kind, form="closed", question=choices.text, options=choices.texts,
                answer=f"{line['letter']}. {answer}",
            )
        )  # fmt: skip
    return made
