"""Stored numbers to values: rescaled, finite, in the smallest type that holds them exactly.

    store = ValueStore(stored.shape, affine)
    voxels, notes = rescaled([stored], store, slope, intercept)    # int16 if possible, else float32

Works part by part, so that the stored numbers are never all in memory, nor all in double precision.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.shear import Straightening
from med3dvlm.volumes.orientation import Affine, canonical_room
from med3dvlm.volumes.volume import Voxels

INT16 = np.iinfo(np.int16)
# float32 holds whole numbers exactly up to here.
FLOAT32_EXACT = 1 << 24
# Slopes and intercepts up to here keep 16-bit numbers within int32.
SMALL_FACTOR = 30_000
# A part of a volume has about this many voxels: some MB in double precision.
PART_VOXELS = 1_000_000
# Weights of red, green and blue in the brightness of a colour (ITU-R BT.601).
BRIGHTNESS = np.array([0.299, 0.587, 0.114])

Values = NDArray[Any]


class ValueStore:
    """Collects values part by part: int16 as long as all are integers that fit, else float32.

    Args:
        shape: `[k, j, i]`, as the parts come.
        affine: from `(i, j, k, 1)` to LPS mm. Memory is laid out so that turning the volume to
            canonical order will copy nothing.
        plan: how slices of a sheared scan are to be shifted, once all are there. They are stored
            in the room of the result, so that the scan is in memory once.
    """

    def __init__(
        self, shape: tuple[int, int, int], affine: Affine, plan: Straightening | None = None
    ) -> None:
        self._shape, self._affine, self._plan = shape, affine, plan
        self._whole: NDArray[Any] = np.empty((0, 0, 0), np.int16)
        self._exact = True

    def put(self, place: int | slice, values: Values) -> None:
        """Store values at a place along the first axis."""
        fits = _fits_int16(values)
        if self._whole.size == 0:
            self._whole = self._room(np.int16 if fits else np.float32)
        if not fits and self._whole.dtype == np.int16:
            wide = self._room(np.float32)
            wide[self._stored] = self._whole[self._stored]
            self._whole = wide
        if not fits and values.dtype.kind != "f":
            self._exact &= bool(max(-int(values.min()), int(values.max())) <= FLOAT32_EXACT)
        with np.errstate(over="ignore", invalid="ignore"):
            self._whole[self._stored][place] = values

    def finish(self) -> tuple[Voxels, tuple[str, ...]]:
        """The stored values, all finite, on orthogonal axes, and notes on what was changed."""
        values = self._whole[self._stored]
        notes = _replace_infinite(values) if values.dtype == np.float32 else ()
        if not self._exact:
            notes += (f"Values beyond {FLOAT32_EXACT:,} were rounded to 24 bits.",)
        if self._plan:
            self._plan.shift(self._whole, values)
        return self._whole, notes

    @property
    def _stored(self) -> tuple[slice, ...]:
        """Where the values are until they are shifted."""
        return tuple(slice(length) for length in self._shape)

    def _room(self, dtype: type[np.int16 | np.float32]) -> NDArray[Any]:
        if self._plan:
            return canonical_room(self._plan.size, self._plan.affine, np.dtype(dtype))
        return canonical_room(self._shape, self._affine, np.dtype(dtype))


def rescaled(
    parts: Iterable[Values], store: ValueStore, slope: float = 1.0, intercept: float = 0.0
) -> tuple[Voxels, tuple[str, ...]]:
    """`stored * slope + intercept`, and notes.

    Args:
        parts: stored numbers, in order along the first axis; each is used before the next is asked.
        store: collects them; empty.
        slope: factor on stored numbers.
        intercept: added after that.
    """
    done = 0
    for part in parts:
        store.put(slice(done, done + len(part)), scaled(part, slope, intercept))
        done += len(part)
    return store.finish()


def part_sizes(slices: int, slice_voxels: int) -> list[int]:
    """How many slices to read at a time."""
    most = max(1, PART_VOXELS // slice_voxels)
    return [min(most, slices - first) for first in range(0, slices, most)]


def scaled(stored: Values, slope: float, intercept: float) -> Values:
    """One part of a volume, complex numbers as magnitudes, rescaled without loss."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = stored if stored.dtype.kind in "iuf" else np.abs(stored)
    if (slope, intercept) == (1.0, 0.0):
        return values
    whole = slope.is_integer() and intercept.is_integer()
    small = max(abs(slope), abs(intercept)) <= SMALL_FACTOR
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2 and whole and small:
        return values.astype(np.int32) * np.int32(slope) + np.int32(intercept)
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(np.float64) * slope + intercept


def grey(colour: Values) -> Values:
    """Brightness of red, green, blue in the last axis (alpha is ignored); integers of integers."""
    brightness: Values = colour[..., :3] @ BRIGHTNESS
    return brightness if colour.dtype.kind == "f" else np.asarray(np.rint(brightness))


def invert(values: Values) -> None:
    """Invert grey levels within the same range, in place."""
    low, high = values.min(), values.max()
    whole = values.dtype.kind in "iu"
    both = int(low) + int(high) if whole else low + high
    for part in _as_stored(values):
        part[...] = both - (part.astype(np.int64) if whole else part)


def _as_stored(values: Values) -> Values:
    """The same values, with the axis first along which parts lie one after the other in memory."""
    return np.moveaxis(values, int(np.argmax(np.abs(values.strides))), 0)


def _fits_int16(values: Values) -> bool:
    """True when int16 holds all values exactly (never for NaN)."""
    if np.can_cast(values.dtype, np.int16):
        return True
    with np.errstate(invalid="ignore"):
        in_range = bool(values.min() >= INT16.min and values.max() <= INT16.max)
        return in_range and (values.dtype.kind != "f" or bool((np.rint(values) == values).all()))


def _replace_infinite(values: NDArray[np.float32]) -> tuple[str, ...]:
    """Set non-finite values to the lowest (for +infinity, the highest) value; returns a note."""
    parts = _as_stored(values)
    count = values.size - sum(int(np.count_nonzero(np.isfinite(part))) for part in parts)
    if count == 0:
        return ()
    if count == values.size:
        raise VolumeError(
            "The file contains no finite value, only NaN or infinity. Export the scan again."
        )
    low = min(part.min(where=np.isfinite(part), initial=np.inf) for part in parts)
    high = max(part.max(where=np.isfinite(part), initial=-np.inf) for part in parts)
    endless = any(np.isposinf(part).any() for part in parts)
    above = f" (+infinity to the highest, {high:g})" if endless else ""
    for part in parts:
        np.nan_to_num(part, copy=False, nan=low, neginf=low, posinf=high)
    return (f"Voxels without a finite value: {count:,}. Set to the lowest, {low:g}{above}.",)
