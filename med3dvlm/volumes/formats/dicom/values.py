"""Single values of DICOM elements: numbers, vectors and short words, or None if unusable.

word(header.get("Modality"))     # "CT"
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

WORD_LENGTH = 60
# Real positions and sizes in mm are smaller; damaged headers are not (and NaN fails, too).
LARGEST = 1e7

Vector = NDArray[np.float64]


def axes(six: Vector | None) -> Vector | None:
    """Unit vectors along rows and down columns, or None if they aren't orthogonal."""
    if six is None:
        return None
    pair = six.reshape(2, 3)
    lengths = np.linalg.norm(pair, axis=1)
    if np.abs(lengths - 1).max() > 0.01 or abs(float(pair[0] @ pair[1])) > 0.01:
        return None
    along = pair[0] / lengths[0]
    down = pair[1] - (pair[1] @ along) * along
    return np.stack([along, down / np.linalg.norm(down)])


def vector(value: Any, size: int) -> Vector | None:
    """`size` numbers of plausible magnitude, or None."""
    if value is None or isinstance(value, str) or len(value) != size:
        return None
    numbers = np.array([float(part) for part in value])
    return numbers if (np.abs(numbers) < LARGEST).all() else None


def number(value: Any) -> float | None:
    """One finite number, or None."""
    return None if value is None or value == "" or not np.isfinite(float(value)) else float(value)


def measure(value: Any, unit: str) -> str:
    """A number with its unit; empty if missing or zero."""
    amount = number(value)
    return f"{amount:g} {unit}" if amount else ""


def word(value: Any) -> str:
    """A short printable text."""
    text = "" if value is None else str(value)
    return "".join(c for c in text if c.isascii() and c.isprintable()).strip()[:WORD_LENGTH]
