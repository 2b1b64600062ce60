"""Values in the upper bits of each stored number, as some old scanners write them.

if is_raised(data):
    lower(data)
"""

from typing import Any

import numpy as np

RAISED_REMARK = (
    "The header says that the values lie in the upper bits of each stored number (HighBit); where "
    "they do, they were moved down."
)


def is_raised(data: Any) -> bool:
    """Whether the header of an image that isn't compressed says so."""
    high, packed = data.get("HighBit"), data.file_meta.TransferSyntaxUID.is_encapsulated
    stated = high not in (None, "") and data.BitsAllocated == 16 and not packed
    return bool(stated and data.BitsStored <= int(high) < data.BitsAllocated)


def lower(data: Any) -> None:
    """Move the values down, in place, unless something lies below them: then the header is wrong.

    Readers look for values in the lower bits.
    """
    order = "<" if data.file_meta.TransferSyntaxUID.is_little_endian else ">"
    spare = int(data.HighBit) + 1 - int(data.BitsStored)
    values = np.frombuffer(data.PixelData, f"{order}u2")
    if not (values & ((1 << spare) - 1)).any():
        data["PixelData"].value = (values >> spare).astype(values.dtype).tobytes()
