"""The journey of a scan through the loaded model, with the shape of everything on the way.

    stops = journey(vlm, seen)
    stops[0].name, stops[0].shape, stops[0].parameters, stops[0].picture

Shapes are those of the tensors themselves, not of a configuration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.grid import ModelInput

if TYPE_CHECKING:  # the page doesn't wait for them
    from torch import Tensor, nn

    from med3dvlm.model.checkpoint import LoadedVLM

Floats = NDArray[np.float32]
NAMES = ("stem", "stage 1", "stage 2", "stage 3: low grid", "stage 4: high grid")
EDGES = (
    "4 voxels of the input wide", "8 voxels wide", "16 voxels wide", "32 voxels wide",
    "64 voxels wide",
)  # fmt: skip
BRIEF = "Is there a finding?"

MEANS = "What the loaded model makes of the scan, step by step, as its tensors are shaped."
MEANS_NOT = (
    "Not what it thinks at a step: a picture shows how large the numbers of a cell are, not what "
    "they stand for."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stop:
    """One step of the journey.

    Attributes:
        name: of the step.
        shape: of its tensor, without the batch.
        axes: what the numbers of the shape count.
        about: what happens, in a few words.
        parameters: numbers that were learnt for it.
        picture: root of the mean square over channels, of the middle slice or of all tokens.
    """

    name: str
    shape: tuple[int, ...]
    axes: str
    about: str
    parameters: int
    picture: Floats


def journey(vlm: "LoadedVLM", seen: ModelInput) -> tuple[Stop, ...]:
    """Every step from the input to the first word."""
    import torch

    with torch.no_grad():
        return tuple(_stops(vlm, seen))


def _stops(vlm: "LoadedVLM", seen: ModelInput) -> Iterator[Stop]:
    from med3dvlm.model.dcformer import tokens
    from med3dvlm.model.footprint import parameter_count

    model = vlm.model
    device = next(model.encoder.parameters()).device
    volume = seen.tensor.to(device)
    states = model.encoder(volume)
    yield _grid("input", volume, "the scan: windowed, cropped, resized", 0)
    layers = (model.encoder.stem, *model.encoder.stages)
    for name, state, edge, layer in zip(NAMES, states, EDGES, layers, strict=True):
        yield _grid(name, state, f"a cell is {edge}", parameter_count(layer))
    for grid, state, stream in (
        ("low", states[3], model.projector.low), ("high", states[4], model.projector.high),
    ):  # fmt: skip
        yield from _mixed(grid, tokens(state), stream)
    image_tokens = model.projector(tokens(states[3]), tokens(states[4]))
    yield _row("image tokens", image_tokens, "both grids, one after the other", 0)
    yield _read(vlm, image_tokens)


def _mixed(grid: str, state: "Tensor", stream: "nn.Sequential") -> Iterator[Stop]:
    from med3dvlm.model.footprint import parameter_count

    yield _row(f"{grid} tokens", state, "the cells in a row", 0)
    for number, layer in enumerate(stream, start=1):
        state = layer(state)
        about = "every token becomes a mixture of all: no place is left"
        yield _row(f"{grid} mixer, layer {number}", state, about, parameter_count(layer))


def _read(vlm: "LoadedVLM", image_tokens: "Tensor") -> Stop:
    """What the language model reads: the question with the image tokens in it."""
    import torch

    from med3dvlm.model.footprint import parameter_count

    ids = torch.tensor([vlm.prompt.question_ids((), BRIEF)], device=image_tokens.device)
    embeddings = vlm.model.embed(ids, image_tokens)
    layers = vlm.model.config.language.layers
    about = f"{layers} layers read question and image as one row and give the first word"
    return _row("language model", embeddings, about, parameter_count(vlm.model.language_model))


def _grid(name: str, state: "Tensor", about: str, parameters: int) -> Stop:
    """A step whose cells have a place; (1, C, D, H, W)."""
    middle = state[0, :, state.shape[2] // 2].float()  # (C, H, W)
    return Stop(
        name=name, shape=tuple(state.shape[1:]), axes="channels, depth, height, width",
        about=about, parameters=parameters, picture=_root_mean_square(middle, 0),
    )  # fmt: skip


def _row(name: str, state: "Tensor", about: str, parameters: int) -> Stop:
    """A step whose tokens stand in a row; (1, N, C)."""
    lengths = _root_mean_square(state[0].float(), 1)  # (N,)
    return Stop(
        name=name, shape=tuple(state.shape[1:]), axes="tokens, numbers", about=about,
        parameters=parameters, picture=lengths[None, :],
    )  # fmt: skip


def _root_mean_square(values: "Tensor", axis: int) -> Floats:
    found: Floats = values.square().mean(dim=axis).sqrt().cpu().numpy()
    return found
