"""An archive encoded by three worker processes is what one process makes of it."""

import os
import signal
import threading
from pathlib import Path

import pytest
from distributed import Client

from med3dvlm.__main__ import main
from med3dvlm.commands.embed import KEPT
from tests.archived import assert_like_one_process, embedding, make_archive

COUNT = 12
BAD = "07.nii"


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("scans"), COUNT, BAD)


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


@pytest.mark.apart
def test_three_workers_of_which_one_is_killed_make_the_library_of_one_process(
    three: Client, address: str, scans: Path, random_model: Path, tmp_path: Path
) -> None:
    embed = embedding(scans, random_model)
    killer = Killer(three, tmp_path / "three" / KEPT)
    assert main([*embed, str(tmp_path / "three"), "--scheduler", address]) == 1
    killer.given_up.set()
    killer.join()
    assert killer.held, "it was killed while it had something to do"
    assert_like_one_process(
        tmp_path / "three", scans, random_model, count=COUNT, bad=BAD, tolerance=0
    )
    (scans / BAD).unlink()
    assert main([*embed, str(tmp_path / "three"), "--scheduler", address]) == 0, "all is done"
