"""The ready format: volumes as plain bytes in shards, text rows with their offsets.

    volumes = Volumes(folder)
    volumes[[3, 17]]                   # uint8 (2, 1, D, H, W), memory-mapped and copied out
    lines = Lines(folder / "captions_train.jsonl")
    lines[5]                           # one row, read on demand

Voxels stay bytes until they are on the device: a quarter of the traffic of float32.
"""

import json
import mmap
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from med3dvlm.errors import TrainingError
from med3dvlm.values import from_json
from train.data.m3d.kept_memory import KeptMemory

SPEC, RECORDS = "spec.json", "volumes.jsonl"
FORMAT = 1
OFFSETS = ".offsets"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadySpec:
    """What a ready folder contains.

    Attributes:
        grid: voxels of a volume along D, H, W.
        count: number of volumes.
        per_shard: volumes in a file (a gibibyte at the published grid).
        names: hash over the names of all series, in order.
    """

    format: int
    grid: tuple[int, int, int]
    count: int
    per_shard: int
    names: str

    @property
    def volume_bytes(self) -> int:
        """Bytes of one volume."""
        d, h, w = self.grid
        return d * h * w

    @property
    def shards(self) -> int:
        """Number of volume files."""
        return -(-self.count // self.per_shard)

    def rows_of(self, shard: int) -> range:
        """The rows in a shard."""
        return range(shard * self.per_shard, min((shard + 1) * self.per_shard, self.count))

    def place(self, row: int) -> tuple[int, int]:
        """The shard of a row, and its offset there in bytes."""
        return row // self.per_shard, row % self.per_shard * self.volume_bytes


def read_spec(folder: Path) -> ReadySpec:
    """The specification of a ready folder.

    Raises:
        TrainingError: there is none, or it has another format.
    """
    try:
        spec = from_json(ReadySpec, (folder / SPEC).read_text())
    except FileNotFoundError:
        raise TrainingError(
            f"{folder} contains no ready data: python -m train prepare_m3d makes it"
        ) from None
    if spec.format != FORMAT:
        raise TrainingError(f"{folder} has ready data in format {spec.format}, expected {FORMAT}")
    return spec


def shard_path(folder: Path, shard: int) -> Path:
    """The file of a shard."""
    return folder / f"volumes-{shard:05d}.u8"


class Volumes:
    """Random access to the volumes of a ready folder; safe to share between threads."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self.folder = folder
        self.spec = read_spec(folder)
        self._maps: dict[int, tuple[mmap.mmap, NDArray[np.uint8]]] = {}
        self._threads = ThreadPoolExecutor(threads)
        self._kept = KeptMemory()

    def __len__(self) -> int:
        return self.spec.count

    def __getitem__(self, rows: Sequence[int]) -> Tensor:
        """Volumes uint8 (B, 1, D, H, W) of some rows, in their order."""
        size = self.spec.volume_bytes
        picked = self._kept.take(len(rows) * size).view(-1, size)
        places = [(place.numpy(), int(row)) for place, row in zip(picked, rows, strict=True)]
        for shard in {self.spec.place(row)[0] for _, row in places}:
            self._map(shard)
        list(self._threads.map(self._copy, places))
        return picked.view(-1, 1, *self.spec.grid)

    def _copy(self, task: tuple[NDArray[np.uint8], int]) -> None:
        """Copy one volume out of its map, prefetched as a whole: page by page a disk is slow."""
        place, row = task
        shard, offset = self.spec.place(row)
        mapped, voxels = self._map(shard)
        size = self.spec.volume_bytes
        start = offset - offset % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_WILLNEED, start, offset + size - start)
        np.copyto(place, voxels[offset : offset + size])

    def _map(self, shard: int) -> tuple[mmap.mmap, NDArray[np.uint8]]:
        if shard not in self._maps:
            path = shard_path(self.folder, shard)
            size = len(self.spec.rows_of(shard)) * self.spec.volume_bytes
            if not path.exists() or path.stat().st_size != size:
                raise TrainingError(
                    f"{path.name} is missing or truncated: run prepare_m3d again, it resumes"
                )
            with path.open("rb") as stream:
                mapped = mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ)
            self._maps[shard] = mapped, np.frombuffer(mapped, np.uint8)
        return self._maps[shard]


class Lines:
    """Random access to a file of JSON rows without holding them in memory."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise TrainingError(f"{path.name} is missing: run prepare_m3d again, it resumes")
        self._bytes = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.zeros(0)
        self._starts = np.fromfile(path.with_suffix(path.suffix + OFFSETS), np.int64)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, row: int) -> dict[str, Any]:
        line = self._bytes[self._starts[row] : self._starts[row + 1]].tobytes()
        stored: dict[str, Any] = json.loads(line)
        return stored

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[row] for row in range(len(self)))


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON rows and their offsets atomically: readers see the whole file or none."""
    fresh, starts = path.with_suffix(".new"), [0]
    with fresh.open("wb") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            starts.append(stream.tell())
    np.array(starts, np.int64).tofile(path.with_suffix(path.suffix + OFFSETS))
    fresh.replace(path)
