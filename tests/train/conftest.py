"""Eight small phantoms in a cache, drawn once."""

import pytest

from train.phantom_cache import CacheSpec, PhantomCache

SPEC = CacheSpec(first=0, count=8, grid=(16, 32, 32), cells=(1, 2, 2), shape=(16, 32, 32))


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> PhantomCache:
    return PhantomCache.build(tmp_path_factory.mktemp("phantoms"), SPEC, workers=1)
