"""Whether a score depends on the cells that a map marks: deletion and insertion curves.

    cover = covered_by(seen.tensor, "mean")
    areas = faithfulness(score, seen, shown, cover, rng=rng)
    areas.deletion, areas.deletion_random       # lower than at random: the map marks what counts
    areas.insertion, areas.insertion_random     # higher than at random

After Petsiuk et al., RISE, arXiv 1806.07421. A random order of the same cells stands beside it,
because any way of covering a scan changes a score.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import Score
from med3dvlm.volumes.grid import GridMap, ModelInput

if TYPE_CHECKING:  # the page doesn't wait for it
    from torch import Tensor

RANDOM_ORDERS = 2
BATCH = 8  # scans that are scored together


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Areas under the curves of a score against the share of cells covered or shown.

    Attributes:
        deletion: cells covered from the highest to the lowest.
        insertion: cells shown from the highest to the lowest, everything else covered.
        deletion_random: in random orders.
        insertion_random: in random orders.
    """

    deletion: float
    insertion: float
    deletion_random: float
    insertion_random: float


def faithfulness(
    score: Score, seen: ModelInput, shown: Map, cover: "Tensor", *, rng: np.random.Generator
) -> Areas:
    """Areas for the order of a map's cells and for random orders.

    Args:
        score: what the map explains, of model inputs (B, 1, D, H, W).
        seen: the model's input.
        shown: the map.
        cover: what replaces covered voxels, as large as the input (`covered_by`).
        rng: for random orders.
    """
    cells = cells_of_voxels(seen.mapping, shown.mapping)
    order = np.argsort(-shown.values, axis=None, kind="stable")
    own = _areas(score, seen.tensor, cover, cells, order)
    others = [
        _areas(score, seen.tensor, cover, cells, rng.permutation(order))
        for _ in range(RANDOM_ORDERS)
    ]
    deletion, insertion = np.mean(others, axis=0)
    return Areas(
        deletion=own[0], insertion=own[1],
        deletion_random=float(deletion), insertion_random=float(insertion),
    )  # fmt: skip


def cells_of_voxels(seen: GridMap, mapping: GridMap) -> NDArray[np.int64]:
    """Number of the cell that each voxel of the model's input lies in: (D, H, W)."""
    axes = []
    for axis, count in enumerate(seen.grid):
        voxels = seen.start[axis] + (np.arange(count) + 0.5) * seen.scale[axis]
        index = np.floor((voxels - mapping.start[axis]) / mapping.scale[axis]).astype(np.int64)
        axes.append(np.clip(index, 0, mapping.grid[axis] - 1))
    z, y, x = np.meshgrid(*axes, indexing="ij")
    _, rows, columns = mapping.grid
    numbers: NDArray[np.int64] = (z * rows + y) * columns + x
    return numbers


def _areas(
    score: Score,
    tensor: "Tensor",
    cover: "Tensor",
    cells: NDArray[np.int64],
    order: NDArray[np.int64],
) -> tuple[float, float]:
    """Areas under the deletion and the insertion curve, by the trapezoidal rule."""
    import torch

    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order))
    turns = torch.from_numpy(turn[cells])  # (D, H, W): when each voxel's turn comes
    deleted, inserted = [], []
    for done in range(len(order) + 1):
        changed = turns < done
        deleted.append(torch.where(changed, cover, tensor))
        inserted.append(torch.where(changed, tensor, cover))
    return _area(score, deleted), _area(score, inserted)


def _area(score: Score, steps: "list[Tensor]") -> float:
    import torch

    batches = [torch.cat(steps[first : first + BATCH]) for first in range(0, len(steps), BATCH)]
    found = np.concatenate([score(batch).detach().double().cpu().numpy() for batch in batches])
    return float((found[1:] + found[:-1]).mean() / 2)
