"""Published models under our code, filled with tensors made from their published names."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from med3dvlm.model.dcformer import DCFormer, DCFormerConfig
from med3dvlm.model.released import KERNEL_ENDING, TO_PUBLISHED, KeyTable, encoder_names
from tests.golden import named_tensors

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def fill(model: nn.Module, table: KeyTable) -> nn.Module:
    """Overwrite every entry by the value of its published name."""
    state = model.state_dict()
    published = {}
    for name, tensor in state.items():
        if name in table.published:
            is_kernel = name.endswith(KERNEL_ENDING)
            shape = tensor.permute(TO_PUBLISHED).shape if is_kernel else tensor.shape
            value = named_tensors.parameter(table.published[name], shape)
            published[table.published[name]] = torch.as_tensor(value)
    model.load_state_dict(table.to_ours(published))
    return model.eval()


@cache
def encoder(config: DCFormerConfig) -> DCFormer:
    model = DCFormer(config)
    fill(model, KeyTable(encoder_names(config)))
    return model


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
