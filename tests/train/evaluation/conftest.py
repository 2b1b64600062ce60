"""A random model's evaluation of five small phantoms, made once."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine_maker import GRID
from tests.train.conftest import SPEC
from train.data.phantoms.cache import PhantomCache
from train.evaluation import record
from train.evaluation.cases import PhantomCases
from train.evaluation.evaluate import Checkpoints, Evaluation, Result, evaluate, load_checkpoints

COUNT = 5


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> PhantomCases:
    spec = replace(SPEC, first=50, count=COUNT, grid=GRID, cells=(4, 8, 8))
    return PhantomCases(PhantomCache.build(tmp_path_factory.mktemp("test"), spec, workers=1))


@pytest.fixture(scope="session")
def model(random_model: Path) -> Checkpoints:
    return load_checkpoints(random_model)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short answers: what is said here is noise at any length."""
    shorten(monkeypatch)


def shorten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(record, "SHORT", 6)
    patch.setattr(record, "LONG", 12)
    patch.setattr(record, "PART", 2)


@pytest.fixture(scope="session")
def made(
    model: Checkpoints, cases: PhantomCases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Result, Path]:
    """The result and the folder of what was said."""
    work = tmp_path_factory.mktemp("said")
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        return evaluate(model, cases, Evaluation(count=COUNT), work=work), work
