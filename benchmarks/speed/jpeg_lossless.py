"""JPEG lossless (process 14, first predictor) for benchmarks: the app only reads it.

code = encoded(plane)       # uint16 (rows, columns)
"""

import numpy as np
from numpy.typing import NDArray

BITS = 16
# Lengths of the codes of the 17 classes of differences, the smallest differences first.
LENGTHS = (4,) * 9 + (5,) * 8
LONGEST = 5 + BITS


def encoded(plane: NDArray[np.uint16]) -> bytes:
    """The coded picture, with its headers."""
    rows, columns = plane.shape
    counts = [LENGTHS.count(length) for length in range(1, 17)]
    return b"".join((
        b"\xff\xd8",
        b"\xff\xc3\x00\x0b", bytes([BITS]), rows.to_bytes(2), columns.to_bytes(2), b"\1\1\x11\0",
        b"\xff\xc4", (19 + len(LENGTHS)).to_bytes(2), b"\0", bytes(counts),
        bytes(range(len(LENGTHS))),
        b"\xff\xda\x00\x08\1\1\0\1\0\0",
        _packed(_differences(plane)).replace(b"\xff", b"\xff\0"),
        b"\xff\xd9",
    ))  # fmt: skip


def _differences(plane: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Each value less the one to its left, in the first column less the one above."""
    values = plane.astype(np.int64)
    expected = np.empty_like(values)
    expected[0, 0] = 1 << (BITS - 1)
    expected[1:, 0] = values[:-1, 0]
    expected[:, 1:] = values[:, :-1]
    size = 1 << BITS
    return ((values - expected).ravel() + size // 2 - 1) % size - size // 2 + 1


def _packed(differences: NDArray[np.int64]) -> bytes:
    """Class and offset of each difference, one after the other, filled up with ones."""
    kinds = np.frexp(np.abs(differences).astype(float))[1]
    codes, lengths = _codes(), np.array(LENGTHS)
    offsets = np.where(differences < 0, differences - 1, differences) & ((1 << kinds) - 1)
    more = np.where(kinds == BITS, 0, kinds)  # the last class has one member
    words = (codes[kinds] << more) | np.where(kinds == BITS, 0, offsets)
    whole = lengths[kinds] + more
    places = np.arange(LONGEST - 1, -1, -1)
    bits = (words[:, None] >> places) & 1
    kept = bits[places[None] < whole[:, None]].astype(np.uint8)
    return np.packbits(np.append(kept, np.ones(-len(kept) % 8, np.uint8))).tobytes()


def _codes() -> NDArray[np.int64]:
    """The codes of the classes: counted up, and longer by a zero where the length grows."""
    made, code, length = [], 0, LENGTHS[0]
    for longer in LENGTHS:
        code <<= longer - length
        length = longer
        made.append(code)
        code += 1
    return np.array(made)
