"""How far a cell of the encoder really sees: its gradient, beside the cell as it is drawn.

    field = receptive_field(encoder, seen, (1, 2, 2), stage=3)
    field.inside              # share of the gradient within the nominal cell
    field.nominal, field.reach            # voxels of the input along each axis
    field.map                 # the gradient in small blocks, to be laid over the scan

What is measured is the influence of each voxel on the length of the cell's vector (Luo et al.,
Understanding the effective receptive field, arXiv 1701.04128).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from med3dvlm.explain.maps.map import HIGH_STRIDE, LOW_STRIDE, Map
from med3dvlm.model.dcformer_config import STEM_STRIDE
from med3dvlm.volumes.grid import Grid, GridMap, ModelInput, Triple

if TYPE_CHECKING:  # the page doesn't wait for it
    from med3dvlm.model.dcformer import DCFormer

Floats = NDArray[np.float32]
Sides = tuple[float, float, float]
STRIDES = {3: LOW_STRIDE, 4: HIGH_STRIDE}
TAILS = 0.05  # of the gradient left out at either end of an axis

MEANS = (
    "How strongly each part of the scan moves the numbers of one cell: nine tenths of that lie "
    "within the reach given for each axis."
)
MEANS_NOT = (
    "Not what the cell recognises: it is a slope at this very scan, so another scan has another "
    "field, and a part that moves the numbers need not change any answer."
)
NO_CERTIFICATE = (
    "No certificate can exist: it says nothing of findings that a phantom could confirm. It is the "
    "exact gradient of the loaded weights at this scan."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """What one cell sees.

    Attributes:
        cell: its index.
        begin: first voxel of the nominal cell along each axis, within the input.
        end: one past its last voxel.
        inside: share of the gradient within the nominal cell.
        reach_begin: first voxel of the box whose every axis holds nine tenths of the gradient.
        reach_end: one past its last voxel.
        touched: share of the input's voxels with any gradient.
        slopes: absolute gradient (D, H, W).
        map: the same in blocks, over the scan.
    """

    cell: Triple
    begin: Triple
    end: Triple
    inside: float
    reach_begin: Triple
    reach_end: Triple
    touched: float
    slopes: Floats
    map: Map

    @property
    def nominal(self) -> Triple:
        """Voxels of the nominal cell along each axis."""
        return _edges(self.begin, self.end)

    @property
    def reach(self) -> Triple:
        """Voxels along each axis that hold nine tenths of the gradient."""
        return _edges(self.reach_begin, self.reach_end)


def receptive_field(encoder: "DCFormer", seen: ModelInput, cell: Triple, *, stage: int) -> Field:
    """The gradient of a cell of stage 3 (low grid) or 4 (high grid) with respect to the input."""
    slopes = cell_slopes(encoder, seen, cell, stage)
    begin, end = nominal_cell(cell, slopes.shape, STRIDES[stage])
    whole, reach = float(slopes.sum()) or 1.0, reach_of(slopes)
    within = slopes[tuple(slice(a, b) for a, b in zip(begin, end, strict=True))]
    return Field(
        cell=cell, begin=begin, end=end, inside=float(within.sum()) / whole,
        reach_begin=reach[0], reach_end=reach[1], touched=float((slopes > 0).mean()), slopes=slopes,
        map=_blocks(slopes, seen.mapping),
    )  # fmt: skip


def cell_slopes(encoder: "DCFormer", seen: ModelInput, cell: Triple, stage: int) -> Floats:
    """Absolute gradient (D, H, W) of half the squared length of a cell's vector."""
    import torch

    device = next(encoder.parameters()).device
    with torch.inference_mode(False), torch.enable_grad():
        volume = seen.tensor.detach().clone().to(device).requires_grad_(True)
        state = encoder(volume)[stage]
        z, y, x = cell
        score = state[0, :, z, y, x].float().square().sum() / 2
        (slope,) = torch.autograd.grad(score, [volume])
    found: Floats = slope[0, 0].abs().float().cpu().numpy()
    return found


def nominal_cell(cell: Triple, shape: Grid, stride: int) -> tuple[Triple, Triple]:
    """First voxel of a cell, and one past its last: cell i is centred on voxel `stride * i`."""
    begin = [max(0, stride * i - stride // 2) for i in cell]
    end = [min(n, stride * i + stride // 2) for i, n in zip(cell, shape, strict=True)]
    return (begin[0], begin[1], begin[2]), (end[0], end[1], end[2])


def reach_of(slopes: Floats) -> tuple[Triple, Triple]:
    """The box between the tails of the gradient: its first voxel, and one past its last."""
    ends = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        along = np.cumsum(slopes.sum(axis=others, dtype=np.float64))
        found = np.searchsorted(along, (TAILS * along[-1], (1 - TAILS) * along[-1]))
        ends.append((int(found[0]), int(found[1]) + 1))
    (z0, z1), (y0, y1), (x0, x1) = ends
    return (z0, y0, x0), (z1, y1, x1)


def _edges(begin: Triple, end: Triple) -> Triple:
    d, h, w = (b - a for a, b in zip(begin, end, strict=True))
    return d, h, w


def _blocks(slopes: Floats, mapping: GridMap) -> Map:
    """Means over blocks of the stem's stride, so that its lattice doesn't show."""
    import torch
    from torch.nn.functional import adaptive_avg_pool3d

    d, h, w = (-(-n // STEM_STRIDE) for n in slopes.shape)
    blocks = adaptive_avg_pool3d(torch.from_numpy(slopes)[None, None], (d, h, w))[0, 0].numpy()
    return Map(
        values=np.sqrt(blocks), mapping=GridMap(start=mapping.start, stop=mapping.stop,
        grid=(d, h, w)), legend="what a cell sees (root of the gradient)", means=MEANS,
        means_not=MEANS_NOT, signed=False,
    )  # fmt: skip
