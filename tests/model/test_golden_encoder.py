"""Golden: the encoder's five states for every variant, and one step of training."""

import json

import pytest
import torch

from med3dvlm.model.dcformer import DCFormer, encoder_parameter_count, tokens
from med3dvlm.model.dcformer_config import VARIANTS
from med3dvlm.model.released import KeyTable, encoder_names
from tests.golden import named_tensors
from tests.model import published

CASES = {
    "a_nano_64x128x128": ("nano", "nano", (1, 1, 64, 128, 128)),
    "b_naive_B2_48x96x80": ("naive", "naive", (2, 1, 48, 96, 80)),
    "b_tiny_odd_37x70x45": ("tiny", "tiny_odd", (1, 1, 37, 70, 45)),
    "b_small_64x128x128": ("small", "small_half", (1, 1, 64, 128, 128)),
    "b_small_128x256x256": ("small", "small_full", (1, 1, 128, 256, 256)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", ["as it is called", "plain"])
def test_golden_encoder_states(name: str, way: str) -> None:
    """Both ways to compute the states: the inference form, which a call takes, and the modules."""
    variant, tag, shape = CASES[name]
    model = published.encoder(VARIANTS[variant]())
    with torch.no_grad():
        encode = model.plain if way == "plain" else model
        states = encode(torch.from_numpy(named_tensors.volume(tag, shape)))
    compared = 0
    for key, golden in published.arrays(name).items():
        state = tokens(states[int(key[1])])
        ours = state[:, ::97] if key.endswith("thinned") else state
        assert published.relative_error(ours, golden) < 1e-5, key
        compared += 1
    assert compared == 5


@pytest.mark.parametrize(
    ("variant", "millions"),
    [("nano", 789_216), ("naive", 5_851_680), ("tiny", 14_657_472), ("small", 18_244_800),
     ("base", 33_868_864), ("large", 185_125_440)],
)  # fmt: skip
def test_golden_parameter_counts(variant: str, millions: int) -> None:
    config = VARIANTS[variant]()
    assert encoder_parameter_count(config) == millions
    if variant != "large":
        assert sum(p.numel() for p in DCFormer(config).parameters()) == millions


def test_golden_training_step() -> None:
    """Batch statistics, loss, gradients and updated buffers of one step in training mode."""
    golden = published.arrays("b_nano_train")
    meta = json.loads((published.GOLDEN / "nano_train.json").read_text())
    config = VARIANTS["nano"]()
    model = DCFormer(config).double()
    published.fill(model, KeyTable(encoder_names(config)))
    model.train()
    volume = torch.from_numpy(named_tensors.volume("nano_train", (3, 1, 32, 64, 64))).double()
    states = [tokens(state) for state in model(volume)]
    loss = torch.zeros((), dtype=torch.double)
    for i, state in enumerate(states):
        weights = named_tensors.normal(f"nano_train_cot{i}", state.shape)
        loss = loss + (state * torch.from_numpy(weights)).sum() / state.numel() ** 0.5
    loss.backward()
    assert abs(float(loss.detach()) - meta["loss"]) < 1e-6
    assert published.relative_error(states[4], golden["h4"]) < 1e-5
    names = {ours: theirs for theirs, ours in encoder_names(config).items()}
    for ours, parameter in model.named_parameters():
        norm = meta["grad_norm"][names[ours]]
        assert parameter.grad is not None
        assert abs(float(parameter.grad.norm()) - norm) <= 1e-5 * max(norm, 1e-3), ours
    buffers = {key.removeprefix("after."): value for key, value in golden.items() if "after" in key}
    state = model.state_dict()
    table = KeyTable(encoder_names(config))
    assert buffers
    for theirs, value in buffers.items():
        assert torch.allclose(
            state[table.names[theirs]].double(),
            torch.as_tensor(value).double(),
            rtol=1e-5,
            atol=1e-7,
        )


def test_wrong_guesses_would_be_seen() -> None:
    """The golden can fail: an activation in the stem changes the last state by far more."""
    model = published.encoder(VARIANTS["nano"]())
    volume = torch.from_numpy(named_tensors.volume("nano", (1, 1, 64, 128, 128)))
    with torch.no_grad():
        state = model.stem[1:](torch.nn.functional.gelu(model.stem[0](volume)))
        for stage in model.stages:
            state = stage(state)
    golden = published.arrays("a_nano_64x128x128")["h4"]
    assert published.relative_error(tokens(state), golden) > 0.5
