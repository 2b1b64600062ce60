"""A real PostgreSQL server, started once."""

from collections.abc import Iterator

import pytest

from tests.retrieval.postgres_server import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()
