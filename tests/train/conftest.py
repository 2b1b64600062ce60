"""Eight small phantoms in a cache, drawn once; and every run with a precision of its own."""

from collections.abc import Iterator

import pytest
from accelerate.state import AcceleratorState

from tests.train.m3d_sample import raw_sample, ready_sample, stored_language, stored_text
from train.data.phantoms.cache import CacheSpec, PhantomCache

__all__ = ["raw_sample", "ready_sample", "stored_language", "stored_text"]

SPEC = CacheSpec(first=0, count=8, grid=(16, 32, 32), cells=(1, 2, 2), shape=(16, 32, 32))


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> PhantomCache:
    return PhantomCache.build(tmp_path_factory.mktemp("phantoms"), SPEC, workers=1)


@pytest.fixture(autouse=True)
def own_precision() -> Iterator[None]:
    """Accelerate keeps the precision of the first run for the whole process."""
    yield
    AcceleratorState._reset_state()
