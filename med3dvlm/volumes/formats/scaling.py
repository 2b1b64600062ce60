"""Stored numbers to values: rescaled, finite, in the smallest type that holds them exactly.

    voxels, notes = rescaled(stored, slope, intercept)      # int16 where possible, else float32

Works slab by slab, so that a volume is never copied in double precision.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.volume import Voxels

INT16 = np.iinfo(np.int16)
# float32 holds whole numbers exactly up to here.
FLOAT32_EXACT = 1 << 24
# Slopes and intercepts up to here keep 16-bit numbers within int32.
SMALL_FACTOR = 30_000
SLAB_VOXELS = 4_000_000
# Weights of red, green and blue in the brightness of a colour (ITU-R BT.601).
BRIGHTNESS = np.array([0.299, 0.587, 0.114])

Values = NDArray[Any]


class ValueStore:
    """Collects values part by part: int16 as long as all are integers that fit, else float32."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._values: NDArray[Any] = np.empty(shape, np.int16)
        self._exact = True

    def put(self, place: int | slice, values: Values) -> None:
        """Store values at a place along the first axis."""
        if not _fits_int16(values):
            if self._values.dtype == np.int16:
                self._values = self._values.astype(np.float32)
            if values.dtype.kind != "f":
                self._exact &= bool(max(-int(values.min()), int(values.max())) <= FLOAT32_EXACT)
        with np.errstate(over="ignore", invalid="ignore"):
            self._values[place] = values

    def finish(self) -> tuple[Voxels, tuple[str, ...]]:
        """The stored values, all finite, and notes on what was changed."""
        notes = _replace_infinite(self._values) if self._values.dtype == np.float32 else ()
        if not self._exact:
            notes += (f"Values beyond {FLOAT32_EXACT:,} were rounded to 24 bits.",)
        return self._values, notes


def rescaled(
    stored: Values, slope: float = 1.0, intercept: float = 0.0
) -> tuple[Voxels, tuple[str, ...]]:
    """`stored * slope + intercept`, and notes; the array itself when nothing needs doing."""
    slab = max(1, SLAB_VOXELS // (stored.shape[1] * stored.shape[2]))
    if (slope, intercept) == (1.0, 0.0):
        if stored.dtype == np.int16:
            return stored, ()
        if stored.dtype == np.float32 and not _fits_int16(stored[:slab]):
            return stored, _replace_infinite(stored)
    store = ValueStore(stored.shape)
    for first in range(0, len(stored), slab):
        part = slice(first, first + slab)
        store.put(part, scaled(stored[part], slope, intercept))
    return store.finish()


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
    """Brightness of red, green, blue in the last axis (alpha is ignored), as integers."""
    return np.asarray(np.rint(colour[..., :3] @ BRIGHTNESS))


def inverted(voxels: Values) -> Values:
    """Grey levels inverted within the same range."""
    low, high = voxels.min(), voxels.max()
    if voxels.dtype == np.float32:
        return np.asarray(low + high - voxels)
    swapped: Values = np.int32(low) + np.int32(high) - voxels.astype(np.int32)
    return swapped.astype(voxels.dtype)


def _fits_int16(values: Values) -> bool:
    """True when int16 holds all values exactly (never for NaN)."""
    with np.errstate(invalid="ignore"):
        in_range = bool(values.min() >= INT16.min and values.max() <= INT16.max)
        return in_range and (values.dtype.kind != "f" or bool((np.rint(values) == values).all()))


def _replace_infinite(values: NDArray[np.float32]) -> tuple[str, ...]:
    """Set non-finite values to the lowest (for +infinity, the highest) value; returns a note."""
    finite = np.isfinite(values)
    count = values.size - int(np.count_nonzero(finite))
    if count == 0:
        return ()
    if count == values.size:
        raise VolumeError(
            "The file contains no finite value, only NaN or infinity. Export the scan again."
        )
    low = values.min(where=finite, initial=np.inf)
    high = values.max(where=finite, initial=-np.inf)
    above = f" (+infinity to the highest, {high:g})" if np.isposinf(values).any() else ""
    np.nan_to_num(values, copy=False, nan=low, neginf=low, posinf=high)
    return (f"Voxels without a finite value: {count:,}. Set to the lowest, {low:g}{above}.",)
