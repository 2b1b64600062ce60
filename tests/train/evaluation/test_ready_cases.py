"""Ready M3D data is evaluated by the same tasks."""

from pathlib import Path

import pytest

from med3dvlm.errors import TrainingError
from med3dvlm.metrics.answers import choice_letter
from tests.engine_maker import GRID
from train.data.m3d.prepare import PrepareConfig, prepare
from train.data.m3d.sample import SampleSpec, make_sample
from train.evaluation.evaluate import Checkpoints, Evaluation, evaluate
from train.evaluation.ready_cases import ReadyCases
from train.evaluation.table import table


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw, out = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("ready")
    make_sample(raw, SampleSpec(train=1, validation=1, test=3))
    prepare(raw, out, PrepareConfig(grid=GRID, workers=1))
    return out


@pytest.mark.slow
def test_captions_and_questions_are_cases(
    ready: Path, model: Checkpoints, brief: None, tmp_path: Path
) -> None:
    cases = ReadyCases(ready, "test")
    assert cases.volumes([0, 1]).shape == (2, 1, *GRID)
    assert 0 <= cases.volumes([0]).min() < cases.volumes([0]).max() <= 1
    asked = [q for row in range(len(cases)) for q in cases.questions(row)]
    closed = [q for q in asked if q.form == "closed"]
    assert closed
    assert all(choice_letter(q.answer) == q.letter for q in closed)
    assert all(" Choices: A. " in q.question for q in closed)
    result = evaluate(
        model, cases, Evaluation(count=2, tasks=("retrieval", "vqa", "report")), work=tmp_path
    )
    assert "finding_f1" not in result.figures["report"]["seeing"], "captions have no labels"
    assert "(2 test series of M3D)" in table(result.figures)


@pytest.mark.slow
def test_a_split_without_captions_is_named(ready: Path) -> None:
    with pytest.raises(TrainingError, match="captions_rehearsal"):
        ReadyCases(ready, "rehearsal")
