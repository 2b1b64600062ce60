"""The kill test of a server: all its processes are killed while three writers add and remove.

    python -m tests.retrieval.server_kills --kills 200

Afterwards the library must hold what was acknowledged; what was under way may be there or not, but
whole. A short form is in the test run.
"""

import argparse
import itertools
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytest
from tqdm import tqdm

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.opening import open_store
from med3dvlm.retrieval.postgres import PostgresStore
from tests.retrieval.contract import DIM, MODEL, content, everything, known
from tests.retrieval.postgres_server import Server

MOST_CHANGES = 4  # of each writer, before the server is killed again
Open = Callable[[], PostgresStore]


@dataclass
class Writer:
    """Adds and removes in a thread until told to stop, and notes what was acknowledged."""

    open: Open
    name: str

    def __post_init__(self) -> None:
        self.kept: dict[str, list[float]] = {}
        self.removed: set[str] = set()
        self.unsure: set[str] = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        rng = np.random.default_rng(len(self.name))
        store = self.open()
        for number in itertools.count():
            if self.stop.is_set():
                store.close()
                return
            names = [f"{self.name}-{number}-{side}" for side in "lr"]
            rows = rng.normal(size=(2, DIM))
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            self.unsure.update(names)
            try:
                left, _ = store.add([known(name) for name in names], rows)
                self.kept[names[1]] = rows[1].tolist()
                self.unsure.remove(names[1])
                store.remove([left])
            except LibraryError:  # the server is down: not acknowledged
                continue
            self.removed.add(names[0])
            self.unsure.remove(names[0])


def check(store: PostgresStore, writers: list[Writer]) -> None:
    """Everything acknowledged is there and unchanged, and nothing else but what was under way."""
    there = {entry.digest: entry.id for entry in everything(store)}
    unsure = set().union(*(writer.unsure for writer in writers))
    for writer in writers:
        assert writer.kept.keys() <= there.keys()
        assert not writer.removed & there.keys()
        assert content(list(store.get([there[one] for one in writer.kept]).values())) == content(
            [known(one) for one in writer.kept]
        )
        _, rows = store.vectors([there[one] for one in writer.kept])
        assert rows == pytest.approx(np.array(list(writer.kept.values())), abs=1e-6)
        for name, vector in writer.kept.items():
            assert name in {hit.entry.digest for hit in store.search(vector, 3)}
    extra = there.keys() - set().union(*(writer.kept for writer in writers))
    assert extra <= unsure
    assert store.count() == len(there)


def kill_often(server: Server, open_it: Open, *, kills: int) -> int:
    """Kill so often; returns how many changes were acknowledged."""
    reader = open_it()
    writers = [Writer(open_it, name) for name in ("a", "bb", "ccc")]
    try:
        for _ in tqdm(range(kills), unit="kill", disable=None):
            before = [len(writer.kept) for writer in writers]
            while not all(
                len(writer.kept) >= held + MOST_CHANGES
                for writer, held in zip(writers, before, strict=True)
            ):
                assert all(writer.thread.is_alive() for writer in writers)
                time.sleep(0.01)
            server.kill()
            with pytest.raises(LibraryError, match="Check that the server runs"):
                reader.count()
            server.start()
            assert reader.count() > 0, "a client goes on by itself"
    finally:
        for writer in writers:
            writer.stop.set()
        for writer in writers:
            writer.thread.join()
    check(reader, writers)
    reader.close()
    return sum(len(writer.kept) + len(writer.removed) for writer in writers)


def main() -> None:
    """Kill a server of its own, and say how often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    kills = parser.parse_args().kills
    server = Server()
    try:
        address = server.address("kills")
        with closing(open_store(address, model=MODEL, dim=DIM)) as made:
            assert isinstance(made, PostgresStore)
        done = kill_often(
            server, lambda: PostgresStore.open(address, model=MODEL, dim=DIM), kills=kills
        )
    finally:
        server.stop()
    sys.stdout.write(f"{kills} kills of the server, {done} acknowledged changes, nothing lost\n")


if __name__ == "__main__":
    main()
