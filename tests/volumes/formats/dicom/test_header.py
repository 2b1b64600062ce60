"""Identifiers stop in the reader: nothing of a patient reaches a volume, a list or a message."""

import logging
import warnings

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import list_series, open_volume

SECRETS = {
    "PatientName": "Secret^Person", "PatientID": "SECRET-1", "PatientBirthDate": "19500101",
    "StudyDate": "20200202", "StudyTime": "121314", "AcquisitionDate": "20200203",
    "AcquisitionTime": "101112", "InstitutionName": "Secret Hospital", "StudyID": "SECRET-5",
    "ReferringPhysicianName": "Secret^Doctor", "OperatorsName": "Secret^Operator",
    "StudyDescription": "Secret study", "SeriesDescription": "Secret Person series",
    "ProtocolName": "Secret protocol", "DeviceSerialNumber": "SECRET-3", "StationName": "SECRET-4",
    "PatientComments": "Secret comment", "ImageComments": "Secret image",
    "StudyInstanceUID": "1.2.333.1", "SeriesInstanceUID": "1.2.333.2",
    "FrameOfReferenceUID": "1.2.333.3", "AccessionNumber": "SECRET-2",
    "PatientAge": "070Y", "ContrastBolusAgent": "Secret agent",
}  # fmt: skip
TRACES = ("secret", "1950", "2020", "1011", "1213", "1.2.333", "070")


def identified(data: Dataset, number: int) -> None:
    for keyword, value in SECRETS.items():
        setattr(data, keyword, value)
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.333.4.{number}"
    data.BodyPartExamined, data.ConvolutionKernel = "CHEST", ["B30f", "3"]


def assert_no_traces(text: str) -> None:
    found = [trace for trace in TRACES if trace in text.lower()]
    assert not found, f"{found} in {text}"


def test_no_identifier_reaches_the_volume_or_the_list(write_dicom) -> None:
    folder = write_dicom(identified)[0].parent
    volume, infos = open_volume(folder), list_series(folder)
    state = {
        name: getattr(volume, name) for name in volume.__dataclass_fields__ if name != "voxels"
    }
    assert_no_traces(repr(state))
    assert_no_traces(repr(infos))
    assert volume.details["Contrast agent"] == "given"
    assert volume.details["Body part"] == "CHEST"
    assert volume.details["Kernel"] == "B30f"
    assert infos[0].description == "CT, chest, axial, 2.5 mm, kernel B30f, with contrast, 12 slices"


def test_no_identifier_reaches_a_message_or_its_causes(write_dicom) -> None:
    paths = write_dicom(identified)
    data = dcmread(paths[3])
    data.PixelData = b"\0\0"
    data.save_as(paths[3])
    with pytest.raises(VolumeError) as caught:
        open_volume(paths[0].parent)
    error: BaseException | None = caught.value
    while error is not None:
        assert_no_traces(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_keys_are_stable_and_no_uids(write_dicom) -> None:
    folder = write_dicom(identified)[0].parent
    first, second = list_series(folder)[0].key, list_series(folder)[0].key
    assert first == second
    assert len(first) == 8
    assert "." not in first


def test_warnings_and_logs_of_the_library_stay_inside(write_dicom, caplog) -> None:
    def odd(data: Dataset, number: int) -> None:
        identified(data, number)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data.Modality = "CT with a name that is too long for its type"
            data.KVP = "120"

    with caplog.at_level(logging.DEBUG, logger="med3dvlm"):
        volume = open_volume(write_dicom(odd)[0].parent)
    assert_no_traces(caplog.text)
    assert volume.details["Tube voltage"] == "120 kV"


def test_only_short_printable_words_pass(write_dicom) -> None:
    def odd(data: Dataset, number: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data.Manufacturer = "x" * 100
            data.BodyPartExamined = "ABDOMEN\x07"

    details = open_volume(write_dicom(odd)[0].parent).details
    assert len(details["Manufacturer"]) == 60
    assert details["Body part"] == "ABDOMEN"
