"""What a model sees next to the original, at the same position, as grey images and text.

for plane in input_planes(volume, seen, (z, y, x)):
    plane.original, plane.seen           # uint8, rows from the top of the screen
how_made(volume, seen)                   # window, crop and resizing as sentences
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.grid import ModelInput
from med3dvlm.volumes.preflight import times
from med3dvlm.volumes.volume import Volume

Plane = Literal["axial", "coronal", "sagittal"]
Grey = NDArray[np.uint8]
Pair = tuple[float, float]
# The axis that a plane cuts, then those of its rows and columns, for an array [z, y, x].
AXES: dict[Plane, tuple[int, int, int]] = {
    "axial": (0, 1, 2), "coronal": (1, 0, 2), "sagittal": (2, 0, 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InputPlane:
    """One plane of the original and of the input; fractions run from the top left corner.

    Attributes:
        plane: which one.
        original: grey levels of the volume's slice, in the input's window.
        seen: the cells of the input's slice, one pixel each: exactly the tensor, times 255.
        original_mm: height and width of the original.
        box: top, left, height and width of what the input holds, as fractions of the original.
        cross: row and column of the position, as fractions of the original.
        seen_cross: the same in the input; None if it lies outside.
        index: of the slice in the volume.
        cell: of the slice in the input.
    """

    plane: Plane
    original: Grey
    seen: Grey
    original_mm: Pair
    box: tuple[float, float, float, float]
    cross: Pair
    seen_cross: Pair | None
    index: int
    cell: int


def input_planes(
    volume: Volume, seen: ModelInput, place: tuple[float, float, float]
) -> tuple[InputPlane, InputPlane, InputPlane]:
    """The three planes through a voxel `(z, y, x)`; outside the input, its nearest slice."""
    axial, coronal, sagittal = (_plane(name, volume, seen, place) for name in AXES)
    return axial, coronal, sagittal


def _plane(
    name: Plane, volume: Volume, seen: ModelInput, place: tuple[float, float, float]
) -> InputPlane:
    cut, *across = AXES[name]
    z, y, x = (min(max(round(p), 0), n - 1) for p, n in zip(place, volume.shape, strict=True))
    voxel, mapping = (z, y, x), seen.mapping
    inside = [(g + 0.5) / n for g, n in zip(mapping.to_grid(voxel), mapping.grid, strict=True)]
    cells = [min(max(int(f * n), 0), n - 1) for f, n in zip(inside, mapping.grid, strict=True)]
    tensor = np.rint(seen.tensor[0, 0].numpy().take(cells[cut], axis=cut) * 255).astype(np.uint8)
    original = seen.window.apply(np.take(volume.voxels, voxel[cut], axis=cut))
    fractions = [(v + 0.5) / n for v, n in zip(voxel, volume.shape, strict=True)]
    starts = [a / n for a, n in zip(mapping.start, volume.shape, strict=True)]
    sizes = [(b - a) / n for a, b, n in zip(mapping.start, mapping.stop, volume.shape, strict=True)]
    rows, columns = across
    upward = rows == 0  # the head is at the top of the screen, and the highest index
    top = 1 - starts[rows] - sizes[rows] if upward else starts[rows]
    within = all(0 <= fraction < 1 for fraction in inside)
    return InputPlane(
        plane=name,
        original=_upright(np.rint(original * 255).astype(np.uint8), upward=upward),
        seen=_upright(tensor, upward=upward),
        original_mm=(volume.extent_mm[rows], volume.extent_mm[columns]),
        box=(top, starts[columns], sizes[rows], sizes[columns]),
        cross=_cross(fractions[rows], fractions[columns], upward=upward),
        seen_cross=_cross(inside[rows], inside[columns], upward=upward) if within else None,
        index=voxel[cut],
        cell=cells[cut],
    )


def _upright(picture: Grey, *, upward: bool) -> Grey:
    return np.ascontiguousarray(picture[::-1] if upward else picture)


def _cross(row: float, column: float, *, upward: bool) -> Pair:
    return (1 - row if upward else row, column)


def how_made(volume: Volume, seen: ModelInput) -> tuple[str, ...]:
    """One sentence each on window, crop and resize."""
    window, mapping = seen.window, seen.mapping
    unit = " HU" if volume.unit == "HU" else ""
    name = f" ({window.name})" if window.name else ""
    grey = (
        f"Window{name}: {window.low:g}{unit} and below is black (0 for the model), "
        f"{window.high:g}{unit} and above is white (1)."
    )
    size = times(volume.shape, "{:d}")
    ranges = ", ".join(
        f"{axis} {a} to {b - 1}"
        for axis, a, b in zip("xyz", mapping.start[::-1], mapping.stop[::-1], strict=True)
    )
    whole = mapping.start == (0, 0, 0) and mapping.stop == volume.shape
    kept = f"{ranges} of {size} voxels."
    crop = f"Cropped to the region brighter than the background: {kept}"
    if not seen.cropped:
        crop = f"Not cropped: all {size} voxels."
    elif whole:
        crop = f"Cropped, but the foreground reaches every edge: all {size} voxels."
    cell_mm = tuple(s * mm for s, mm in zip(mapping.scale, volume.spacing_mm, strict=True))
    how = (
        "without a low-pass filter, as in the published training data,"
        if seen.published
        else "with a low-pass filter"
    )
    resize = (
        f"Resized {how} to {times(mapping.grid, '{:d}')} voxels of {times(cell_mm, '{:.2g}')} mm; "
        "details smaller than a voxel are lost."
    )
    return grey, crop, resize
