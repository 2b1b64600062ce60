"""The services of a random model, and a small scan."""

from pathlib import Path

import pytest

from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.hosting.models.services import Services, services_of
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.volume import Volume


@pytest.fixture(scope="module")
def engine(random_model: Path) -> Engine:
    return load_engine(random_model)


@pytest.fixture(scope="module")
def services(engine: Engine) -> Services:
    return services_of(engine)


@pytest.fixture(scope="module")
def volume() -> Volume:
    return make_case(3, shape=(16, 32, 32)).volume
