"""Padding outside the field of view: kept where it lies below air, else made darker than air.

    padding = Padding(frames[0], in_hu=True)
    notes = padding.notes()

Some scanners pad with a number far above the body's: shown as it is, it would be the brightest part
of the picture, for the viewer and for the model.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.volumes.formats.dicom.frame import GREY, Frame
from med3dvlm.volumes.formats.scaling import Values

# Padding up to here is shown as black anyway.
DARK_HU = -900
# No tissue is denser; padding up to here is told from tissue by its place.
DENSEST_HU = 4000
# Lower than any measurement, so that the value can't be taken for one.
FILLING_HU = -2000

Mask = NDArray[np.bool_]


class Padding:
    """Finds padding slice by slice and remembers what it did.

    Args:
        frame: one of the series; its file states the padding.
        in_hu: whether values are in HU.
    """

    def __init__(self, frame: Frame, *, in_hu: bool) -> None:
        self._instance = frame.instance
        self._in_hu = in_hu
        self._inverted = frame.instance.photometric == GREY[0] and not in_hu
        self._value = 0.0
        self._kept = self._filled = False

    def filled(self, stored: NDArray[Any], values: Values) -> Values:
        """The values of a slice, with bright padding made dark.

        Args:
            stored: numbers as in the file.
            values: the same, rescaled.
        """
        mask = self._mask(stored)
        if mask is None or not mask.any() or (mask.all() and not self._in_hu):
            return values
        body = values[~mask] if not mask.all() else np.array([DARK_HU])
        self._value = float(values[mask].max())
        if self._is_dark(body):
            self._kept = True
            return values
        if not self._in_hu or self._value <= DENSEST_HU:
            mask = _outside(mask)
        self._filled |= bool(mask.any())
        darkest = FILLING_HU if self._in_hu else body.min()
        wide = np.result_type(values.dtype, np.int16) if values.dtype.kind in "iu" else None
        out = values.astype(wide or values.dtype)
        out[mask] = darkest
        return out

    def notes(self) -> tuple[str, ...]:
        """What was done, for the user."""
        notes: tuple[str, ...] = ()
        if self._kept:
            notes += (f"Voxels outside the field of view have the padding value {self._value:g}.",)
        if self._filled:
            notes += (
                f"Voxels outside the field of view have the padding value {self._value:g}, which "
                f"would be bright; they are shown as black{self._as_what()}.",
            )
        return notes

    def _as_what(self) -> str:
        return f" ({FILLING_HU} HU)" if self._in_hu else ""

    def _is_dark(self, body: Values) -> bool:
        if self._in_hu:
            return self._value <= DARK_HU
        return self._inverted or bool(self._value <= body.min())

    def _mask(self, stored: NDArray[Any]) -> Mask | None:
        """Where the stored number is padding, or one of the declared range of padding."""
        if self._instance.padding is None or stored.dtype.kind not in "iu":
            return None
        first, last = sorted(
            int(_as_stored(number, stored.dtype, self._instance.bits))
            for number in self._instance.padding
        )
        return np.asarray((stored >= first) & (stored <= last))


def _as_stored(number: float, dtype: np.dtype[Any], bits: int) -> np.int64:
    """A padding value as the decoder gives it: wrapped to the type, cut to the bits in use."""
    spare = 8 * dtype.itemsize - bits
    whole = np.array([int(number)]).astype(dtype)
    return np.int64(((whole << spare) >> spare)[0])


def _outside(mask: Mask) -> Mask:
    """Only padding that reaches the edge along its row: within the body it may be tissue."""
    from_left = np.logical_and.accumulate(mask, axis=1)
    from_right = np.logical_and.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(from_left | from_right)
