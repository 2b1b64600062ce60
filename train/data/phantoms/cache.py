"""Model inputs of many phantoms, drawn once to disk for random access: (N, D, H, W) uint8.

cache = PhantomCache.build(folder, spec, workers=2)
cache.volumes([3, 17])     # float32 (2, 1, D, H, W) in [0, 1]
cache.facts[3].findings
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts, Variety, draw_facts
from med3dvlm.values import from_json, to_json
from med3dvlm.volumes.grid import to_model_grid
from med3dvlm.volumes.window import model_window
from train.data.phantoms.labels import KIND_NAMES, Labels, cells_of, labels_of

# Findings in a training phantom: more than in a test phantom, so that each kind occurs often.
BUSY_COUNTS = (0.06, 0.18, 0.30, 0.28, 0.18)
CHUNK = 64
DIGESTED = 16
# The input grid of the default model, and the grid of the finding maps.
GRID = (48, 96, 96)
CELLS = (6, 12, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSpec:
    """Which phantoms, at what size.

    Attributes:
        first: first seed; `count` consecutive seeds follow.
        shape: slices, rows, columns of the drawn scan.
        grid: voxels of the model input.
        cells: coarse grid of the finding maps.
        busy: draw more findings per case than the seed would give.
        variety: `tidy` phantoms, `varied` ones (as various as real scans), or `mixed`.
    """

    first: int
    count: int
    grid: tuple[int, int, int]
    cells: tuple[int, int, int]
    shape: tuple[int, int, int] = (64, 128, 128)
    busy: bool = False
    variety: Variety = "tidy"

    def findings(self, seed: int) -> int | None:
        """Number of findings of a seed; None leaves it to the seed."""
        if not self.busy:
            return None
        return int(np.random.default_rng([seed, 9]).choice(len(BUSY_COUNTS), p=BUSY_COUNTS))


def cache_spec(
    first: int, count: int, *, busy: bool = False, variety: Variety = "tidy"
) -> CacheSpec:
    """Phantoms at the default model's input size."""
    return CacheSpec(first=first, count=count, grid=GRID, cells=CELLS, busy=busy, variety=variety)


class PhantomCache:
    """Random access to drawn phantoms and their ground truth."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec = _read_spec(folder)
        cells = (self.spec.count, len(KIND_NAMES), *self.spec.cells)
        self._cells = np.memmap(folder / "cells.u8", np.uint8, "r", shape=cells)

    def __len__(self) -> int:
        return self.spec.count

    @classmethod
    def build(cls, folder: Path, spec: CacheSpec, *, workers: int = 2) -> "PhantomCache":
        """Draw the missing phantoms (an interrupted build resumes) and open the cache.

        Raises:
            TrainingError: the folder contains a cache with another specification.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "spec.json").exists() and _read_spec(folder) != spec:
            raise TrainingError(
                f"{folder} contains other phantoms: choose another folder or delete it"
            )
        (folder / "spec.json").write_text(to_json(spec))
        for name, shape in (
            ("volumes.u8", spec.grid),
            ("cells.u8", (len(KIND_NAMES), *spec.cells)),
        ):
            if not (folder / name).exists():
                np.memmap(folder / name, np.uint8, "w+", shape=(spec.count, *shape)).flush()
        done = _done(folder)
        chunks = [start for start in range(0, spec.count, CHUNK) if start not in done]
        with (
            ProcessPoolExecutor(workers) as pool,
            tqdm(
                total=spec.count,
                initial=spec.count - sum(min(CHUNK, spec.count - start) for start in chunks),
                unit="phantom",
                desc=f"drawing {folder.name}",
            ) as bar,
        ):
            for start in pool.map(partial(_draw_chunk, folder, spec), chunks):
                with (folder / "done.txt").open("a") as stream:
                    stream.write(f"{start}\n")
                bar.update(min(CHUNK, spec.count - start))
        return cls(folder)

    def volumes(self, rows: Sequence[int]) -> Tensor:
        """Model inputs: float32 (B, 1, D, H, W) in [0, 1]."""
        # Whole reads instead of a memory map: paging from a cold disk is several times slower.
        grid = self.spec.grid
        size = int(np.prod(grid))
        picked = np.empty((len(rows), *grid), np.uint8)
        with (self.folder / "volumes.u8").open("rb", buffering=0) as stream:
            for place, row in zip(picked, rows, strict=True):
                stream.seek(int(row) * size)
                if stream.readinto(place.data) != size:
                    raise TrainingError(f"{self.folder} is truncated: delete it and build it again")
        return torch.from_numpy(picked)[:, None].float().div_(255)

    def cells(self, rows: Sequence[int]) -> Tensor:
        """Finding maps: float32 (B, K, d, h, w)."""
        return torch.from_numpy(self._cells[np.asarray(rows)]).float()

    def drawn(self, kinds: Collection[str], times: int) -> NDArray[np.int64]:
        """Rows of an epoch: every phantom once, those with one of these kinds `times` times."""
        favoured = [any(facts.has(kind) for kind in kinds) for facts in self.facts]
        return np.repeat(np.arange(len(self)), np.where(favoured, times, 1))

    @cached_property
    def digest(self) -> str:
        """A hash of the specification and of a sample of volumes and maps.

        It changes if phantoms are drawn differently, without reading gigabytes.
        """
        rows = np.unique(np.linspace(0, len(self) - 1, DIGESTED).astype(int)).tolist()
        seal = hashlib.sha256(to_json(self.spec).encode())
        for values in (self.volumes(rows), self.cells(rows)):
            seal.update(values.numpy().tobytes())
        return seal.hexdigest()[:32]

    @cached_property
    def facts(self) -> list[Facts]:
        """The ground truth of every row."""
        spec = self.spec
        return [
            draw_facts(seed, count=spec.findings(seed), variety=spec.variety)
            for seed in range(spec.first, spec.first + spec.count)
        ]

    @cached_property
    def labels(self) -> Labels:
        """Targets of every row, stacked."""
        stacked = zip(*(labels_of(facts) for facts in self.facts), strict=True)
        return Labels(*(np.stack(values) for values in stacked))


class Phantoms(NamedTuple):
    """Training and validation phantoms of every stage."""

    training: PhantomCache
    validation: PhantomCache


def open_phantoms(folder: Path) -> Phantoms:
    """The drawn phantoms of a folder.

    Raises:
        TrainingError: there are none.
    """
    return Phantoms(PhantomCache(folder / "training"), PhantomCache(folder / "validation"))


def _read_spec(folder: Path) -> CacheSpec:
    try:
        stored = from_json(CacheSpec, (folder / "spec.json").read_text())
    except FileNotFoundError:
        raise TrainingError(f"{folder} contains no phantoms: build the cache first") from None
    return stored


def _done(folder: Path) -> set[int]:
    path = folder / "done.txt"
    return {int(line) for line in path.read_text().split()} if path.exists() else set()


def _draw_chunk(folder: Path, spec: CacheSpec, start: int) -> int:
    torch.set_num_threads(1)
    stop = min(start + CHUNK, spec.count)
    volumes = np.memmap(folder / "volumes.u8", np.uint8, "r+", shape=(spec.count, *spec.grid))
    shape = (spec.count, len(KIND_NAMES), *spec.cells)
    cells = np.memmap(folder / "cells.u8", np.uint8, "r+", shape=shape)
    for row, (volume, cell) in zip(range(start, stop), _draw(spec, start, stop), strict=True):
        volumes[row], cells[row] = volume, cell
    volumes.flush()
    cells.flush()
    return start


def _draw(
    spec: CacheSpec, start: int, stop: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    for seed in range(spec.first + start, spec.first + stop):
        case = make_case(seed, shape=spec.shape, count=spec.findings(seed), variety=spec.variety)
        seen = to_model_grid(case.volume, model_window(case.volume), spec.grid)
        scaled = (seen.tensor[0, 0] * 255).round_().to(torch.uint8).numpy()
        yield scaled, cells_of(case, seen.mapping, spec.cells).astype(np.uint8)
