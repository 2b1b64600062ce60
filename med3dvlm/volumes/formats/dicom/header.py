"""From DICOM headers to the facts a volume needs: identifiers go no further than this file.

    frames = read_frames(path)      # a tuple of Frame, or why the file contains no image

Only the listed elements are read. UIDs leave this file as digests, free text not at all.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydicom.tag import Tag

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.formats.dicom import marks
from med3dvlm.volumes.formats.dicom.defaults import complete
from med3dvlm.volumes.formats.dicom.elements import UnreadableError, dicom_errors, element
from med3dvlm.volumes.formats.dicom.encoding import Encoding, UnknownSyntaxError, read_data
from med3dvlm.volumes.formats.dicom.frame import GREY, Frame, Instance
from med3dvlm.volumes.formats.dicom.mosaic import TAGS as MOSAIC_TAGS
from med3dvlm.volumes.formats.dicom.mosaic import Mosaic, is_mosaic, mosaic_of, positions
from med3dvlm.volumes.formats.dicom.raised import RAISED_REMARK, is_raised
from med3dvlm.volumes.formats.dicom.values import Vector, axes, measure, number, vector, word
from med3dvlm.volumes.preflight import BURNED_IN
from med3dvlm.volumes.series import short_key

DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
# CT Image Storage, enhanced, and enhanced as converted from single slices.
CT_CLASSES = tuple(f"1.2.840.10008.5.1.4.1.1.2{ending}" for ending in ("", ".1", ".2"))
# Stated modalities that say nothing.
UNSPECIFIC = ("", "OT")
CT_REMARK = (
    "The file doesn't say which modality it is, but it is stored as a CT image and was taken for "
    "one."
)
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7."
DICOMDIR, DAMAGED = "directory file (DICOMDIR)", "damaged file"
# Objects that belong to a study but are not scans.
NO_SCAN = {
    "SEG": "segmentation",
    "RTSTRUCT": "contours of structures",
    "RTDOSE": "dose map",
    "PR": "presentation state",
    "KO": "key image list",
}
COLOURS = ("RGB", "YBR_")
# Files of many frames without a place for each, by modality.
FILM = "multi-frame image without positions"
FILMS = {
    "NM": "nuclear medicine (SPECT) file, whose frames have positions of a kind that isn't read",
    **dict.fromkeys(("US", "XA", "RF", "ES"), "film, whose frames have no positions"),
}

INSTANCE_TAGS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "ImageType", "Rows",
    "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation",
    "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "NumberOfFrames",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "InstanceNumber", "ImagerPixelSpacing",
    "BodyPartExamined", "Manufacturer", "KVP", "ConvolutionKernel", "ContrastBolusAgent",
    "LossyImageCompression", "ModalityLUTSequence", "MagneticFieldStrength", "GantryDetectorTilt",
    "BurnedInAnnotation", "FrameOfReferenceUID",
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
GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
ALL_TAGS = sorted({
    *(Tag(keyword) for keyword in (*INSTANCE_TAGS, *FRAME_TAGS, *GROUPS)),
    *marks.TAGS,
    *(Tag(tag) for tag in MOSAIC_TAGS),
})  # fmt: skip
# For files that hold no image of the series.
ADD_FILES = (
    "Add the files (or the whole folder) of the image series. Label maps are added under Labels, "
    "once their scan is open."
)
EXPORT_PLAIN = (
    "Export the series again with a standard transfer syntax, such as Explicit VR Little Endian."
)
EXPORT_AGAIN = "Export the series again, or correct this element."
EXPORT_SLICES = "Export single slices, or convert the series to NIfTI, for example with dcm2niix."
EXPORT_GREY = "Export the series in grey levels."
MOSAIC_REMARK = "The slices of a Siemens mosaic were unpacked from one large picture."


class Skipped(NamedTuple):
    """Why a file gives no frames, in a few words, and what the user can do.

    `beside` is for objects that usually lie beside scans.
    """

    reason: str
    remedy: str = ADD_FILES
    beside: bool = False


def read_frames(path: Path) -> tuple[Frame, ...] | Skipped:
    """The frames of a file, or in a few words what it contains instead of an image."""
    try:
        with dicom_errors(path.name, ""):
            header, encoding = read_data(path, ALL_TAGS)
            return _no_picture(header) or _frames(path, header, encoding)
    except UnknownSyntaxError as error:
        return Skipped(f"image in an unknown transfer syntax ({error})", EXPORT_PLAIN)
    except UnreadableError as error:
        return Skipped(f"image whose {error} is missing or can't be read", EXPORT_AGAIN)
    except VolumeError:
        return Skipped(DAMAGED)


def _no_picture(header: Any) -> Skipped | None:
    """Why there is no image, or none that can be shown."""
    modality, kind = _stated_modality(header), _class(header)
    if DICOMDIR_CLASS in (kind, header.file_meta.get("MediaStorageSOPClassUID")):
        return Skipped(DICOMDIR, beside=True)
    if modality in NO_SCAN:
        return Skipped(NO_SCAN[modality], beside=True)
    if not header.get("Rows") or not header.get("Columns"):
        if kind in CT_CLASSES and modality in ("CT", *UNSPECIFIC):
            return Skipped("CT file whose picture is missing", "Copy or export the file again.")
        said = f"file without image ({modality or 'unknown'})" if kind or modality else DAMAGED
        return Skipped(said, beside=True)
    return _unshown(header)


def _class(header: Any) -> str:
    """UID of the kind of object; some files state it only in their file meta."""
    return str(header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID", ""))


def _stated_modality(header: Any) -> str:
    return word(header.get("Modality")).upper()


def _is_unstated_ct(header: Any) -> bool:
    return _stated_modality(header) in UNSPECIFIC and _class(header) in CT_CLASSES


def _unshown(header: Any) -> Skipped | None:
    colour = str(header.get("PhotometricInterpretation") or GREY[1])
    if not colour.startswith(GREY + COLOURS):
        return Skipped("palette colour image", EXPORT_GREY)
    if is_mosaic(header) and mosaic_of(header) is None:
        return Skipped("Siemens mosaic that doesn't say how many slices it holds", EXPORT_SLICES)
    films = int(header.get("NumberOfFrames") or 1) > 1
    if films and GROUPS[1] not in header:
        return Skipped(FILMS.get(_stated_modality(header), FILM), EXPORT_SLICES)
    return None


def _frames(path: Path, header: Any, encoding: Encoding) -> tuple[Frame, ...]:
    assumed = complete(header, 0 if encoding.syntax.is_encapsulated else encoding.length)
    raised = is_raised(header)
    remarks = {encoding.remark, *assumed, RAISED_REMARK * raised} - {""}
    groups = header.get(GROUPS[1]) or [None]
    shared = (header.get(GROUPS[0]) or [None])[0]
    facts = [_facts([own, shared, header], remarks) for own in groups]
    if _is_unstated_ct(header):
        remarks.add(CT_REMARK)
    details = _details(header, remarks)
    mosaic = mosaic_of(header) if is_mosaic(header) else None
    if mosaic:
        remarks.add(MOSAIC_REMARK)
    layout = {
        "frames": len(groups),
        "tiles": mosaic.across if mosaic else 1,
        "whole": _is_packed(header) or bool(assumed) or raised or not encoding.stated,
        "packed": encoding.syntax.is_encapsulated,
    }
    instance = _instance(path, header, details, tuple(sorted(remarks)), **layout)
    many = len(groups) > 1
    frames = tuple(
        Frame(instance=instance, index=index, **fact | ({"number": index + 1} if many else {}))
        for index, fact in enumerate(facts)
    )
    return _tiles(frames[0], mosaic) if mosaic else frames


def _tiles(frame: Frame, mosaic: Mosaic) -> tuple[Frame, ...]:
    """The slices of a mosaic, each at its place if the file says where the picture lies."""
    distance = frame.between_mm or frame.thickness_mm
    places: Sequence[Vector | None] = [None] * mosaic.count
    if frame.position is not None and frame.axes is not None and frame.spacing_mm and distance:
        size = (frame.instance.rows, frame.instance.columns)
        spacing = np.array([*frame.spacing_mm, distance])
        places = list(positions(mosaic, frame.position, frame.axes, size, spacing))
    return tuple(replace(frame, index=n, position=place) for n, place in enumerate(places))


def _is_packed(header: Any) -> bool:
    syntax = header.file_meta.TransferSyntaxUID
    return bool(syntax.is_encapsulated or syntax.is_deflated)


def _instance(
    path: Path,
    header: Any,
    details: tuple[tuple[str, str], ...],
    remarks: tuple[str, ...],
    **layout: Any,
) -> Instance:
    types = [str(part) for part in header.get("ImageType") or ()]
    tiles = layout["tiles"]
    return Instance(
        path=path,
        series=short_key(str(header.get("SeriesInstanceUID", ""))),
        copy=short_key(str(header.get("SOPInstanceUID") or path)),
        frame=short_key(str(uid)) if (uid := header.get("FrameOfReferenceUID")) else "",
        modality="CT" if _is_unstated_ct(header) else _stated_modality(header) or "unknown",
        rows=int(header.Rows) // tiles,
        columns=int(header.Columns) // tiles,
        voxel_bytes=header.SamplesPerPixel * max(1, header.BitsAllocated // 8),
        bits=header.BitsStored,
        photometric=str(header.PhotometricInterpretation),
        localizer="LOCALIZER" in types,
        secondary=_is_capture(header),
        padding=_padding(header),
        lookup="ModalityLUTSequence" in header,
        lossy=str(header.get("LossyImageCompression", "")) == "01",
        details=details,
        remarks=remarks,
        **layout,
    )


def _padding(header: Any) -> tuple[float, float] | None:
    """First and last of the stored numbers that mean padding."""
    first = number(header.get("PixelPaddingValue"))
    last = number(header.get("PixelPaddingRangeLimit"))
    return None if first is None else (first, first if last is None else last)


def _details(header: Any, remarks: set[str]) -> tuple[tuple[str, str], ...]:
    """Facts for the metadata panel: only coded or technical ones."""
    kernel = header.get("ConvolutionKernel")
    facts = {
        "Body part": word(header.get("BodyPartExamined")),
        "Manufacturer": word(header.get("Manufacturer")),
        "Tube voltage": measure(element(header, "KVP", remarks), "kV"),
        "Field strength": measure(element(header, "MagneticFieldStrength", remarks), "T"),
        "Gantry tilt": measure(element(header, "GantryDetectorTilt", remarks), "degrees"),
        "Kernel": word(kernel if isinstance(kernel, str) or not kernel else kernel[0]),
        "Contrast agent": "given" if header.get("ContrastBolusAgent") else "",
        "Encoding": word(header.file_meta.TransferSyntaxUID.name),
        BURNED_IN: _burned_in(header),
    }
    return tuple((name, fact) for name, fact in facts.items() if fact)


def _burned_in(header: Any) -> str:
    """Screen captures usually show the patient's name, unless the header denies it."""
    stated = str(header.get("BurnedInAnnotation", ""))
    if stated == "YES":
        return "yes"
    return "possible" if _is_capture(header) and stated != "NO" else ""


def _is_capture(header: Any) -> bool:
    return f"{_class(header)}.".startswith(SECONDARY_CAPTURE)


def _facts(sources: list[Any], remarks: set[str]) -> dict[str, Any]:
    """The fields of a frame, but for its file and place in it."""
    header = sources[-1]
    fact = {
        keyword: _look_up(sources, group, keyword, remarks) for keyword, group in FRAME_TAGS.items()
    }
    spacing = vector(fact["PixelSpacing"] or element(header, "ImagerPixelSpacing", remarks), 2)
    usable = spacing is not None and spacing.min() > 0
    thickness = number(fact["SliceThickness"]) or 0.0
    return {
        "number": int(element(header, "InstanceNumber", remarks) or 0),
        "position": vector(fact["ImagePositionPatient"], 3),
        "axes": axes(vector(fact["ImageOrientationPatient"], 6)),
        "spacing_mm": tuple(map(float, spacing)) if usable and spacing is not None else None,
        "thickness_mm": thickness if thickness > 0 else None,
        "between_mm": number(fact["SpacingBetweenSlices"]),
        "slope": number(fact["RescaleSlope"]) or None,  # zero would leave nothing of the picture
        "intercept": number(fact["RescaleIntercept"]),
        "rescale_type": word(fact["RescaleType"]).upper(),
        "marks": marks.marks_of(sources, str(header.get("Manufacturer", "")), remarks),
    }


def _look_up(sources: list[Any], group: str, keyword: str, remarks: set[str]) -> Any:
    """An element from the frame's own group, the shared group, or the file's top level."""
    *groups, header = sources
    for source in groups:
        items = source.get(group) if source is not None else None
        if items and keyword in items[0]:
            return element(items[0], keyword, remarks)
    return element(header, keyword, remarks)
