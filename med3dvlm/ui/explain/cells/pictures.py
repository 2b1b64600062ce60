"""Cells as colours over slices, and attention as bars.

sheet = colour_layers(colours, mapping, volume, window)
html = attention_rows(shares)
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.ui.explain.map_files import cells_of
from med3dvlm.volumes.grid import Grid, GridMap
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

Floats = NDArray[np.float32]
OPACITY, SIDE_PX, MOST_LAYERS = 0.55, 220, 8


def grid_of(model_grid: Grid, stride: int) -> Grid:
    """Cells along each axis of an encoder that takes every `stride` voxels."""
    d, h, w = (-(-n // stride) for n in model_grid)
    return d, h, w


def colour_layers(colours: Floats, mapping: GridMap, volume: Volume, window: Window) -> Image.Image:
    """An axial slice through the middle of each layer of cells, side by side.

    Args:
        colours: red, green and blue of each cell (N, 3), in [0, 1].
        mapping: where the cells lie in the volume.
        volume: the scan.
        window: its grey scale.
    """
    cells = (255 * colours).reshape(*mapping.grid, 3)
    (_, _), (y, in_y), (x, in_x) = (
        cells_of(mapping, axis, count) for axis, count in enumerate(volume.shape)
    )
    panes = []
    for layer in np.unique(np.linspace(0, mapping.grid[0] - 1, MOST_LAYERS).round().astype(int)):
        middle = mapping.start[0] + (layer + 0.5) * mapping.scale[0]
        z = int(np.clip(middle, 0, volume.shape[0] - 1))
        grey = 255 * window.apply(volume.voxels[z])[..., None]
        over = cells[layer][np.ix_(y, x)]
        alpha = OPACITY * (in_y[:, None] & in_x[None, :])[..., None]
        pixels = np.rint((1 - alpha) * grey + alpha * over).astype(np.uint8)
        panes.append(_true_to_scale(Image.fromarray(pixels), volume))
    sheet = Image.new("RGB", (sum(p.width for p in panes), max(p.height for p in panes)))
    left = 0
    for pane in panes:
        sheet.paste(pane, (left, 0))
        left += pane.width
    return sheet


def _true_to_scale(pane: Image.Image, volume: Volume) -> Image.Image:
    _, y_mm, x_mm = volume.spacing_mm
    height, width = pane.height * y_mm, pane.width * x_mm
    scale = SIDE_PX / max(height, width)
    return pane.resize((max(1, round(width * scale)), max(1, round(height * scale))))


def attention_rows(shares: Floats) -> str:
    """A row for each layer, a column for each image token; the darker, the more attention."""
    most = float(shares.max()) or 1.0
    rows = "".join(
        f"<tr><th>layer {layer}</th>"
        + "".join(f"<td style='--share:{value / most:.2f}'></td>" for value in row)
        + "</tr>"
        for layer, row in enumerate(shares, start=1)
    )
    caption = f"{shares.shape[1]} image tokens from left to right; the most is {most:.3f}"
    return f"<table class='explain-attention'><caption>{caption}</caption>{rows}</table>"
