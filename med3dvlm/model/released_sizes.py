"""Derives the sizes of a published model from the shapes of its tensors.

The published config.json only names a tower and a projector; the shapes define them.
All functions take shapes by published name.
"""

import re
from collections.abc import Mapping
from typing import cast

from med3dvlm.errors import CheckpointError
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.mixer import MixerConfig, StreamConfig

Shapes = Mapping[str, tuple[int, ...]]


def encoder_sizes(shapes: Shapes, tower: str) -> DCFormerConfig:
    """The DCFormer below the prefix `tower`.

    Raises:
        CheckpointError: there is none.
    """
    channels = [shape_of(shapes, f"{tower}.encoder.s0.0.0.c1.0.weight")[0]]
    blocks, kernels = [1], []
    for stage in range(1, 5):
        name = f"{tower}.encoder.s{stage}"
        channels.append(shape_of(shapes, f"{name}.0.proj.weight")[0])
        blocks.append(count_of(shapes, rf"{re.escape(name)}\.(\d+)\.scale"))
        kernels.append(max(shape_of(shapes, f"{name}.0.dwconv.c1.0.weight")[2:]))
    hidden = shape_of(shapes, f"{tower}.encoder.s1.0.mlp.mlp.0.weight")[0]
    return DCFormerConfig(
        channels=cast("tuple[int, int, int, int, int]", tuple(channels)),
        blocks=cast("tuple[int, int, int, int, int]", tuple(blocks)),
        kernels=cast("tuple[int, int, int, int]", tuple(kernels)),
        expansion=hidden // channels[1],
    )


def mixer_sizes(shapes: Shapes, projector: str) -> MixerConfig:
    """The mixer below the prefix `projector`.

    Raises:
        CheckpointError: there is none.
    """
    depth = 1 + count_of(
        shapes, rf"{re.escape(projector)}\.low_mixer\.0\.mlp1\.mm_projector\.(\d+)\.1\.weight"
    )
    return MixerConfig(
        low=_stream_sizes(shapes, f"{projector}.low_mixer"),
        high=_stream_sizes(shapes, f"{projector}.high_mixer"),
        mlp_depth=depth,
    )


def _stream_sizes(shapes: Shapes, stream: str) -> StreamConfig:
    layers = count_of(shapes, rf"{re.escape(stream)}\.(\d+)\.ln1\.weight")
    sizes: dict[str, list[int]] = {}
    for mlp in ("mlp1", "mlp2"):
        first = f"{mlp}.mm_projector.0.weight"
        steps = [shape_of(shapes, f"{stream}.{i}.{first}") for i in range(max(layers, 1))]
        sizes[mlp] = [steps[0][1], *(outputs for outputs, _ in steps)]
    return StreamConfig(tokens=tuple(sizes["mlp1"]), channels=tuple(sizes["mlp2"]))


def count_of(shapes: Shapes, pattern: str) -> int:
    """How many different values the group of a pattern takes over all names."""
    matches = (re.fullmatch(pattern, name) for name in shapes)
    return len({match[1] for match in matches if match})


def shape_of(shapes: Shapes, name: str) -> tuple[int, ...]:
    """The shape of a required tensor.

    Raises:
        CheckpointError: it is missing.
    """
    if name not in shapes:
        raise CheckpointError(
            f"the checkpoint has no tensor {name}: is it complete, and of the published type "
            "(DCFormer tower, mixer projector)?"
        )
    return shapes[name]
