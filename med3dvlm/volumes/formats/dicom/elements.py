"""Single elements of a DICOM file, with what had to be repaired to read them.

Headers hold numbers that aren't numbers: a decimal comma, a unit. A comma is read as a point. Where
a number can't be read, the refusal names the element, because the file isn't damaged.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException, InvalidDicomError

from med3dvlm.errors import VolumeError

# What pydicom and its decoders raise on damaged files (found by fuzzing).
DICOM_ERRORS = (
    InvalidDicomError, BytesLengthException, struct.error, zlib.error, EOFError, OSError,
    AttributeError, LookupError, TypeError, ValueError, NotImplementedError, ArithmeticError,
    RuntimeError,
)  # fmt: skip
NUMBERS = ("DS", "IS")
NUMBER_ERRORS = (ValueError, TypeError, OverflowError)
# Without these a volume would have the wrong size, place or values.
NEEDED = frozenset({
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope",
    "RescaleIntercept", "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored",
    "PixelRepresentation", "NumberOfFrames",
})  # fmt: skip
COMMA_REMARK = "Numbers with a decimal comma were read as if they had a point."


class UnreadableError(Exception):
    """An element that is needed can't be read; the text is its keyword."""


@contextmanager
def dicom_errors(name: str, remedy: str) -> Iterator[None]:
    """Turn damage into a `VolumeError`; suppress warnings, which may quote identifiers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except DICOM_ERRORS:
            # Not chained: pydicom's message may quote an element's value.
            raise VolumeError(f"{name}: the DICOM data can't be read. {remedy}") from None


def element(source: Any, keyword: str, remarks: set[str]) -> Any:
    """The value of an element, or None if it is missing or holds no number where it should.

    Args:
        source: a pydicom data set.
        keyword: DICOM's name for the element.
        remarks: gets a sentence for the user where the value was repaired.

    Raises:
        UnreadableError: an element that is needed can't be read.
    """
    if keyword not in source:
        return None
    raw = source.get_item(keyword)
    if isinstance(raw, RawDataElement) and _has_comma(raw, keyword):
        source[raw.tag] = raw._replace(value=raw.value.replace(b",", b"."))
        remarks.add(COMMA_REMARK)
    try:
        value = source.get(keyword)
        if dictionary_VR(keyword) in NUMBERS and value not in (None, ""):
            np.asarray(value, dtype=np.float64)
        return value
    except NUMBER_ERRORS:
        if keyword in NEEDED:
            raise UnreadableError(keyword) from None
        remarks.add(f"{keyword} in the header can't be read and was ignored.")
        return None


def _has_comma(raw: RawDataElement, keyword: str) -> bool:
    return b"," in (raw.value or b"") and dictionary_VR(keyword) == "DS"
