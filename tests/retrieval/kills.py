"""The kill test: a process that adds, removes and seals is killed at random, again and again.

    python -m tests.retrieval.kills --kills 200

After each kill the library must hold what was acknowledged; what was under way may be there or not,
but whole. A short form is in the test run.
"""

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from med3dvlm.retrieval import Entry, Library

MODEL, DIM = "kill-test", 16
MOST_MESSAGES, MOST_S = 24, 0.02  # after which a process is killed, and so long after the last
SEAL_AFTER = 6


def vector_of(digest: str) -> np.ndarray:
    return np.random.default_rng(int(digest)).normal(size=(1, DIM))


def work(folder: Path, seed: int, said: Connection) -> None:
    """Change the library until killed; say each change before it is made, and after."""
    chance = random.Random(seed)
    library = Library.open(folder, model=MODEL)
    library.seal_after = SEAL_AFTER
    digests = {entry.digest: entry.id for entry in library.entries()}
    while True:
        if digests and chance.random() < 0.4:
            digest = chance.choice(sorted(digests))
            said.send(("start", "remove", digest))
            library.remove([digests.pop(digest)])
        else:
            digest = str(chance.randrange(10**9))
            said.send(("start", "add", digest))
            entry = Entry(title=digest, text="", digest=digest, facts={"digest": digest})
            [digests[digest]] = library.add([entry], vector_of(digest))
        said.send(("done", "", ""))


@dataclass
class Ledger:
    """What the library has acknowledged, and what was under way when it was killed."""

    held: set[str] = field(default_factory=set)
    under_way: tuple[str, str] | None = None

    def hear(self, step: str, change: str, digest: str) -> bool:
        """Take down what a process said; whether that was an acknowledgement."""
        if step == "start":
            self.under_way = (change, digest)
            return False
        assert self.under_way is not None
        change, digest = self.under_way
        (self.held.add if change == "add" else self.held.discard)(digest)
        self.under_way = None
        return True

    def check(self, folder: Path) -> None:
        """What is there is what was acknowledged, in store, filters and index."""
        with Library.open(folder, model=MODEL) as library:
            there = {entry.digest for entry in library.entries()}
            open_end = {self.under_way[1]} if self.under_way else set()
            assert there ^ self.held <= open_end, f"lost or back: {there ^ self.held}"
            assert library.repaired == 0
            found = library.search(np.ones(DIM), len(there) + 5)
            assert sorted(hit.entry.digest for hit in found) == sorted(there)
            for digest in sorted(there)[:5]:
                assert library.search(vector_of(digest)[0], 1)[0].entry.digest == digest
                assert library.count({"digest": digest}) == 1
        self.held, self.under_way = there, None


def kill_often(folder: Path, *, kills: int, seed: int = 0) -> int:
    """Kill so often; returns how many changes were acknowledged."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["med3dvlm.retrieval"])
    chance, ledger, acknowledged = random.Random(seed), Ledger(), 0
    Library.create(folder, dim=DIM, model=MODEL).close()
    for kill in range(kills):
        heard, said = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(folder, seed * 1000 + kill, said))
        process.start()
        said.close()
        for _ in range(chance.randrange(MOST_MESSAGES)):
            acknowledged += ledger.hear(*heard.recv())
        time.sleep(MOST_S * chance.random())
        process.kill()
        with suppress(EOFError):  # what it said before it was killed
            while True:
                acknowledged += ledger.hear(*heard.recv())
        process.join()
        process.close()
        ledger.check(folder)
    return acknowledged


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        done = kill_often(Path(place) / "library", kills=chosen.kills, seed=chosen.seed)
    sys.stdout.write(f"{chosen.kills} kills, {done} acknowledged changes, nothing lost\n")
