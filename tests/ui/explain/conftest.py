"""The parts of the Explain tab with a random model, or with a fake one whose truth is known."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import OcclusionStep
from med3dvlm.explain.trust.certificate import Certificate
from med3dvlm.explain.trust.faithfulness import Areas
from med3dvlm.explain.trust.localisation import HitRates, Rate
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms import planted
from med3dvlm.ui.explain.running import Work
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes.grid import GridMap
from tests.ui.conftest import TINY, Parts

Fake = Callable[..., Loading[Services]]
PATCHED = ("med3dvlm.ui.explain.lesions.painting", "med3dvlm.ui.explain.curve.part")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phantoms of few voxels, painted quickly."""
    for module in PATCHED:
        monkeypatch.setattr(f"{module}.plant", partial(planted.plant, shape=TINY))


@pytest.fixture
def fake(services: Services) -> Fake:
    """The random model with some of its functions replaced."""

    def made(**functions: Any) -> Loading[Services]:
        changed = replace(services, **functions)
        return Loading("The model", lambda tell: changed)

    return made


@pytest.fixture
def working(parts: Parts, loaded: Loading[Services], switches: Switches) -> Callable[..., Any]:
    """A part of the tab with a model, and with switches of its own."""

    def made(part: Any, services: Loading[Services] = loaded) -> Any:
        works = {
            place.name: replace(work, services=services, switches=switches)
            for place in fields(part)
            if isinstance(work := getattr(part, place.name), Work)
        }
        return replace(part, **works)

    return made


def saying(text: str) -> Callable[..., Any]:
    """Answers everything with the same words."""
    return lambda *_: (
        TokenEvent(text=part, probability=1.0, alternatives=(), seconds=0.0) for part in (text,)
    )


def a_map(*, signed: bool = True) -> Map:
    """Two cells along each axis over the tiny phantom, the last the highest."""
    grid = (2, 2, 2)
    return Map(
        values=np.arange(8, dtype=np.float32).reshape(grid) - 2,
        mapping=GridMap(start=(0, 0, 0), stop=TINY, grid=grid),
        legend="a legend", means="It <means>.", means_not="It does not.", signed=signed,
    )  # fmt: skip


def steps_of(count: int) -> tuple[OcclusionStep, ...]:
    """The same map, finished in so many steps."""
    return tuple(OcclusionStep(a_map(), done, count) for done in range(1, count + 1))


def certificate(margin: float) -> Certificate:
    """Of a map that beats its prior by so much."""
    rate = Rate(value=0.5, low=0.4, high=0.6)
    hits = HitRates(
        top=3, cells=32, cases=9, map=rate, prior=rate, shuffled=rate, randomised=rate,
        margin=Rate(value=margin, low=margin - 0.1, high=1.0), chance=0.1,
    )  # fmt: skip
    areas = Areas(deletion=0.11, insertion=0.22, deletion_random=0.33, insertion_random=0.44)
    return Certificate(
        method="occlusion", hits=hits, several_places=None,
        follows=Rate(value=0.75, low=0.6, high=1.0), moved=8, areas=areas,
        deletion_gain=rate, insertion_gain=rate,
    )  # fmt: skip
