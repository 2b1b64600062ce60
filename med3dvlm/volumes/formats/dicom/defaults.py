"""Attributes of the pixels that a file should state and doesn't: their usual values, with a remark.

Other readers assume the same values; a file that lacks one is not damaged.
"""

from typing import Any

from med3dvlm.volumes.formats.dicom.elements import UnreadableError

WHOLE_BYTES = (1, 2, 4)
# Intercepts of CTs with numbers without a sign are about -1000 HU; others are about zero.
HIGHEST_OF_UNSIGNED = -500


def complete(data: Any, length: int) -> tuple[str, ...]:
    """Give missing attributes of the pixels their usual values, as other readers do.

    Args:
        data: a pydicom data set of an image; its missing attributes are set.
        length: bytes of its pixels if they aren't compressed, else 0.

    Returns:
        A remark for the user, if anything was missing.

    Raises:
        UnreadableError: an attribute is missing that can't be assumed.
    """
    assumed: dict[str, str | int] = {}

    def assume(keyword: str, value: str | int) -> None:
        if data.get(keyword) in (None, ""):
            setattr(data, keyword, value)
            assumed[keyword] = value

    assume("SamplesPerPixel", 1)
    assume("PhotometricInterpretation", "MONOCHROME2" if data.SamplesPerPixel == 1 else "RGB")
    if data.get("BitsAllocated") in (None, ""):
        assume("BitsAllocated", _bits(data, length))
    high = data.get("HighBit")
    assume("BitsStored", data.BitsAllocated if high in (None, "") else int(high) + 1)
    assume("PixelRepresentation", int(_is_signed(data)))
    if data.SamplesPerPixel > 1:
        assume("PlanarConfiguration", 0)
    if not assumed:
        return ()
    listed = ", ".join(f"{keyword} (assumed: {value})" for keyword, value in assumed.items())
    return (f"The file lacks {listed}.",)


def _is_signed(data: Any) -> bool:
    """A CT stores air as a number below zero, unless its intercept makes it one."""
    intercept = data.get("RescaleIntercept")
    stated = data.get("Modality") == "CT" and intercept not in (None, "")
    return stated and float(intercept) > HIGHEST_OF_UNSIGNED


def _bits(data: Any, length: int) -> int:
    """Bits of a stored number, from the length of the pixels."""
    count = int(data.Rows) * int(data.Columns) * int(data.SamplesPerPixel)
    each = length // (count * int(data.get("NumberOfFrames") or 1))
    if each not in WHOLE_BYTES:
        raise UnreadableError("BitsAllocated")
    return 8 * each
