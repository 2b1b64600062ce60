"""Three worker processes behind a scheduler, started once."""

from collections.abc import Iterator

import pytest
from distributed import Client

from med3dvlm.machines.work_list import crew


@pytest.fixture(scope="session")
def three() -> Iterator[Client]:
    with crew(processes=3) as client:
        yield client


@pytest.fixture
def address(three: Client) -> str:
    return str(three.scheduler.address)
