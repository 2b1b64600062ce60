"""Label maps as other programs write them, with known truth."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from med3dvlm.volumes.volume import Volume

SEG_CLASS, STRUCTURES_CLASS = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.481.3"
Masks = Mapping[str, NDArray[np.bool_]]


def item(**elements: Any) -> Dataset:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, Items([value]) if isinstance(value, Dataset) else value)
    return made


def dataset(kind: str, modality: str, frame: str) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = item(
        SOPClassUID=kind, SOPInstanceUID=meta.MediaStorageSOPInstanceUID, Modality=modality,
        PatientName="HIDDEN^NAME",
    )  # fmt: skip
    if frame:
        data.FrameOfReferenceUID = frame
    data.file_meta = meta
    return data


def write_seg(
    path: Path, masks: Masks, volume: Volume, *, frame: str = "", kind: str = "BINARY",
    shift_mm: Sequence[float] = (0, 0, 0),
) -> Path:  # fmt: skip
    """Masks on the grid of a volume, of each segment those slices alone that hold some of it."""
    data = dataset(SEG_CLASS, "SEG", frame)
    data.SegmentationType = kind
    data.SegmentSequence = Items([
        item(SegmentNumber=n, SegmentLabel=name) for n, name in enumerate(masks, start=1)
    ])  # fmt: skip
    z_mm, y_mm, x_mm = volume.spacing_mm
    directions = (volume.affine[:3, :2] / (x_mm, y_mm)).T.ravel()
    data.SharedFunctionalGroupsSequence = Items([item(
        PlaneOrientationSequence=item(ImageOrientationPatient=[f"{d:.8g}" for d in directions]),
        PixelMeasuresSequence=item(PixelSpacing=[y_mm, x_mm], SliceThickness=z_mm),
    )])  # fmt: skip
    frames, planes = [], []
    for n, mask in enumerate(masks.values(), start=1):
        for z in np.flatnonzero(mask.any(axis=(1, 2))):
            place = np.add(volume.millimetres((float(z), 0, 0)), shift_mm)
            own = item(
                PlanePositionSequence=item(ImagePositionPatient=[f"{mm:.6f}" for mm in place])
            )
            own.SegmentIdentificationSequence = Items([item(ReferencedSegmentNumber=n)])
            frames.append(own)
            planes.append(mask[z] * np.uint8(n if kind == "LABELMAP" else 1))
    data.PerFrameFunctionalGroupsSequence = Items(frames)
    data.NumberOfFrames = len(frames)
    _, data.Rows, data.Columns = volume.shape
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = (
        1, "MONOCHROME2", 0,
    )  # fmt: skip
    bits = 1 if kind == "BINARY" else 8
    data.BitsAllocated, data.BitsStored, data.HighBit = bits, bits, bits - 1
    stored = np.array(planes)
    if kind == "BINARY":
        pixels = np.packbits(stored.ravel(), bitorder="little").tobytes()
    else:
        data.MaximumFractionalValue = 200
        pixels = (stored * (200 if kind == "FRACTIONAL" else 1)).astype(np.uint8).tobytes()
    data.PixelData = pixels + b"\0" * (len(pixels) % 2)
    data.save_as(path, enforce_file_format=True)
    return path


def square(volume: Volume, z: float, box: tuple[float, float, float, float]) -> list[float]:
    """LPS points of a contour around rows and columns, at the outer edges of their voxels."""
    top, bottom, left, right = box
    corners = [(top, left), (top, right), (bottom, right), (bottom, left)]
    return [mm for y, x in corners for mm in volume.millimetres((z, y, x))]


def write_structures(
    path: Path, structures: Mapping[str, Sequence[Sequence[float]]], *, frame: str = "",
    kind: str = "CLOSED_PLANAR",
) -> Path:  # fmt: skip
    """Contours, each a list of LPS coordinates, by the names of their structures."""
    data = dataset(STRUCTURES_CLASS, "RTSTRUCT", "")
    stated = {"ReferencedFrameOfReferenceUID": frame} if frame else {}
    data.StructureSetROISequence = Items([
        item(ROINumber=n, ROIName=name, **stated)
        for n, name in enumerate(structures, start=1)
    ])  # fmt: skip
    data.ROIContourSequence = Items([
        item(ReferencedROINumber=n, ContourSequence=Items([
            item(
                ContourGeometricType=kind, NumberOfContourPoints=len(points) // 3,
                ContourData=[f"{mm:.4f}" for mm in points],
            )
            for points in contours
        ]))
        for n, contours in enumerate(structures.values(), start=1)
    ])  # fmt: skip
    data.save_as(path, enforce_file_format=True)
    return path
