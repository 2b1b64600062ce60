"""One engine with random weights, and two small phantoms."""

from pathlib import Path

import pytest

from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.volume import Volume


@pytest.fixture(scope="session")
def engine(random_model: Path) -> Engine:
    return load_engine(random_model)


@pytest.fixture(scope="session")
def volume() -> Volume:
    return make_case(3, shape=(24, 48, 48)).volume


@pytest.fixture(scope="session")
def features(engine: Engine, volume: Volume) -> VolumeFeatures:
    return engine.encode(volume)
