"""Deflated data sets, unpacked in parts: a file may hold much more than its size.

with path.open("rb") as file:
    size = sum(len(part) for part in inflated(file))
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

PACKED_BYTES, PART_BYTES = 1 << 16, 1 << 18


def inflated(file: BinaryIO) -> Iterator[bytes]:
    """What the rest of a file unpacks to.

    Raises:
        zlib.error: it is damaged or truncated.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = file.read(PACKED_BYTES)
    while packed and not inflater.eof:  # a byte may follow, which makes the length even
        yield inflater.decompress(packed, PART_BYTES)
        packed = inflater.unconsumed_tail or file.read(PACKED_BYTES)
    yield inflater.flush()
    if not inflater.eof:
        raise zlib.error("truncated")
