"""A small data set in M3D's layout, and the same made ready, once for all tests."""

from pathlib import Path

import pytest

from train.m3d.prepare import PrepareConfig, prepare
from train.m3d.sample import SampleSpec, make_sample

GRID = (32, 64, 64)
SAMPLE = SampleSpec(train=16, validation=4, test=6, shape=(12, 24, 24))
READY = PrepareConfig(grid=GRID, workers=1, per_shard=8)


@pytest.fixture(scope="session")
def raw_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m3d_raw")
    make_sample(folder, SAMPLE)
    return folder


@pytest.fixture(scope="session")
def ready_sample(raw_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m3d_ready")
    prepare(raw_sample, folder, READY)
    return folder
