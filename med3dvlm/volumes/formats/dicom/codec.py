"""How pixels are compressed, and how large they are, judged by their own first bytes.

size = coded_size(path.read_bytes())    # rows and columns that a coded image states, or None
"""

import numpy as np
from pydicom.uid import (
    HTJ2K,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
    RLELossless,
)

ITEM = b"\xfe\xff\x00\xe0"
# JPEG 2000: start of codestream and its size segment; it may lie in a box of its own.
J2K_START, J2K_WITHIN = b"\xff\x4f\xff\x51", 256
J2K_CAPABILITIES = b"\xff\x50"
FAST_J2K = (HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)
PLAIN_J2K = tuple(uid for uid in JPEG2000TransferSyntaxes if uid not in FAST_J2K)
JPEG_START = b"\xff\xd8"
# Frame headers of JPEG (without the three tables among them) and JPEG-LS.
JPEG_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
JPEG_LS_FRAME = 0xF7
# Transfer syntaxes that a frame header may stand for, the usual first.
BY_FRAME: dict[int, tuple[UID, ...]] = {
    0xC0: (JPEGBaseline8Bit, JPEGExtended12Bit),
    0xC1: (JPEGExtended12Bit, JPEGBaseline8Bit),
    0xC3: (JPEGLossless, JPEGLosslessSV1),
    JPEG_LS_FRAME: tuple(JPEGLSTransferSyntaxes),
}
RLE_HEADER, RLE_SEGMENTS = 64, 15


def is_encapsulated(pixels: bytes) -> bool:
    """True where the pixels begin as an item of compressed fragments."""
    return pixels.startswith(ITEM)


def syntax_shown(pixels: bytes, stated: str) -> UID | None:
    """Transfer syntax of encapsulated pixels: the stated one where it fits; None if unknown.

    Args:
        pixels: their first bytes, from the first item on.
        stated: what the file says.
    """
    table = int.from_bytes(pixels[4:8], "little")
    candidates = _candidates(pixels[8 + table + 8 :])
    return next((one for one in candidates if one == stated), next(iter(candidates), None))


def coded_size(data: bytes) -> tuple[int, int] | None:
    """Rows and columns that a JPEG, JPEG-LS or JPEG 2000 image states; None for others."""
    start = data[:J2K_WITHIN].find(J2K_START)
    if start >= 0:
        right, bottom, left, top = np.frombuffer(data, ">u4", 4, start + 8).astype(int)
        return int(bottom - top), int(right - left)
    at = _frame_header(data)
    if at is None:
        return None
    return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])


def _candidates(frame: bytes) -> tuple[UID, ...]:
    """Transfer syntaxes that a coded image can be of."""
    start = frame[:J2K_WITHIN].find(J2K_START)
    if start >= 0:
        after = start + 4 + int.from_bytes(frame[start + 4 : start + 6])
        fast = frame[after : after + 2] == J2K_CAPABILITIES
        return FAST_J2K if fast else PLAIN_J2K
    at = _frame_header(frame)
    if at is not None:
        return BY_FRAME.get(frame[at + 1], ())
    segments = int.from_bytes(frame[:4], "little")
    first = int.from_bytes(frame[4:8], "little")
    run_length = 1 <= segments <= RLE_SEGMENTS and first == RLE_HEADER
    return (RLELossless,) if run_length else ()


def _frame_header(data: bytes) -> int | None:
    """Where the frame header of a JPEG or JPEG-LS image begins; None if there is none."""
    at = data[:J2K_WITHIN].find(JPEG_START) + len(JPEG_START)
    if at < len(JPEG_START):
        return None
    while at + 9 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0xFF:
            at += 1
        elif marker in JPEG_FRAMES:
            return at
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None
