"""A DICOM series as one multi-frame file.

path = enhanced(paths, folder / "enhanced.dcm")
"""

import random
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

MOVED_INTO_GROUPS = (
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
    "RescaleSlope", "RescaleIntercept", "RescaleType", "AcquisitionNumber",
)  # fmt: skip


def enhanced(paths: list[Path], target: Path, *, edit=None) -> Path:
    """All slices in one file, shuffled, with functional groups."""
    slices = [dcmread(path) for path in paths]
    order = list(range(len(slices)))
    random.Random(5).shuffle(order)
    data = slices[0]
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    data.NumberOfFrames = len(slices)
    data.PerFrameFunctionalGroupsSequence = Sequence()
    for number in order:
        group, place, content = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = slices[number].ImagePositionPatient
        content.FrameAcquisitionNumber = 1
        group.PlanePositionSequence, group.FrameContentSequence = [place], [content]
        data.PerFrameFunctionalGroupsSequence.append(group)
    shared, plane, measures, values = Dataset(), Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = data.ImageOrientationPatient
    measures.PixelSpacing, measures.SliceThickness = data.PixelSpacing, data.SliceThickness
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 1, 0, "HU"
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [plane], [measures]
    shared.PixelValueTransformationSequence = [values]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PixelData = b"".join(slices[number].PixelData for number in order)
    for keyword in MOVED_INTO_GROUPS:
        delattr(data, keyword)
    if edit is not None:
        edit(data)
    data.save_as(target)
    return target
