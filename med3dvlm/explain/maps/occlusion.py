"""Covers one block of a scan after the other and measures how a score falls.

    for step in occlude(score, seen, baseline="mean"):
        step.map, step.done, step.of       # a coarse map first, then finer block by block

After Zeiler and Fergus, arXiv 1311.2901, in three dimensions. To cancel it, stop asking for steps.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, SupportsInt

import numpy as np

from med3dvlm.errors import ConfigError
from med3dvlm.explain.maps.map import Floats, Map
from med3dvlm.volumes.grid import Grid, GridMap, ModelInput, Triple

if TYPE_CHECKING:  # the page doesn't wait for it
    from torch import Tensor

# Model inputs (B, 1, D, H, W) to scores (B,).
Score = Callable[["Tensor"], "Tensor"]
Baseline = Literal["mean", "black", "blurred"]
SAID: dict[Baseline, str] = {
    "mean": "its mean grey",
    "black": "black, as air is shown",
    "blurred": "a strongly blurred copy of itself",
}
MEANS = (
    "How much the score, such as the probability of a yes, falls when a block of {size} voxels "
    "along each axis of the model's input is replaced by {baseline}."
)
MEANS_NOT = (
    "Not where the finding is: covering can create edges that the model never saw, and what is "
    "visible in two places is missed by covering one."
)
BLURRED_OVER = 15


@dataclass(frozen=True, slots=True)
class OcclusionStep:
    """A map so far, and how many of all blocks were covered."""

    map: Map
    done: int
    of: int


def default_blocks(grid: Grid) -> tuple[int, int]:
    """Edges of coarse and fine blocks in model voxels: half and a quarter of the shortest side."""
    coarse = max(2, 2 * (min(grid) // 4))
    return coarse, coarse // 2


def occlude(
    score: Score,
    seen: ModelInput,
    *,
    blocks: tuple[int, int] | None = None,
    baseline: Baseline = "mean",
    batch: int = 16,
) -> Iterator[OcclusionStep]:
    """The fall of a score by blocks: coarse blocks first, then fine ones where it fell most.

    A fine block that was not measured yet shows its part of the coarse block around it.

    Args:
        score: what is explained.
        seen: the model's input.
        blocks: edges of coarse and fine blocks in model voxels, the second a divisor of the first.
        baseline: what a block is replaced by.
        batch: number of scans that are scored together.
    """
    coarse, fine = blocks or default_blocks(seen.mapping.grid)
    if fine < 1 or coarse % fine:
        raise ConfigError(f"fine blocks of {fine} voxels don't fill coarse ones of {coarse}")
    whole = float(score(seen.tensor)[0].detach())
    cover = covered_by(seen.tensor, baseline)
    large, small = (_grid(seen.mapping.grid, edge) for edge in (coarse, fine))
    of = int(np.prod(large) + np.prod(small))
    falls, done = np.zeros(large, np.float32), 0
    for cells in _batches([_triple(cell) for cell in np.ndindex(large)], batch):
        falls[_index(cells)] = _falls(score, seen.tensor, cover, cells, coarse, whole)
        done += len(cells)
        yield OcclusionStep(_map(falls, seen.mapping, coarse, baseline), done, of)
    factor = coarse // fine
    spread = falls.repeat(factor, 0).repeat(factor, 1).repeat(factor, 2) / factor**3
    falls = np.ascontiguousarray(spread[tuple(map(slice, small))])
    for cells in _batches(_strongest_first(falls), batch):
        falls[_index(cells)] = _falls(score, seen.tensor, cover, cells, fine, whole)
        done += len(cells)
        yield OcclusionStep(_map(falls, seen.mapping, fine, baseline), done, of)


def covered_by(tensor: "Tensor", baseline: Baseline) -> "Tensor":
    """What replaces each voxel of a model input (1, 1, D, H, W): a tensor of the same shape."""
    import torch
    from torch.nn.functional import avg_pool3d

    if baseline == "mean":
        return torch.full_like(tensor, float(tensor.mean()))
    if baseline == "black":
        return torch.zeros_like(tensor)
    edge = min(BLURRED_OVER, *(n - 1 + n % 2 for n in tensor.shape[2:]))  # odd
    return avg_pool3d(tensor, edge, stride=1, padding=edge // 2, count_include_pad=False)


def with_blocks_covered(
    tensor: "Tensor", cover: "Tensor", cells: list[Triple], edge: int
) -> "Tensor":
    """Copies (len(cells), 1, D, H, W) of a model input, each with one block replaced."""
    copies = tensor.repeat(len(cells), 1, 1, 1, 1)
    for copy, cell in zip(copies, cells, strict=True):
        z, y, x = (slice(edge * i, edge * (i + 1)) for i in cell)
        copy[0, z, y, x] = cover[0, 0, z, y, x]
    return copies


def _falls(
    score: Score, tensor: "Tensor", cover: "Tensor", cells: list[Triple], edge: int, whole: float
) -> Floats:
    scored = score(with_blocks_covered(tensor, cover, cells, edge))
    falls: Floats = (whole - scored.detach().double().cpu().numpy()).astype(np.float32)
    return falls


def _batches(cells: list[Triple], size: int) -> Iterator[list[Triple]]:
    yield from (cells[first : first + size] for first in range(0, len(cells), size))


def _strongest_first(falls: Floats) -> list[Triple]:
    order = np.argsort(-np.abs(falls), axis=None, kind="stable")
    return [_triple(np.unravel_index(flat, falls.shape)) for flat in order]


def _index(cells: list[Triple]) -> tuple[tuple[int, ...], ...]:
    return tuple(zip(*cells, strict=True))


def _grid(voxels: Grid, edge: int) -> Grid:
    return _triple(-(-n // edge) for n in voxels)


def _triple(numbers: Iterable[SupportsInt]) -> Triple:
    z, y, x = map(int, numbers)
    return z, y, x


def _map(falls: Floats, seen: GridMap, edge: int, baseline: Baseline) -> Map:
    grid = _grid(seen.grid, edge)
    stop = _triple(
        max(round(start + edge * n * scale), start + 1)
        for start, n, scale in zip(seen.start, grid, seen.scale, strict=True)
    )
    return Map(
        values=falls.copy(),
        mapping=GridMap(start=seen.start, stop=stop, grid=grid),
        legend="fall of the score when covered",
        means=MEANS.format(size=edge, baseline=SAID[baseline]),
        means_not=MEANS_NOT,
    )
