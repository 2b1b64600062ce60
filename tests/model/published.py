"""Published models under our code, filled with tensors made from their published names.

Whole models come the way a user's do: out of a folder in the published layout.
"""

import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import DCFormerConfig
from med3dvlm.model.mixer import MixerProjector
from med3dvlm.model.released import KERNEL_ENDING, TO_PUBLISHED, KeyTable
from med3dvlm.model.vlm import VLM
from tests import released_maker
from tests.golden import named_tensors

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def fill(model: nn.Module, table: KeyTable) -> nn.Module:
    """Overwrite every entry by the value of its published name."""
    state = model.state_dict()
    filled = {}
    for name, tensor in state.items():
        if name in table.published:
            is_kernel = name.endswith(KERNEL_ENDING)
            shape = tensor.permute(TO_PUBLISHED).shape if is_kernel else tensor.shape
            value = named_tensors.parameter(table.published[name], shape)
            filled[name] = table.permuted(name, torch.as_tensor(value))
    model.load_state_dict(filled)
    return model.eval()


@cache
def encoder(config: DCFormerConfig) -> DCFormer:
    """The encoder of a `dec_clip` folder; the goldens' names have no prefix."""
    tower = (config.channels, config.blocks)
    with tempfile.TemporaryDirectory() as folder:
        made = released_maker.make_dual_encoder(
            Path(folder),
            replace(released_maker.TINY_CLIP, tower=tower),
            value=_without("vision_encoder."),
        )
        loaded = load_dual_encoder(made).model.encoder
    assert loaded.config == config
    return loaded


@cache
def mixer(sizes: released_maker.VLMSizes) -> MixerProjector:
    """The projector of a `vlm_qwen` folder."""
    with tempfile.TemporaryDirectory() as folder:
        made = released_maker.make_vlm(Path(folder), sizes, value=_without("model.mm_projector."))
        return load_vlm(made).model.projector


@cache
def vlm(sizes: released_maker.VLMSizes) -> VLM:
    """The model of a `vlm_qwen` folder whose placeholder is its last token."""
    with tempfile.TemporaryDirectory() as folder:
        return load_vlm(released_maker.make_vlm(Path(folder), sizes)).model


def _without(prefix: str) -> released_maker.Value:
    return lambda name, shape: named_tensors.parameter(name.removeprefix(prefix), shape)


def arrays(name: str) -> dict[str, NDArray[np.generic]]:
    with np.load(GOLDEN / f"{name}.npz") as stored:
        return {key: stored[key] for key in stored.files}


def manifest(kind: str) -> dict[str, tuple[list[int], str]]:
    return json.loads((GOLDEN / "manifests.json").read_text())[kind]


def relative_error(ours: Tensor | NDArray[np.generic], golden: NDArray[np.generic]) -> float:
    """Largest difference over the golden's standard deviation."""
    ours = np.asarray(ours.detach()) if isinstance(ours, Tensor) else ours
    assert ours.shape == golden.shape
    return float(np.abs(ours - golden).max() / golden.std())
