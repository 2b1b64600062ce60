"""The controls of a convolution that can be played with.

controls = build_convolution()
layer = own_layer(7, 32, 24, apart=True)
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.explain.structure.convolution import Layer

OWN = "my own"
FIRST = Layer(name=OWN, kernel=7, inputs=32, outputs=32, groups=32, places=(24, 24, 24))


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """The controls of the convolution."""

    group: gr.Column
    layer: gr.Dropdown
    kernel: gr.Slider
    channels: gr.Slider
    apart: gr.Checkbox
    edge: gr.Slider

    @property
    def chosen(self) -> list[Any]:
        """What a visitor has set."""
        return [self.layer, self.kernel, self.channels, self.apart, self.edge]


def own_layer(kernel: float, channels: float, edge: float, *, apart: bool) -> Layer:
    """The layer that the sliders say."""
    width, size = int(channels), int(edge)
    return Layer(
        name=OWN, kernel=int(kernel), inputs=width, outputs=width, groups=width if apart else 1,
        places=(size, size, size),
    )  # fmt: skip


def build_convolution() -> Convolution:
    """Lay the controls out."""
    with gr.Column(elem_id="built-convolution") as group:
        layer = gr.Dropdown([OWN], value=OWN, label="Layer", elem_id="built-layer")
        with gr.Row():
            kernel = gr.Slider(
                3, 15, FIRST.kernel, step=2, label="Kernel (voxels)", elem_id="built-kernel",
                min_width=150,
            )  # fmt: skip
            channels = gr.Slider(
                1, 1024, FIRST.outputs, step=1, label="Channels", elem_id="built-channels",
                min_width=150,
            )  # fmt: skip
        with gr.Row():
            edge = gr.Slider(
                1, 128, 24, step=1, label="Edge of the output (voxels)", elem_id="built-edge",
                min_width=150,
            )  # fmt: skip
            apart = gr.Checkbox(
                True, label="Each channel by itself", elem_id="built-apart", min_width=150
            )
    return Convolution(
        group=group, layer=layer, kernel=kernel, channels=channels, apart=apart, edge=edge
    )
