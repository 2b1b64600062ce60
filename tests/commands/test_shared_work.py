"""Scans shared between workers become what one process makes of them.

The workers are threads of this process, which cost less than processes; those are killed in
`tests/machines`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

from med3dvlm.__main__ import main
from med3dvlm.engine.embedder import open_embedder
from med3dvlm.engine.open_model import open_engine
from med3dvlm.volumes import open_volume
from tests.archived import assert_like_one_process, embedding, make_archive
from train.data.m3d.prepare import PrepareConfig, prepare
from train.data.m3d.sample import SampleSpec, make_sample

COUNT = 5
BAD = "03.nii"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    how = {"processes": False, "dashboard_address": "127.0.0.1:0", "protocol": "tcp"}
    with (
        LocalCluster(n_workers=3, threads_per_worker=1, **how) as cluster,
        Client(cluster) as client,
    ):
        yield str(client.scheduler.address)


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("scans"), COUNT, BAD)


def test_the_library_of_three_workers_is_that_of_one(
    address: str, scans: Path, random_model: Path, tmp_path: Path
) -> None:
    embed = embedding(scans, random_model)
    assert main([*embed, str(tmp_path / "three"), "--scheduler", address]) == 1
    assert_like_one_process(
        tmp_path / "three", scans, random_model, count=COUNT, bad=BAD, tolerance=1e-6
    )
    (scans / BAD).unlink()
    assert main([*embed, str(tmp_path / "three"), "--scheduler", address]) == 0, "all is done"


def test_a_model_that_is_not_there_is_said_at_once(
    address: str, scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embed = ["embed", str(scans), "--model", str(tmp_path / "none"), "--out", str(tmp_path / "l")]
    assert main([*embed, "--scheduler", address]) == 1
    assert "none" in capsys.readouterr().err


def test_the_embedder_alone_makes_the_engines_vector(scans: Path, random_model: Path) -> None:
    volume = open_volume(scans / "02.nii.gz")
    engine, alone = (make(str(random_model), device="cpu") for make in (open_engine, open_embedder))
    assert np.array_equal(alone.embed(volume), engine.encode(volume).embedding)
    assert (alone.key, alone.width) == (engine.retrieval_key, engine.retrieval_width)


def test_ready_data_of_three_workers_are_those_of_one(address: str, tmp_path: Path) -> None:
    make_sample(tmp_path / "raw", SampleSpec(train=2, validation=1, test=1, shape=(16, 32, 32)))
    how = {"grid": (8, 16, 16), "per_shard": 4, "workers": 1}
    for name, place in (("one", ""), ("three", address)):
        prepare(tmp_path / "raw", tmp_path / name, PrepareConfig(scheduler=place, **how))
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "three").iterdir())
    for name in files:
        if not name.startswith("report"):  # says how long it took
            one, three = (tmp_path / run / name for run in ("one", "three"))
            assert three.read_bytes() == one.read_bytes()
