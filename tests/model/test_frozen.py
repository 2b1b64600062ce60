"""The encoder's inference form against its slow twin, the plain module, and when it gives up."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import DCFormerConfig, nano, tiny
from med3dvlm.model.frozen.form import current_form
from train.loop.averaging import Averaged

SHAPE = (1, 1, 17, 32, 20)


def trained(config: DCFormerConfig) -> DCFormer:
    """An encoder whose every weight and statistic counts."""
    torch.manual_seed(0)
    encoder = DCFormer(config)
    with torch.no_grad():
        for module in encoder.modules():
            if isinstance(module, nn.BatchNorm3d):
                for mean in (module.running_mean, module.bias):
                    nn.init.normal_(mean)
                for spread in (module.running_var, module.weight):
                    nn.init.uniform_(spread, 0.5, 1.5)
        for name, weight in encoder.named_parameters():
            if name.endswith("scale"):
                weight.uniform_(0.1, 0.5)
    return encoder.eval()


def largest_error(ours: list[Tensor], plain: list[Tensor]) -> float:
    """Largest difference of any state, over the state's standard deviation."""
    assert [state.shape for state in ours] == [state.shape for state in plain]
    pairs = zip(ours, plain, strict=True)
    return max(float((a - b).abs().max() / b.std()) for a, b in pairs)


def rms_error(ours: list[Tensor], exact: list[Tensor]) -> list[float]:
    pairs = zip(ours, exact, strict=True)
    return [float((a.float() - b).square().mean().sqrt() / b.std()) for a, b in pairs]


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        (nano(), (1, 1, 48, 96, 96)),  # the embedded model's
        (nano(), (3, 1, 16, 32, 24)),
        (tiny(), (1, 1, 37, 70, 45)),
        (nano(), (2, 1, 5, 66, 3)),
        (nano(), (1, 1, 1, 1, 1)),
    ],
)
def test_five_states_are_those_of_the_plain_module(
    config: DCFormerConfig, shape: tuple[int, ...]
) -> None:
    encoder, volume = trained(config), torch.rand(shape)
    with torch.no_grad():
        states = encoder(volume)
        assert encoder.form is not None
        assert largest_error(states, encoder.plain(volume)) < 1e-5


def test_a_batch_is_its_volumes() -> None:
    encoder, volumes = trained(nano()), torch.rand(3, 1, 16, 32, 24)
    with torch.inference_mode():
        together = encoder(volumes)
        for i, volume in enumerate(volumes):
            alone = encoder(volume[None])
            assert largest_error([state[i : i + 1] for state in together], alone) < 1e-5


def test_the_embedded_model_takes_it_unasked() -> None:
    model = load_vlm(DEFAULT_MODEL / "vlm").model
    torch.manual_seed(0)
    volume = torch.rand(1, 1, *model.config.grid)
    with torch.inference_mode():
        model.encode(volume)
        assert model.encoder.form is not None
        # Noise gives its last state hardly any spread, so both ways' rounding shows.
        assert largest_error(model.encoder(volume), model.encoder.plain(volume)) < 1e-4


def averaged(encoder: DCFormer) -> None:
    """Swaps the weights for their running average, as training does before it evaluates."""
    average = Averaged(encoder.parameters(), decay=0.9)
    for shadow in average.shadow:
        shadow.mul_(1.5)
    average.exchange()


def loaded(encoder: DCFormer) -> None:
    torch.manual_seed(7)
    encoder.load_state_dict(DCFormer(nano()).state_dict())


def stepped(encoder: DCFormer) -> None:
    for weight in encoder.parameters():
        weight.grad = torch.ones_like(weight)
    torch.optim.AdamW(encoder.parameters(), lr=0.1).step()


def normalised(encoder: DCFormer) -> None:
    """One pass in training mode moves only the statistics."""
    encoder.train()(torch.rand(2, *SHAPE[1:]) * 9)
    encoder.eval()


@pytest.mark.parametrize("change", [averaged, loaded, stepped, normalised])
def test_changed_weights_are_folded_again(change: Callable[[DCFormer], None]) -> None:
    encoder, volume = trained(nano()), torch.rand(SHAPE)
    with torch.no_grad():
        before = encoder(volume)
        kept = encoder.form
        encoder(volume)
        assert encoder.form is kept  # folding is done once
        change(encoder)
        after = encoder(volume)
        assert largest_error(after, before) > 1e-2
        assert largest_error(after, encoder.plain(volume)) < 1e-5


def wrapped(encoder: DCFormer) -> None:
    """As accelerate places a module's parts on several devices."""
    layer = encoder.get_submodule("stages.1.0.expand")
    layer.forward = layer.forward  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "look",
    [
        lambda encoder: encoder.stem[1].register_forward_hook(lambda *_: None),
        lambda encoder: encoder.stages[3].register_forward_pre_hook(lambda *_: None),
        wrapped,
        lambda encoder: encoder.train(),
        lambda encoder: encoder.double(),
        lambda encoder: encoder.stages.bfloat16(),  # precisions mixed
    ],
    ids=["a hook", "a hook before", "a wrapper", "training", "float64", "mixed"],
)
def test_the_plain_module_where_it_is_needed(look: Callable[[DCFormer], object]) -> None:
    encoder = trained(nano())
    with torch.no_grad():
        assert current_form(encoder, torch.rand(SHAPE), None) is not None
        look(encoder)
        volume = torch.rand(SHAPE, dtype=next(encoder.parameters()).dtype)
        assert current_form(encoder, volume, None) is None


def test_gradients_reach_voxels_and_weights() -> None:
    encoder, volume = trained(nano()), torch.rand(SHAPE, requires_grad=True)
    encoder(volume)[-1].sum().backward()
    assert encoder.form is None
    assert volume.grad is not None
    assert encoder.stem[0].depth.conv.weight.grad is not None
    frozen = trained(nano()).requires_grad_(requires_grad=False)
    frozen(torch.rand(SHAPE))  # nothing learns, though gradients are on
    assert frozen.form is not None


def test_autocast_keeps_the_plain_module() -> None:
    encoder = trained(nano())
    with torch.no_grad(), torch.autocast("cpu"):
        encoder(torch.rand(SHAPE))
    assert encoder.form is None


def test_a_cpu_without_these_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, volume = trained(nano()), torch.rand(SHAPE)
    with torch.no_grad():
        states = encoder(volume)
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
        assert largest_error(encoder(volume), states) < 1e-5
        assert encoder.form is None


def test_weights_are_stored_as_before() -> None:
    encoder = trained(nano())
    names = list(encoder.state_dict())
    with torch.no_grad():
        encoder(torch.rand(SHAPE))
    assert list(encoder.state_dict()) == names
    assert sum(weight.numel() for weight in encoder.parameters()) == 789_216


def test_bfloat16_is_the_models_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Float32 weights are never rounded, and without the operations the plain module computes."""
    encoder, volume = trained(nano()), torch.rand(SHAPE)
    with torch.no_grad():
        exact = encoder(volume.bfloat16())  # the volume takes the weights' precision
        assert exact[0].dtype == torch.float32
        encoder.bfloat16()
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        encoder(volume)
        assert encoder.form is None


@pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(),
    reason="this CPU has no operations for bfloat16",
)
def test_bfloat16_errs_as_its_plain_twin_does(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, volume = trained(nano()), torch.rand(SHAPE)
    with torch.no_grad():
        exact = encoder.plain(volume)
        encoder.bfloat16()
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
        ours = rms_error(encoder(volume), exact)
        assert encoder.form is not None
        for mine, plain in zip(
            ours, rms_error(encoder.plain(volume.bfloat16()), exact), strict=True
        ):
            assert mine < 1.5 * plain
