"""What may distinguish images at one position: time, echo, diffusion, kernel and the like.

    start = seconds_of(frames[0].marks)     # of the acquisition, or None

Values leave this file as digests and as plain numbers, because free text may hold a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from pydicom.tag import BaseTag, Tag

from med3dvlm.volumes.formats.dicom.elements import NUMBER_ERRORS, element
from med3dvlm.volumes.series import short_key

CONTENT = "FrameContentSequence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One fact that may differ between images at one position.

    Attributes:
        name: for the chooser.
        keyword: DICOM's name of the element.
        groups: sequences, one inside the other, that hold it in a multi-frame file.
        unit: of its number; a fact without one is shown only by its rank.
        private: tags of manufacturers for the same fact, by the start of the manufacturer's name.
    """

    name: str
    keyword: str
    groups: tuple[str, ...] = ()
    unit: str = ""
    private: tuple[tuple[str, tuple[int, ...]], ...] = ()


class Value(NamedTuple):
    """A mark of one image: a digest that is equal for equal facts, and the number if it is one."""

    digest: str
    amount: float | None


UNSTATED = Value(digest="", amount=None)
B_VALUE = "b-value"
# In the order in which they are tried; times come last because each slice may have its own.
MARKS = (
    Mark(name="time point", keyword="TemporalPositionIdentifier", groups=(CONTENT,)),
    Mark(name="time point", keyword="TemporalPositionIndex", groups=(CONTENT,)),
    Mark(
        name=B_VALUE, keyword="DiffusionBValue", groups=("MRDiffusionSequence",), unit="s/mm2",
        private=(("GE", (0x00431039,)), ("SIEMENS", (0x0019100C,)), ("PHILIPS", (0x20011003,))),
    ),
    Mark(
        name="gradient direction", keyword="DiffusionGradientOrientation",
        groups=("MRDiffusionSequence", "DiffusionGradientDirectionSequence"),
        private=(
            ("GE", (0x001910BB, 0x001910BC, 0x001910BD)),
            ("SIEMENS", (0x0019100E,)),
            ("PHILIPS", (0x200510B0, 0x200510B1, 0x200510B2)),
        ),
    ),
    Mark(name="acquisition", keyword="AcquisitionNumber", groups=(CONTENT,)),
    Mark(name="acquisition", keyword="FrameAcquisitionNumber", groups=(CONTENT,)),
    Mark(name="echo", keyword="EchoNumbers"),
    Mark(name="echo", keyword="EchoTime", unit="ms"),
    Mark(name="echo", keyword="EffectiveEchoTime", groups=("MREchoSequence",), unit="ms"),
    Mark(name="inversion", keyword="InversionTime", unit="ms"),
    Mark(name="flip angle", keyword="FlipAngle", unit="degrees"),
    Mark(
        name="cardiac phase", keyword="NominalPercentageOfCardiacPhase",
        groups=("CardiacSynchronizationSequence",), unit="%",
    ),
    Mark(name="cardiac phase", keyword="TriggerTime", unit="ms"),
    Mark(name="image type", keyword="ImageType"),
    Mark(name="image part", keyword="ComplexImageComponent"),
    Mark(name="stack", keyword="StackID", groups=(CONTENT,)),
    Mark(name="kernel", keyword="ConvolutionKernel", groups=("CTReconstructionSequence",)),
    Mark(name="tube voltage", keyword="KVP", groups=("CTXRayDetailsSequence",), unit="kV"),
    Mark(name="slice thickness", keyword="SliceThickness", groups=("PixelMeasuresSequence",),
         unit="mm"),
    Mark(name="scaling", keyword="RescaleSlope", groups=("PixelValueTransformationSequence",)),
    Mark(name="scaling", keyword="RescaleIntercept", groups=("PixelValueTransformationSequence",)),
    Mark(name="series", keyword="SeriesNumber"),
    Mark(name="acquisition", keyword="AcquisitionTime"),
    Mark(name="acquisition", keyword="AcquisitionDateTime"),
    Mark(name="acquisition", keyword="FrameAcquisitionDateTime", groups=(CONTENT,)),
    Mark(name="acquisition", keyword="ContentTime"),
)  # fmt: skip
PLACES = {mark.keyword: place for place, mark in enumerate(MARKS)}
CLOCKS = ("AcquisitionDateTime", "FrameAcquisitionDateTime", "AcquisitionTime", "ContentTime")
# GE writes the b-value plus a large constant in some versions.
GE_B_VALUE_BELOW = 100_000
TAGS: tuple[BaseTag, ...] = tuple(
    {
        *(Tag(mark.keyword) for mark in MARKS),
        *(Tag(tag) for mark in MARKS for _, tags in mark.private for tag in tags),
    }
)


def marks_of(sources: Sequence[Any], manufacturer: str, remarks: set[str]) -> tuple[Value, ...]:
    """The marks of a frame.

    Args:
        sources: its own functional groups, the shared ones (each may be None), the header.
        manufacturer: as in the header; tells which private elements mean what.
        remarks: gets a sentence for the user where a value was repaired.
    """
    found = (_stated(sources, mark, remarks) for mark in MARKS)
    return tuple(
        _value(stated if stated is not None else _private(sources[-1], mark, manufacturer))
        for mark, stated in zip(MARKS, found, strict=True)
    )


def amount_of(values: Sequence[Value], keyword: str) -> float | None:
    """The number of a mark, by DICOM's name of its element; None if it has none."""
    return values[PLACES[keyword]].amount


def seconds_of(values: Sequence[Value]) -> float | None:
    """Time of acquisition in seconds since midnight; None if not stated."""
    stamps = (amount_of(values, keyword) for keyword in CLOCKS)
    return next((_clock(stamp) for stamp in stamps if stamp is not None), None)


def _clock(stamp: float) -> float:
    """Seconds since midnight of a stamp `[yyyymmdd]hhmmss.fraction`."""
    hours, rest = divmod(stamp % 1_000_000, 10_000)
    minutes, seconds = divmod(rest, 100)
    return hours * 3_600 + minutes * 60 + seconds


def _stated(sources: Sequence[Any], mark: Mark, remarks: set[str]) -> Any:
    *groups, header = sources
    for source in groups:
        for group in mark.groups:
            items = source.get(group) if source is not None else None
            source = items[0] if items else None
        if source is not None and mark.groups and mark.keyword in source:
            return element(source, mark.keyword, remarks)
    return element(header, mark.keyword, remarks)


def _private(header: Any, mark: Mark, manufacturer: str) -> Any:
    for maker, tags in mark.private:
        if not manufacturer.upper().startswith(maker):
            continue
        numbers = [n for tag in tags if tag in header for n in _numbers(header.get_item(tag))]
        if mark.name == B_VALUE and numbers:
            return numbers[0] % GE_B_VALUE_BELOW
        return tuple(numbers) or None
    return None


def _numbers(item: Any) -> list[float]:
    """Numbers of a private element, whose type many files don't declare."""
    raw = item.value
    try:
        if not isinstance(raw, bytes):
            return [float(part) for part in np.atleast_1d(raw)]
        text = raw.strip(b"\0 ")
        if text and not text.strip(b"0123456789.+-eE\\ "):
            return [float(part) for part in text.split(b"\\")]
        return [float(part) for part in np.frombuffer(raw, "<f4" if len(raw) == 4 else "<f8")]
    except NUMBER_ERRORS:
        return []


def _value(stated: Any) -> Value:
    if stated is None or stated == "":
        return UNSTATED
    try:
        amount = float(str(stated).split("+")[0])
    except (TypeError, ValueError):
        amount = None
    return Value(digest=short_key(str(stated)), amount=amount)
