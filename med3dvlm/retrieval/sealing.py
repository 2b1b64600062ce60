"""Sealing: all vectors of a library's store into a new segment, beside those who search and add.

    seal(folder)                          # False if another process is at it

A segment is written under a new name, and counts from the transaction that names it. Killed before,
its files are garbage that the next one sweeps away.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.segment import remove_segments, write_segment
from med3dvlm.retrieval.store import Store

STORE_NAME = "library.sqlite"
LOCK_NAME = "segment.lock"
SEAL_AFTER = 8_000  # changes; searching so many exactly takes a millisecond or two
SEAL_SHARE = 8  # and at least this part of the segment, so that sealing stays rare


def is_due(unsealed: int, sealed: int, *, after: int = SEAL_AFTER) -> bool:
    """Whether the changes since the last segment are so many that another one pays."""
    return unsealed >= max(after, sealed // SEAL_SHARE)


def seal(folder: Path) -> bool:
    """Write a segment of all that the store has now; False if another process is at it.

    Raises:
        LibraryError: the files can't be written.
    """
    with _alone(folder) as alone, closing(Store.open(folder / STORE_NAME)) as store:
        if not alone:
            return False
        with store.reading():
            before, upto = store.segment, store.last_change()
            made = write_segment(
                folder, store.vectors_in_turn(), dim=store.dim,
                name=f"segment-{upto}-{os.getpid()}-{os.urandom(4).hex()}", upto=upto,
            )  # fmt: skip
        store.publish(made.to_json(), instead_of=before, upto=upto)
        remove_segments(folder, but=made.name)
    return True


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else writes a segment; the lock goes with the process that holds it."""
    try:
        file = (folder / LOCK_NAME).open("w")
    except OSError as error:
        raise LibraryError(f"{folder}: can't be written ({error.strerror})") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
