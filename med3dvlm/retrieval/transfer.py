"""A library as plain files, for other programs and for moving between stores.

    export_library(library, folder)       # library.json, entries.jsonl, vectors.npy
    with Library.create(other, dim=512, model=model) as target:
        import_library(folder, target)

`entries.jsonl` has one entry a line, in the order of the rows of `vectors.npy` (n, dim), float32.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.entry import Entry, entry_from, plain
from med3dvlm.retrieval.vector_store import (
    BATCH,
    Progress,
    VectorReader,
    VectorStore,
    batches_of,
    nobody,
)

ABOUT, ENTRIES, VECTORS = "library.json", "entries.jsonl", "vectors.npy"


@dataclass(frozen=True, slots=True)
class About:
    """What the vectors of an export are.

    Attributes:
        model: key of the model that made them.
        dim: length of a vector.
        count: how many.
    """

    model: str
    dim: int
    count: int


def export_library(store: VectorReader, folder: Path, *, progress: Progress = nobody) -> About:
    """Write all entries and vectors; `library.json` comes last, so that a part is no export.

    Raises:
        LibraryError: the files can't be written.
    """
    about = About(store.model, store.dim, store.count())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ABOUT).unlink(missing_ok=True)
        shape, row = (about.count, about.dim), 0
        vectors: NDArray[np.float32]
        if about.count:
            vectors = open_memmap(folder / VECTORS, mode="w+", dtype="<f4", shape=shape)
        else:
            vectors = np.empty(shape, "<f4")
            np.save(folder / VECTORS, vectors)
        with (folder / ENTRIES).open("w", encoding="utf-8") as lines:
            for entries, rows in batches_of(store):
                vectors[row : row + len(rows)] = rows
                row += len(rows)
                lines.writelines(json.dumps(plain(entry)) + "\n" for entry in entries)
                progress(row, about.count)
        if row != about.count:
            raise LibraryError(f"{folder}: the library was changed meanwhile. Export it again.")
        made = {"model": about.model, "dim": about.dim, "count": about.count}
        (folder / ABOUT).write_text(json.dumps(made) + "\n")
    except (OSError, ValueError) as error:
        raise LibraryError(f"{folder}: the export can't be written ({error})") from error
    return about


def read_about(folder: Path) -> About:
    """What an export holds.

    Raises:
        LibraryError: the folder holds none, or only a part.
    """
    try:
        return About(**json.loads((folder / ABOUT).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise LibraryError(f"{folder}: there is no finished export here ({error})") from error


def import_library(folder: Path, store: VectorStore, *, progress: Progress = nobody) -> int:
    """Add what `export_library` wrote; returns how many. What is there already is replaced.

    Raises:
        LibraryError: another model made the vectors, or the export is damaged.
    """
    about = read_about(folder)
    if (about.model, about.dim) != (store.model, store.dim):
        raise LibraryError(
            f"{folder}: the vectors were made by {about.model!r} ({about.dim} numbers), but the "
            f"library's by {store.model!r} ({store.dim}). Export and library must be of one model."
        )
    try:
        vectors = np.load(folder / VECTORS, mmap_mode="r" if about.count else None)
        if vectors.shape != (about.count, about.dim):
            raise LibraryError(f"{folder / VECTORS}: has the shape {vectors.shape}")
        done = 0
        for entries in _read_entries(folder / ENTRIES):
            if done + len(entries) > about.count:
                raise LibraryError(f"{folder / ENTRIES}: has more than {about.count} entries")
            store.add(entries, vectors[done : done + len(entries)])
            done += len(entries)
            progress(done, about.count)
    except (OSError, ValueError) as error:
        raise LibraryError(f"{folder}: the export can't be read ({error})") from error
    if done != about.count:
        raise LibraryError(f"{folder / ENTRIES}: has {done} entries, not {about.count}")
    return done


def _read_entries(path: Path) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            batch.append(entry_from(json.loads(line)))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
