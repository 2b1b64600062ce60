"""Phantoms as DICOM: a CT series that any workstation opens, without a patient's name.

save_dicom_series(volume, Path("phantom"))      # phantom/IM0001.dcm, ...
"""

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import DSfloat

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.volume import Volume

PHANTOM = "PHANTOM"


def save_dicom_series(volume: Volume, folder: Path) -> list[Path]:
    """Write a volume in HU as CT Image Storage, one file per slice, from the feet to the head.

    The same volume gives the same files: UIDs come from its digest.

    Args:
        volume: integers in HU, orientation known.
        folder: created if it doesn't exist.

    Returns:
        The files, in slice order.

    Raises:
        VolumeError: the volume can't be stored as a CT without changing its values.
    """
    if volume.unit != "HU" or not volume.orientation_known or volume.voxels.dtype == np.float32:
        raise VolumeError(
            "Only volumes with integer HU values and a known orientation can be saved as DICOM."
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for z in range(volume.shape[0]):
        paths.append(folder / f"IM{z + 1:04d}.dcm")
        _slice(volume, z).save_as(paths[-1], enforce_file_format=True)
    return paths


def _slice(volume: Volume, z: int) -> Dataset:
    uid = generate_uid(entropy_srcs=[volume.digest, str(z)])
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, uid
    data.StudyInstanceUID = generate_uid(entropy_srcs=[volume.digest, "study"])
    data.SeriesInstanceUID = generate_uid(entropy_srcs=[volume.digest, "series"])
    data.FrameOfReferenceUID = generate_uid(entropy_srcs=[volume.digest, "place"])
    data.PatientName = data.PatientID = data.SeriesDescription = PHANTOM
    data.PatientBirthDate = data.PatientSex = data.StudyDate = data.StudyTime = ""
    data.AccessionNumber = data.ReferringPhysicianName = data.StudyID = ""
    data.Manufacturer, data.Modality = "Med3DVLM", "CT"
    data.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    data.SeriesNumber, data.AcquisitionNumber, data.InstanceNumber = 1, 1, z + 1
    data.PositionReferenceIndicator, data.KVP = "", None
    _place(data, volume, z)
    _pixels(data, volume, z)
    return data


def _place(data: Dataset, volume: Volume, z: int) -> None:
    slice_mm, row_mm, column_mm = volume.spacing_mm
    x, y = volume.affine[:3, 0] / column_mm, volume.affine[:3, 1] / row_mm
    data.ImagePositionPatient = _numbers(volume.millimetres((z, 0, 0)))
    data.ImageOrientationPatient = _numbers([*x, *y])
    data.PixelSpacing = _numbers([row_mm, column_mm])
    data.SliceThickness = _numbers([slice_mm])[0]
    data.SpacingBetweenSlices = _numbers([slice_mm])[0]


def _pixels(data: Dataset, volume: Volume, z: int) -> None:
    _, data.Rows, data.Columns = volume.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
    data.PixelRepresentation = 1
    data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, 0, "HU"
    data.WindowCenter, data.WindowWidth = 40, 400
    data.PixelData = volume.voxels[z].astype("<i2").tobytes()


def _numbers(values: Any) -> list[DSfloat]:
    """Decimal strings of at most 16 characters."""
    return [DSfloat(float(value), auto_format=True) for value in values]
