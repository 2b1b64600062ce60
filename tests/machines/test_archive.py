"""An archive encoded by three worker processes is what one process makes of it."""

import csv
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from distributed import Client

from med3dvlm.__main__ import main
from med3dvlm.commands.embed import KEPT, ROWS
from med3dvlm.engine.embedder import open_embedder
from med3dvlm.phantoms.case import make_case
from med3dvlm.retrieval import Entry, Library
from tests.scan_files import save_nifti

COUNT = 12
BAD = "07.nii"


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans")
    for seed in range(COUNT):
        save_nifti(make_case(seed, shape=(16, 32, 32)).volume, folder / f"{seed:02}.nii.gz")
    (folder / BAD).write_text("no scan")
    return folder


class Killer(threading.Thread):
    """Halts a worker, so that its work waits for it, and kills it once others have a result."""

    def __init__(self, three: Client, kept: Path) -> None:
        super().__init__(daemon=True)
        self.three, self.kept = three, kept
        self.worker, self.process = next(iter(three.run(os.getpid).items()))
        self.given_up, self.held = threading.Event(), 0
        os.kill(self.process, signal.SIGSTOP)
        self.start()

    def run(self) -> None:
        while not any(self.kept.glob("*.json")) and not self.given_up.wait(0.01):
            pass
        self.held = len(self.three.processing()[self.worker])
        os.kill(self.process, signal.SIGKILL)


def undated(library: Library) -> list[Entry]:
    """All entries, but not when they were added."""
    return [replace(entry, added="") for entry in library]


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / ROWS).open() as stream:
        return list(csv.DictReader(stream))


@pytest.mark.apart
def test_three_workers_of_which_one_is_killed_make_the_library_of_one_process(
    three: Client, address: str, scans: Path, random_model: Path, tmp_path: Path
) -> None:
    embed = ["embed", str(scans), "--model", str(random_model), "--device", "cpu", "--out"]
    killer = Killer(three, tmp_path / "three" / KEPT)
    assert main([*embed, str(tmp_path / "three"), "--scheduler", address]) == 1
    killer.given_up.set()
    killer.join()
    assert killer.held, "it was killed while it had something to do"
    assert main([*embed, str(tmp_path / "one")]) == 1, "one file is no scan"
    assert table(tmp_path / "three") == table(tmp_path / "one")
    assert [row["file"] for row in table(tmp_path / "one") if row["error"]] == [BAD]
    key = open_embedder(str(random_model), device="cpu").key
    with (
        Library.open(tmp_path / "one", model=key) as one,
        Library.open(tmp_path / "three", model=key) as of_three,
    ):
        assert len(one) == COUNT
        assert undated(of_three) == undated(one), "ids, order and all"
        assert np.array_equal(of_three.vectors()[1], one.vectors()[1])
    assert not (tmp_path / "three" / KEPT).exists()
    (scans / BAD).unlink()
    assert main([*embed, str(tmp_path / "three"), "--scheduler", address]) == 0, "all is done"
