"""What the encoder does in evaluation, on states that lie in memory as (B, D, H, W, C).

In this order linear layers need no copy, and a 1-D convolution is a 2-D one on a view.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

# B batch  C channels  D H W depth, height, width of a state, D' H' W' afterwards
# k kernel  G groups  T taps  M cells of a block

BLOCK = 1 << 19  # numbers of a block of rows, 2 MiB in float32, which stay in the cache
STRIDE, REACH = 4, 3  # of the stem's first layer, which sees three voxels to either side
# A cell and its six neighbours, as steps along depth, height and width.
STAR = ((0, 0, 0), (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))


@dataclass(frozen=True, slots=True)
class Tap:
    """A 1-D convolution along one axis, as a 2-D one on a view of a state.

    Attributes:
        axis: 1, 2 or 3: depth, height or width of a state (B, D, H, W, C).
        weight: (C', C / G, k, 1), or (C', C / G, 1, k) along width.
        spread: from one of its taps to the next (2 leaves out every other cell).
    """

    axis: int
    weight: Tensor
    bias: Tensor | None
    spread: int = 1

    def of(self, x: Tensor) -> Tensor:
        """The convolution of x (B, D, H, W, C), a new state (B, D, H, W, C')."""
        y = conv2d(
            self._image(x), self.weight, self.bias, padding=self._padding,
            dilation=self.spread, groups=self._groups(x),
        )  # fmt: skip
        return y.permute(0, 2, 3, 1).reshape(*x.shape[:4], -1)

    def add_to(self, y: Tensor, x: Tensor) -> None:
        """Add the convolution of x (B, D, H, W, C) to y (B, D, H, W, C')."""
        torch.ops.mkldnn._convolution_pointwise_.binary(
            self._image(y), self._image(x), self.weight, self.bias, self._padding, [1, 1],
            [self.spread] * 2, self._groups(x), "add", None, None, [], None,
        )  # fmt: skip

    @property
    def _padding(self) -> list[int]:
        kernel = self.weight.shape[2:]
        return [self.spread * (k - 1) // 2 for k in kernel]

    def _groups(self, x: Tensor) -> int:
        return x.shape[-1] // self.weight.shape[1]

    def _image(self, x: Tensor) -> Tensor:
        """A view (B', C, H', W') in which this axis is one of the last two."""
        b, d, h, w, c = x.shape
        image = {1: (b, d, h * w, c), 2: (b * d, h, w, c), 3: (b, d * h, w, c)}[self.axis]
        return x.view(image).permute(0, 3, 1, 2)


def summed(taps: tuple[Tap, ...], x: Tensor) -> Tensor:
    """The sum of convolutions of x (B, D, H, W, C), as (B, D, H, W, C')."""
    first, *others = taps
    y = first.of(x)
    for tap in others:
        tap.add_to(y, x)
    return y


def halved(x: Tensor, axis: int) -> Tensor:
    """The largest of every second cell and its two neighbours along an axis."""
    x = x.movedim(axis, 0)
    even, odd = x[::2], x[1::2]
    y = torch.empty_like(even)  # lies in memory as x does
    y[0] = even[0]
    torch.maximum(even[1:], odd[: len(even) - 1], out=y[1:])
    torch.maximum(y[: len(odd)], odd, out=y[: len(odd)])
    return y.movedim(0, axis)


def opened(volume: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The stem's first two layers as one affine map: (B, 1, D, H, W) to (B, D', H', W', C).

    Each cell has 19 voxels, and a voxel of ones. Outside of the grid all of them are zero, so
    neighbours that don't exist add neither voxels nor the first layer's bias.

    Args:
        volume: the voxels.
        weight: (7 x 20, C): the rows of a cell's voxels and those of its six neighbours.
        bias: (C) of the second layer.
    """
    seen = _voxels(volume[:, 0])
    each, b = seen.shape[:2]
    d, h, w = (n - 2 for n in seen.shape[2:])
    state = volume.new_empty(b, d, h, w, len(bias))
    planes = max(1, BLOCK // (len(weight) * h * w))
    for scan in range(b):
        for start in range(0, d, planes):
            part = state[scan, start : start + planes]  # (D of the block, H', W', C)
            stars = volume.new_empty(len(STAR), each, *part.shape[:3])
            for star, (z, y, x) in zip(stars, STAR, strict=True):
                inside = seen[:, scan, start + 1 + z :, 1 + y :, 1 + x :]
                star.copy_(inside[:, : len(part), :h, :w])
            rows = stars.view(len(weight), -1).t()  # (M, 7 x 20)
            torch.addmm(bias, rows, weight, out=part.view(-1, len(bias)))
    return state


def _voxels(volume: Tensor) -> Tensor:
    """(B, D, H, W) to (20, B, D' + 2, H' + 2, W' + 2): voxels of each cell, zero around the grid.

    The middle voxel, six along each axis from the lowest to the highest, and one.
    """
    b, d, h, w = volume.shape[0], *(-(-n // STRIDE) for n in volume.shape[1:])
    seen = volume.new_zeros(20, b, d + 2, h + 2, w + 2)
    inside = seen[:, :, 1:-1, 1:-1, 1:-1]
    inside[0] = volume[:, ::STRIDE, ::STRIDE, ::STRIDE]
    inside[-1] = 1
    row = 1
    for axis in (1, 2, 3):
        others = [slice(None)] + [slice(None, None, 1 if i == axis else STRIDE) for i in (1, 2, 3)]
        line = volume[tuple(others)].movedim(axis, -1)  # the others keep their order
        cells = seen.shape[axis + 1] - 2
        line = pad(line, (REACH, STRIDE * cells - line.shape[-1]))
        for tap in (t for t in range(2 * REACH + 1) if t != REACH):
            every = line[..., tap::STRIDE][..., :cells]
            inside[row] = every.movedim(-1, axis)
            row += 1
    return seen
