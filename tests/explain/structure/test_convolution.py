"""What a layer costs is what torch counts in the encoder's own layers."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from med3dvlm.errors import ConfigError
from med3dvlm.explain.structure.convolution import Layer, layers_of, three_lines, whole_cube
from med3dvlm.model.dcformer import DecomposedConv
from med3dvlm.model.dcformer_config import DCFormerConfig

CONFIG = DCFormerConfig(channels=(4, 8, 8, 16, 16), blocks=(1, 1, 1, 1, 1), kernels=(5, 3, 3, 3))
GRID = (16, 32, 32)


@pytest.mark.parametrize("number", range(8))
def test_costs_are_those_of_the_layer_itself(number: int) -> None:
    layer = layers_of(CONFIG, GRID)[number]
    stride = 4 if number == 0 else 1
    made = DecomposedConv(
        layer.inputs, layer.outputs, layer.kernel, stride=stride, groups=layer.groups
    ).eval()
    weights = sum(
        parameter.numel() for name, parameter in made.named_parameters() if ".conv." in name
    )
    assert three_lines(layer).parameters == weights
    size = tuple(n * stride for n in layer.places)
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        out = made(torch.zeros(1, layer.inputs, *size))
    assert tuple(out.shape[2:]) == layer.places
    assert three_lines(layer).multiplications == counted.get_total_flops() // 2


def test_a_cube_is_a_plain_convolution() -> None:
    layer = Layer(name="", kernel=5, inputs=6, outputs=6, groups=6, places=(2, 3, 4))
    plain = torch.nn.Conv3d(6, 6, 5, padding=2, groups=6)
    assert whole_cube(layer).parameters == sum(p.numel() for p in plain.parameters())
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        plain(torch.zeros(1, 6, 2, 3, 4))
    assert whole_cube(layer).multiplications == counted.get_total_flops() // 2
    assert layer.voxels_read == (13, 125)


@pytest.mark.parametrize(
    "changed",
    [{"kernel": 4}, {"kernel": 33}, {"outputs": 0}, {"groups": 4}, {"places": (0, 1, 1)}],
)
def test_what_is_no_layer_is_refused(changed: dict[str, object]) -> None:
    given = {"name": "", "kernel": 3, "inputs": 6, "outputs": 6, "groups": 6, "places": (2, 2, 2)}
    with pytest.raises(ConfigError):
        Layer(**given | changed)  # type: ignore[arg-type]
