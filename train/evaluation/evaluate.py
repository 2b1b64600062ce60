"""Evaluates a checkpoint on retrieval, questions and reports, against blind model and chance.

    model = load_checkpoints(Path("assets/default_model"))
    result = evaluate(model, PhantomCases(cache), Evaluation(count=2000), work=Path("runs/bench"))
    print(table(result.figures))

The blind column is the same model with blanked image tokens. Training includes blanked images, so
this baseline shows what the question's wording gives away. Decoding is greedy. `work` caches the
model's answers, so a stopped run resumes; computing figures from them takes a minute.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from med3dvlm.config import DUAL_ENCODER_FOLDER, VLM_FOLDER
from med3dvlm.errors import TrainingError
from med3dvlm.metrics.meteor import open_meteor
from med3dvlm.metrics.ranking import cosine_similarity
from med3dvlm.metrics.resampling import Resamples
from med3dvlm.model.checkpoint import (
    LoadedDualEncoder,
    LoadedVLM,
    load_dual_encoder,
    load_vlm,
)
from med3dvlm.phantoms.questions import Question
from train.evaluation.batch_speaker import BatchSpeaker
from train.evaluation.bert_encoder import BertEncoder
from train.evaluation.calibration import score_calibration
from train.evaluation.cases import Cases
from train.evaluation.cells import Answered, Cells, Figures
from train.evaluation.chooser import Chooser
from train.evaluation.record import TASKS, Records, Respondents, about_places, record
from train.evaluation.reports import score_reports
from train.evaluation.retrieval import score_retrieval
from train.evaluation.searcher import Searcher
from train.evaluation.vqa import (
    names_letter,
    says_exactly,
    says_yes_rightly,
    score_options,
    score_vqa,
    takes_option,
)

# Cases that `compare` checks; their figures are stored next to those of all cases.
SUBSET = 200
OUTCOMES = {"closed": names_letter, "yes/no": says_yes_rightly, "open": says_exactly}


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints found in a folder; tasks that need a missing one are refused."""

    folder: Path
    vlm: LoadedVLM | None
    dual_encoder: LoadedDualEncoder | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What to evaluate.

    Attributes:
        count: number of cases, from the first.
        tasks: any of `TASKS`.
        bert: an encoder for BERTScore, if its weights are available.
    """

    count: int
    tasks: tuple[str, ...] = TASKS
    bert: BertEncoder | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.tasks) - set(TASKS))
        if unknown or not self.tasks:
            raise TrainingError(f"unknown tasks {unknown}: choose from {', '.join(TASKS)}")
        if self.count < 1:
            raise TrainingError(f"the number of cases must be positive, got {self.count}")


@dataclass(frozen=True, slots=True)
class Result:
    """Figures of all cases and of the first ones, and the outcome of every case."""

    figures: Figures
    outcomes: list[Figures]


def load_checkpoints(folder: Path, *, device: str = "cpu") -> Checkpoints:
    """The VLM and the dual encoder of a folder, or whichever of them exists."""
    paired = (folder / VLM_FOLDER).is_dir() or (folder / DUAL_ENCODER_FOLDER).is_dir()
    vlm, dual = folder / VLM_FOLDER, folder / DUAL_ENCODER_FOLDER
    if not paired:
        return Checkpoints(folder, load_vlm(folder, device=device), None)
    return Checkpoints(
        folder,
        load_vlm(vlm, device=device) if vlm.is_dir() else None,
        load_dual_encoder(dual, device=device) if dual.is_dir() else None,
    )


def evaluate(model: Checkpoints, cases: Cases, wanted: Evaluation, *, work: Path) -> Result:
    """Run the tasks on the first cases; `work` caches the model's answers.

    Raises:
        TrainingError: there are fewer cases, or a task needs a missing checkpoint.
    """
    if wanted.count > len(cases):
        raise TrainingError(f"{wanted.count} cases requested, but there are {len(cases)}")
    if "retrieval" in wanted.tasks and model.dual_encoder is None:
        raise TrainingError("retrieval needs a dual encoder: leave it out of --tasks")
    if set(wanted.tasks) - {"retrieval"} and model.vlm is None:
        raise TrainingError("questions and reports need a VLM: use --tasks retrieval")
    asked = Respondents(
        speaker=BatchSpeaker(model.vlm) if model.vlm else None,
        searcher=Searcher(model.dual_encoder) if model.dual_encoder else None,
        chooser=_chooser(model) if {"calibration", "options"} & set(wanted.tasks) else None,
    )
    records = record(cases, asked, count=wanted.count, tasks=wanted.tasks, folder=work)
    figures = score(records, cases, wanted)
    if wanted.count > SUBSET:
        figures["subset"] = score(records.first(SUBSET), cases, wanted)
    return Result(figures, outcomes(records, cases))


def _chooser(model: Checkpoints) -> Chooser:
    assert model.vlm is not None
    return Chooser(model.folder, device=str(next(model.vlm.model.parameters()).device))


def score(records: Records, cases: Cases, wanted: Evaluation) -> Figures:
    """All figures from the recorded answers; the bootstrap samples are always the same."""
    count = records.count
    cells = Cells(Resamples(cases=count, rng=np.random.default_rng(0)))
    meteor = open_meteor()
    figures: Figures = {
        "cases": count,
        "of": cases.name,
        "first": cases.key(0),
        "meteor": meteor.name,
        "bertscore": wanted.bert.name if wanted.bert else "left out: no --bertscore FOLDER given",
    }
    questions = [cases.questions(row) for row in range(count)] if records.answers else []
    if len(records.texts):
        says = [cases.says(row) for row in range(count)]
        figures["retrieval"] = score_retrieval(records, says, cells)
    if records.answers:
        figures |= score_vqa(_asked(records, questions), cells, meteor)
    if records.reports:
        figures["report"] = score_reports(records.reports, cases, cells, meteor, wanted.bert)
    if records.chosen:
        asked = [cases.questions(row) for row in range(len(records.chosen))]
        figures["calibration"] = score_calibration(asked, records.chosen)
    if records.options:
        figures |= score_options(_about_places(records, cases), cells)
    return figures


def _asked(records: Records, questions: list[list[Question]]) -> list[Answered]:
    return [
        Answered(row, question, said)
        for row, answers in enumerate(records.answers)
        for question, said in zip(questions[row], answers, strict=True)
    ]


def _about_places(records: Records, cases: Cases) -> list[Answered]:
    return [
        Answered(row, question, said)
        for row, taken in enumerate(records.options)
        for question, said in zip(about_places(cases.questions(row)), taken, strict=True)
    ]


def outcomes(records: Records, cases: Cases) -> list[Figures]:
    """The outcome of each case: right and wrong answers, ranks, and a hash of its report."""
    rows: list[Figures] = [{"case": cases.key(row)} for row in range(records.count)]
    for row, answers in enumerate(records.answers):
        pairs = list(zip(cases.questions(row), answers, strict=True))
        for form, right in OUTCOMES.items():
            marks = [str(int(right(q, s.seeing))) for q, s in pairs if q.form == form]
            rows[row][form] = "".join(marks)
    for item in _about_places(records, cases):
        taken = str(int(takes_option(item.question, item.said.seeing)))
        rows[item.row]["options"] = f"{rows[item.row].get('options', '')}{taken}"
    for row, said in enumerate(records.reports):
        rows[row]["report"] = hashlib.sha256(said.seeing.encode()).hexdigest()[:8]
    if len(records.texts):
        table = cosine_similarity(records.texts, records.volumes)
        own = table.diagonal()
        for row, rank in enumerate((table > own[:, None]).sum(axis=1)):
            rows[row]["rank"] = int(rank) + 1
    return rows
