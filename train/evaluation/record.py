"""A checkpoint's answers about each case, cached on disk in parts so that a stopped run resumes.

records = record(cases, asked, count=2000, tasks=TASKS, folder=folder)
records.answers[3]                      # [(sighted, blind), ...] in the order of cases.questions(3)

Parts always hold the same cases, so a smaller run decodes exactly the same batches.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.questions import Question
from train.evaluation.batch_speaker import LONG, SHORT, BatchSpeaker
from train.evaluation.cases import Cases
from train.evaluation.chooser import Chooser
from train.evaluation.searcher import Searcher

PART = 50
REPORT_QUESTION = "Describe the findings."
# "vqa" answers closed, open and yes/no questions word by word, "options" the closed
# ones about places as the page does, by scoring whole options.
TASKS = ("retrieval", "vqa", "report", "calibration", "options")
# Scoring every option of a question separately is slow, so calibration uses the first cases only.
CALIBRATED_CASES = 400


@dataclass(frozen=True, slots=True)
class Said:
    """Two answers to one question."""

    seeing: str
    blind: str


@dataclass(frozen=True, slots=True)
class Respondents:
    """The models that answer; None if the checkpoint is missing or the task isn't run."""

    speaker: BatchSpeaker | None
    searcher: Searcher | None
    chooser: Chooser | None


@dataclass
class Records:
    """All answers about the first `count` cases; empty for tasks that weren't run.

    Attributes:
        answers: by case, in the order of its questions.
        reports: by case.
        chosen: by case, the option probabilities of its closed questions.
        options: by case, the options taken in answer to its closed questions about places.
        texts: unit vectors of the true reports (count, E).
        volumes: unit vectors of the volumes (count, E).
    """

    count: int
    answers: list[list[Said]] = field(default_factory=list)
    reports: list[Said] = field(default_factory=list)
    chosen: list[list[list[float]]] = field(default_factory=list)
    options: list[list[Said]] = field(default_factory=list)
    texts: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    volumes: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def first(self, count: int) -> "Records":
        """The answers about the first cases."""
        return Records(
            count=count,
            answers=self.answers[:count],
            reports=self.reports[:count],
            chosen=self.chosen[:count],
            options=self.options[:count],
            texts=self.texts[:count],
            volumes=self.volumes[:count],
        )


@dataclass(frozen=True)
class Recorder:
    """Runs tasks part by part; each part of a task has a file."""

    cases: Cases
    folder: Path
    count: int

    def parts(self) -> list[range]:
        """Rows of the parts; the last one may extend past `count`, so that parts never change."""
        last = len(self.cases)
        return [range(s, min(s + PART, last)) for s in range(0, self.count, PART)]

    def run(self, task: str, say: Callable[[range], list[Any]]) -> list[Any]:
        """One value for each of the first `count` cases, from files if they exist.

        Raises:
            TrainingError: the folder contains answers about other cases.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        said: list[Any] = []
        parts = self.parts()
        missing = sum(not self._path(task, part).exists() for part in parts)
        with tqdm(total=len(parts), initial=len(parts) - missing, desc=task, unit="part") as bar:
            for part in parts:
                path = self._path(task, part)
                if not path.exists():
                    self._write(path, part, say(part))
                    bar.update()
                said += self._read(path, part)
        return said[: self.count]

    def _path(self, task: str, part: range) -> Path:
        return self.folder / f"{task}-{part.start:06d}.json"

    def _write(self, path: Path, part: range, said: list[Any]) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"asked": self._seal(part), "said": said}))
        fresh.replace(path)

    def _read(self, path: Path, part: range) -> list[Any]:
        stored = json.loads(path.read_text())
        if stored["asked"] != self._seal(part):
            raise TrainingError(
                f"{path} is about other cases or questions: delete {self.folder.name} "
                "or choose another folder with --work"
            )
        said: list[Any] = stored["said"]
        return said

    def _seal(self, part: range) -> str:
        """Hash over the cases of a part with their reports and questions."""
        seal = hashlib.sha256()
        for row in part:
            asked = [(q.question, q.answer) for q in self.cases.questions(row)]
            seal.update(repr((self.cases.key(row), self.cases.report(row), asked)).encode())
        return seal.hexdigest()[:16]


def record(
    cases: Cases, asked: Respondents, *, count: int, tasks: Sequence[str], folder: Path
) -> Records:
    """Ask everything the tasks need; `folder` caches the answers."""
    speaker, searcher, chooser = asked.speaker, asked.searcher, asked.chooser
    records = Records(count)
    if searcher is not None and "retrieval" in tasks:
        recorder = Recorder(cases, folder / f"search-{searcher.digest}", count)
        pairs = recorder.run("vectors", partial(_vectors, searcher, cases))
        records.texts = np.array([text for text, _ in pairs], np.float32)
        records.volumes = np.array([volume for _, volume in pairs], np.float32)
    if speaker is None:
        return records
    recorder = Recorder(cases, folder / f"answers-{speaker.vlm.digest}", count)
    if "vqa" in tasks:
        rows = recorder.run("vqa", partial(_answers, speaker, cases))
        records.answers = [[Said(*pair) for pair in row] for row in rows]
    if "report" in tasks:
        pairs = recorder.run("report", partial(_reports, speaker, cases))
        records.reports = [Said(*pair) for pair in pairs]
    if chooser is not None:
        place = folder / f"choices-{speaker.vlm.digest}-{chooser.digest}"
        if "calibration" in tasks:
            few = Recorder(cases, place, min(count, CALIBRATED_CASES))
            records.chosen = few.run("calibration", partial(_choices, chooser, speaker, cases))
        if "options" in tasks:
            rows = Recorder(cases, place, count).run(
                "options", partial(_taken, chooser, speaker, cases)
            )
            records.options = [[Said(*pair) for pair in row] for row in rows]
    return records


def _vectors(searcher: Searcher, cases: Cases, part: range) -> list[list[list[float]]]:
    texts = searcher.texts([cases.report(row) for row in part])
    volumes = searcher.volumes(cases.volumes(part))
    return [[_short(text), _short(volume)] for text, volume in zip(texts, volumes, strict=True)]


def _short(vector: Tensor) -> list[float]:
    """Rounded to nine digits, all that a float32 has."""
    return [float(f"{value:.9g}") for value in vector.tolist()]


def _answers(speaker: BatchSpeaker, cases: Cases, part: range) -> list[list[tuple[str, str]]]:
    asked = [[q.question for q in cases.questions(row)] for row in part]
    flat = [question for row in asked for question in row]
    owners = [place for place, row in enumerate(asked) for _ in row]
    image_tokens = speaker.look(cases.volumes(part))
    seeing = speaker.answers(image_tokens, owners, flat, SHORT)
    pairs = iter(zip(seeing, speaker.blind(flat, SHORT), strict=True))
    return [[next(pairs) for _ in row] for row in asked]


def _reports(speaker: BatchSpeaker, cases: Cases, part: range) -> list[tuple[str, str]]:
    image_tokens = speaker.look(cases.volumes(part))
    rows = range(len(part))
    seeing = speaker.answers(image_tokens, rows, [REPORT_QUESTION] * len(part), LONG)
    blind = speaker.blind([REPORT_QUESTION], LONG)[0]
    return [(said, blind) for said in seeing]


def _choices(
    chooser: Chooser, speaker: BatchSpeaker, cases: Cases, part: range
) -> list[list[list[float]]]:
    image_tokens = speaker.look(cases.volumes(part))
    return [
        [
            chooser.probabilities(image_tokens[place], question)
            for question in cases.questions(row)
            if question.form == "closed"
        ]
        for place, row in enumerate(part)
    ]


def _taken(
    chooser: Chooser, speaker: BatchSpeaker, cases: Cases, part: range
) -> list[list[tuple[str, str]]]:
    """The options taken with and without the image, for each closed question about a place."""
    asked = [about_places(cases.questions(row)) for row in part]
    if not any(asked):
        return [[] for _ in part]
    image_tokens = speaker.look(cases.volumes(part))
    return [
        [
            (chooser.taken(seen, question), chooser.taken(torch.zeros_like(seen), question))
            for question in questions
        ]
        for seen, questions in zip(image_tokens, asked, strict=True)
    ]


def about_places(questions: Sequence[Question]) -> list[Question]:
    """The closed questions about the place of a finding."""
    return [q for q in questions if (q.form, q.kind) == ("closed", "location")]
