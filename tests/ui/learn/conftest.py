"""The Learn tab with a random model and phantoms of few voxels."""

from dataclasses import replace
from functools import partial

import pytest

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.content import Step, read_lessons
from med3dvlm.phantoms import planted
from med3dvlm.retrieval import Library
from med3dvlm.ui.learn.experiments.bench import Bench
from med3dvlm.ui.learn.player import Player
from med3dvlm.ui.page.stopping import Switches
from tests.ui.conftest import TINY, Parts

PAINTERS = (
    "med3dvlm.lessons.scenes",
    "med3dvlm.ui.learn.experiments.asking",
    "med3dvlm.ui.learn.experiments.sizes",
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phantoms of few voxels, few of them, and maps that are not finished."""
    for module in PAINTERS:
        monkeypatch.setattr(f"{module}.plant", partial(planted.plant, shape=TINY))
    for number in ("asking.PEOPLE", "sizes.PEOPLE", "sizes.STEPS", "placing.FINE_ENOUGH"):
        monkeypatch.setattr(f"med3dvlm.ui.learn.experiments.{number}", 3)


@pytest.fixture
def shelf(library: Library) -> Loading[Library]:
    return Loading("The library", lambda tell: library)


@pytest.fixture
def bench(services: Services, shelf: Loading[Library]) -> Bench:
    shelf.make_here()
    return Bench(services=services, library=shelf)


@pytest.fixture
def player(
    parts: Parts, loaded: Loading[Services], switches: Switches, shelf: Loading[Library]
) -> Player:
    own = parts.learn.lessons.player
    work = replace(own.work, services=loaded, switches=switches)
    return replace(own, work=work, library=shelf)


def step_of(experiment: str) -> Step:
    steps = (step for lesson in read_lessons() for step in lesson.steps)
    return next(step for step in steps if step.experiment == experiment)
