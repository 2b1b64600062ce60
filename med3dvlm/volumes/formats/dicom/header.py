"""From DICOM headers to the facts a volume needs: identifiers go no further than this file.

    frames = read_frames(path)      # a tuple of Frame, or why the file contains no image

Only the listed elements are read. UIDs leave this file as digests, free text not at all.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom.values import Vector, axes, measure, number, vector, word
from med3dvlm.volumes.preflight import BURNED_IN
from med3dvlm.volumes.series import short_key

PREFIX_AT, PREFIX = 128, b"DICM"
# How a bare data set begins: group length, character set, image type, class or instance.
GROUP_8 = b"\x08\x00"
FIRST_ELEMENTS = (b"\x00\x00", b"\x01\x00", b"\x05\x00", b"\x08\x00", b"\x12\x00", b"\x16\x00",
                  b"\x18\x00")  # fmt: skip
LONGEST_FIRST = 128
# What pydicom and its decoders raise on damaged files (found by fuzzing).
DICOM_ERRORS = (
    InvalidDicomError, BytesLengthException, struct.error, zlib.error, EOFError, OSError,
    AttributeError, LookupError, TypeError, ValueError, NotImplementedError, ArithmeticError,
    RuntimeError,
)  # fmt: skip
DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7."
DICOMDIR = "directory file (DICOMDIR)"
# Objects that belong to a study but are not scans.
NO_SCAN = {
    "SEG": "segmentation",
    "RTDOSE": "dose map",
    "PR": "presentation state",
    "KO": "key image list",
}
GREY, COLOURS = ("MONOCHROME1", "MONOCHROME2"), ("RGB", "YBR_")

INSTANCE_TAGS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "ImageType", "Rows",
    "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation",
    "BitsAllocated", "NumberOfFrames", "PixelPaddingValue", "BodyPartExamined", "Manufacturer",
    "KVP", "ConvolutionKernel", "ContrastBolusAgent", "LossyImageCompression",
    "ModalityLUTSequence", "MagneticFieldStrength", "GantryDetectorTilt", "BurnedInAnnotation",
)  # fmt: skip
# Keyword of a per-frame fact: the functional group that holds it in a multi-frame file.
FRAME_TAGS = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "RescaleType": "PixelValueTransformationSequence",
}
# What may distinguish frames at the same position, in the order in which it is tried.
MARKS = {
    "TemporalPositionIdentifier": ("time point", "FrameContentSequence"),
    "TemporalPositionIndex": ("time point", "FrameContentSequence"),
    "AcquisitionNumber": ("acquisition", "FrameContentSequence"),
    "FrameAcquisitionNumber": ("acquisition", "FrameContentSequence"),
    "EchoNumbers": ("echo", ""),
    "EchoTime": ("echo", ""),
    "EffectiveEchoTime": ("echo", "MREchoSequence"),
    "DiffusionBValue": ("b-value", "MRDiffusionSequence"),
    "NominalPercentageOfCardiacPhase": ("cardiac phase", "CardiacSynchronizationSequence"),
    "TriggerTime": ("cardiac phase", ""),
    "ImageType": ("image type", ""),
    "StackID": ("stack", "FrameContentSequence"),
    "AcquisitionTime": ("acquisition", ""),
}
GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
ALL_TAGS = sorted({*INSTANCE_TAGS, *FRAME_TAGS, *MARKS, *GROUPS, "InstanceNumber",
                   "ImagerPixelSpacing"})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """What the frames of one file have in common; `series` and `copy` are digests of UIDs.

    `whole` means that images can't be read one at a time from the file as it is.
    """

    path: Path
    series: str
    copy: str
    modality: str
    rows: int
    columns: int
    voxel_bytes: int
    photometric: str
    localizer: bool
    secondary: bool
    frames: int
    padding: float | None
    lookup: bool
    lossy: bool
    whole: bool
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One image and its position; `position` and `axes` (along rows, down columns) in LPS."""

    instance: Instance
    index: int
    number: int
    position: Vector | None
    axes: Vector | None
    spacing_mm: tuple[float, float] | None
    thickness_mm: float | None
    between_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    marks: tuple[str, ...]

    @property
    def normal(self) -> Vector:
        """Direction in which the slices of this orientation are counted."""
        assert self.axes is not None
        return np.cross(self.axes[0], self.axes[1])


def is_dicom(path: Path) -> bool:
    """True for a file with DICOM's prefix, or a bare data set that begins like one."""
    with path.open("rb") as file:
        head = file.read(PREFIX_AT + len(PREFIX))
    return head[PREFIX_AT:] == PREFIX or is_bare(head)


def is_bare(head: bytes) -> bool:
    """True for data without preamble and prefix, as old archives and networks store them."""
    element = head[:2] == GROUP_8 and head[2:4] in FIRST_ELEMENTS
    explicit = head[4:6] in (b"UL", b"CS", b"UI", b"DA", b"TM", b"SH")
    return element and (explicit or int.from_bytes(head[4:8], "little") <= LONGEST_FIRST)


def open_header(path: Path, **options: Any) -> Any:
    """pydicom's data set; for a bare one, `file_meta` is given the encoding."""
    with path.open("rb") as file:
        bare = is_bare(file.read(8))
    data = dcmread(path, force=bare, **options)
    if bare and "TransferSyntaxUID" not in data.file_meta:
        implicit = data.original_encoding[0]
        data.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    return data


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


def read_frames(path: Path) -> tuple[Frame, ...] | str:
    """The frames of a file, or in a few words what it contains instead of an image."""
    try:
        with dicom_errors(path.name, ""):
            header = open_header(path, stop_before_pixels=True, specific_tags=ALL_TAGS)
            return _no_picture(header) or _frames(path, header)
    except VolumeError:
        return "damaged file"


def _no_picture(header: Any) -> str:
    modality = str(header.get("Modality", ""))
    kind = str(header.file_meta.get("MediaStorageSOPClassUID", header.get("SOPClassUID", "")))
    if kind == DICOMDIR_CLASS:
        return DICOMDIR
    if modality in NO_SCAN:
        return NO_SCAN[modality]
    if not header.get("Rows") or not header.get("Columns"):
        return f"file without image ({word(modality) or 'unknown'})"
    colour = str(header.get("PhotometricInterpretation", GREY[1]))
    if not colour.startswith(GREY + COLOURS):
        return "palette colour image"
    films = int(header.get("NumberOfFrames") or 1) > 1
    return "multi-frame image without positions" if films and GROUPS[1] not in header else ""


def _frames(path: Path, header: Any) -> tuple[Frame, ...]:
    groups = header.get(GROUPS[1]) or [None]
    shared = (header.get(GROUPS[0]) or [None])[0]
    instance = _instance(path, header, len(groups))
    return tuple(_frame(instance, index, [own, shared, header]) for index, own in enumerate(groups))


def _instance(path: Path, header: Any, frames: int) -> Instance:
    syntax = header.file_meta.TransferSyntaxUID
    types = [str(part) for part in header.get("ImageType") or ()]
    kind = str(header.get("SOPClassUID", ""))
    samples = int(header.get("SamplesPerPixel") or 1)
    return Instance(
        path=path,
        series=short_key(str(header.get("SeriesInstanceUID", ""))),
        copy=short_key(str(header.get("SOPInstanceUID") or path)),
        modality=word(header.get("Modality")) or "unknown",
        rows=int(header.Rows),
        columns=int(header.Columns),
        voxel_bytes=samples * max(1, int(header.get("BitsAllocated") or 16) // 8),
        photometric=str(header.get("PhotometricInterpretation", GREY[1])),
        localizer="LOCALIZER" in types,
        secondary=f"{kind}.".startswith(SECONDARY_CAPTURE),
        frames=frames,
        padding=number(header.get("PixelPaddingValue")),
        lookup="ModalityLUTSequence" in header,
        lossy=str(header.get("LossyImageCompression", "")) == "01",
        whole=syntax.is_encapsulated or syntax.is_deflated or not header.preamble,
        details=_details(header),
    )


def _details(header: Any) -> tuple[tuple[str, str], ...]:
    """Facts for the metadata panel: only coded or technical ones."""
    kernel = header.get("ConvolutionKernel")
    facts = {
        "Body part": word(header.get("BodyPartExamined")),
        "Manufacturer": word(header.get("Manufacturer")),
        "Tube voltage": measure(header.get("KVP"), "kV"),
        "Field strength": measure(header.get("MagneticFieldStrength"), "T"),
        "Gantry tilt": measure(header.get("GantryDetectorTilt"), "degrees"),
        "Kernel": word(kernel if isinstance(kernel, str) or not kernel else kernel[0]),
        "Contrast agent": "given" if header.get("ContrastBolusAgent") else "",
        "Encoding": word(header.file_meta.TransferSyntaxUID.name),
        BURNED_IN: _burned_in(header),
    }
    return tuple((name, fact) for name, fact in facts.items() if fact)


def _burned_in(header: Any) -> str:
    """Screen captures usually show the patient's name, unless the header denies it."""
    stated = str(header.get("BurnedInAnnotation", ""))
    kind = str(header.get("SOPClassUID", ""))
    if stated == "YES":
        return "yes"
    return "possible" if f"{kind}.".startswith(SECONDARY_CAPTURE) and stated != "NO" else ""


def _frame(instance: Instance, index: int, sources: list[Any]) -> Frame:
    fact = {keyword: _look_up(sources, group, keyword) for keyword, group in FRAME_TAGS.items()}
    spacing = vector(fact["PixelSpacing"] or sources[-1].get("ImagerPixelSpacing"), 2)
    usable = spacing is not None and spacing.min() > 0
    return Frame(
        instance=instance,
        index=index,
        number=index + 1 if instance.frames > 1 else int(sources[-1].get("InstanceNumber") or 0),
        position=vector(fact["ImagePositionPatient"], 3),
        axes=axes(vector(fact["ImageOrientationPatient"], 6)),
        spacing_mm=(float(spacing[0]), float(spacing[1]))
        if usable and spacing is not None
        else None,
        thickness_mm=number(fact["SliceThickness"]),
        between_mm=number(fact["SpacingBetweenSlices"]),
        slope=number(fact["RescaleSlope"]),
        intercept=number(fact["RescaleIntercept"]),
        rescale_type=word(fact["RescaleType"]).upper(),
        marks=tuple(
            short_key(str(_look_up(sources, group, keyword)))
            for keyword, (_, group) in MARKS.items()
        ),
    )


def _look_up(sources: list[Any], group: str, keyword: str) -> Any:
    """An element from the frame's own group, the shared group, or the file's top level."""
    *groups, header = sources
    for source in groups:
        items = source.get(group) if source is not None and group else None
        if items and keyword in items[0]:
            return items[0].get(keyword)
    return header.get(keyword)
