"""What a handler returns to fill or change the viewer.

ViewerState(volume=volume, window=LUNG, title="Chest")               # a new scan
ViewerState(volume=volume, overlay=overlay, crosshair=(12, 80, 64))  # same scan, same view
"""

import secrets
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.grid import GridMap
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

Stop = tuple[float, int, int, int, int]


@dataclass(frozen=True, slots=True)
class ColourMap:
    """Colours by position: stops of (position 0 to 1, red, green, blue, alpha 0 to 255)."""

    stops: tuple[Stop, ...]

    def __post_init__(self) -> None:
        places = [stop[0] for stop in self.stops]
        if len(places) < 2 or places != sorted(places) or places[0] != 0 or places[-1] != 1:
            raise ConfigError(f"colour stops must rise from 0 to 1, got {places}")


# Nothing, then red, orange and pale yellow: for contributions and probabilities.
HEAT = ColourMap(
    (
        (0.0, 150, 10, 20, 0),
        (0.25, 190, 30, 20, 110),
        (0.6, 245, 130, 20, 200),
        (1.0, 255, 240, 150, 255),
    )
)
# Blue against, nothing in the middle, orange in favour: for signed maps, with 128 as zero.
DIVERGING = ColourMap(
    (
        (0.0, 90, 170, 255, 255),
        (0.25, 50, 110, 225, 190),
        (0.502, 130, 130, 130, 0),
        (0.75, 230, 110, 30, 190),
        (1.0, 255, 200, 90, 255),
    )
)
# One colour by alpha: for masks.
MARK = ColourMap(((0.0, 70, 220, 190, 0), (1.0, 70, 220, 190, 255)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """A small grid of numbers laid over the scan.

    Attributes:
        values: `[z, y, x]`, uint8.
        mapping: where the grid lies in the volume; its `grid` is the shape of `values`.
        legend: what the colours mean.
        ends: words for the lowest and the highest value.
        colours: colour of each value.
        opacity: from 0 to 1, changed by the user later.
        smooth: interpolate between cells; off for masks.
    """

    values: NDArray[np.uint8]
    mapping: GridMap
    legend: str
    ends: tuple[str, str] = ("low", "high")
    colours: ColourMap = HEAT
    opacity: float = 0.5
    smooth: bool = True

    def __post_init__(self) -> None:
        if self.values.dtype != np.uint8 or self.values.shape != self.mapping.grid:
            raise ConfigError(
                f"an overlay needs uint8 values of shape {self.mapping.grid}, "
                f"got {self.values.dtype} of {self.values.shape}"
            )
        if not 0 <= self.opacity <= 1:
            raise ConfigError(f"opacity lies between 0 and 1, got {self.opacity}")


def new_token() -> str:
    """What nothing else is called."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewerState:
    """One message to the viewer.

    A volume with another digest starts afresh; with the same digest the user's window, zoom and
    place stay, except for what `window` and `crosshair` say, each time with another `move`.
    `overlay=None` removes the overlay.

    Attributes:
        volume: the scan.
        window: grey scale; left out: one that suits what is in the scan.
        title: short name shown above the planes; no patient's name.
        caption: one line below the title.
        overlay: grid of colours over the scan.
        cells: the grid of a model, for the readout of the cell under the crosshair.
        crosshair: voxel `(z, y, x)` to go to; left out: the middle of a new scan.
        move: tells one time of saying `window` and `crosshair` from another; the user isn't moved
            twice by one.
        opened: tells one opening of a scan from another; once the viewer shows another, what still
            comes of this one is too late. Empty where a message is never too late.
        draft: send a coarse preview only, at once; for a handler that yields the rest afterwards.
    """

    volume: Volume
    window: Window | None = None
    title: str = ""
    caption: str = ""
    overlay: Overlay | None = None
    cells: GridMap | None = None
    crosshair: tuple[float, float, float] | None = None
    move: str = field(default_factory=new_token)
    opened: str = ""
    draft: bool = False
