"""What a decomposed convolution costs, beside the one it stands for.

    layer = Layer(name="stage 1", kernel=13, inputs=32, outputs=32, groups=32, places=(6, 12, 12))
    three_lines(layer).parameters, whole_cube(layer).parameters
    layers_of(config, (128, 256, 256))        # every kind of layer of an encoder

Counted are the weights and biases of the convolutions, and multiplications per volume. The
normalisation after each line is left out: once trained it is part of the weights.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from med3dvlm.errors import ConfigError
from med3dvlm.model.dcformer_config import STAGES, STEM_KERNELS, DCFormerConfig
from med3dvlm.volumes.grid import Grid

LARGEST_KERNEL, MOST_CHANNELS, LARGEST_EDGE = 31, 4096, 512

MEANS = "Three lines of weights, one along each axis, stand for a cube of them."
MEANS_NOT = (
    "Not the same with less work: a sum of three lines sees no voxel off the lines, so one layer "
    "alone can't tell a corner from nothing. Only the layers after it bring the axes together."
)


class Cost(NamedTuple):
    """Numbers to learn, and multiplications for one volume."""

    parameters: int
    multiplications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One convolution.

    Attributes:
        name: where it is in the encoder.
        kernel: voxels along each axis, an odd number.
        inputs: channels before it.
        outputs: channels after it.
        groups: 1 if every output reads all inputs; as many as inputs if it reads only its own.
        places: where it is applied: the size of its output.
    """

    name: str
    kernel: int
    inputs: int
    outputs: int
    groups: int
    places: Grid

    def __post_init__(self) -> None:
        if not 1 <= self.kernel <= LARGEST_KERNEL or self.kernel % 2 == 0:
            raise ConfigError(f"a kernel is an odd number up to {LARGEST_KERNEL}: {self.kernel}")
        if not all(1 <= n <= MOST_CHANNELS for n in (self.inputs, self.outputs, self.groups)):
            raise ConfigError(f"a layer has 1 to {MOST_CHANNELS} channels")
        if self.inputs % self.groups or self.outputs % self.groups:
            raise ConfigError(f"{self.groups} groups don't divide the channels of {self.name}")
        if not all(1 <= n <= LARGEST_EDGE for n in self.places):
            raise ConfigError(f"an output has 1 to {LARGEST_EDGE} voxels along each axis")

    @property
    def voxels_read(self) -> tuple[int, int]:
        """How many voxels of the cube around a place the lines read, and how many it has."""
        return 3 * self.kernel - 2, self.kernel**3


def three_lines(layer: Layer) -> Cost:
    """Of the sum of three 1-D convolutions."""
    return _cost(layer, 3, layer.kernel)


def whole_cube(layer: Layer) -> Cost:
    """Of the 3-D convolution with the same reach."""
    return _cost(layer, 1, layer.kernel**3)


def _cost(layer: Layer, branches: int, weights: int) -> Cost:
    per_place = branches * weights * (layer.inputs // layer.groups) * layer.outputs
    return Cost(per_place + branches * layer.outputs, per_place * math.prod(layer.places))


def layers_of(config: DCFormerConfig, volume: Grid) -> list[Layer]:
    """The stem's layers and one of each stage, for a volume of this size."""
    first = config.channels[0]
    stem = [
        Layer(
            name=f"stem, layer {i}", kernel=kernel, inputs=1 if i == 1 else first, outputs=first,
            groups=1, places=config.grid(volume, 0),
        )
        for i, kernel in enumerate(STEM_KERNELS, start=1)
    ]  # fmt: skip
    stages = [
        Layer(
            name=f"stage {stage}", kernel=config.kernels[stage - 1],
            inputs=config.channels[stage], outputs=config.channels[stage],
            groups=config.channels[stage], places=config.grid(volume, stage),
        )
        for stage in range(1, STAGES)
    ]  # fmt: skip
    return stem + stages
