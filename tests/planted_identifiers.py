"""A CT series with a name and a date in every text that DICOM knows, and a look for them."""

from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.datadict import DicomDictionary, keyword_for_tag

from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series

NAME = "ZZSHELLEY"
TEXTS = {"PN", "LO", "SH", "ST", "LT", "UT", "UC", "UR", "AE"}
DATE = "19180203"
# Texts that say how the picture was made. They are shown to the visitor, as the reader states.
TECHNICAL = {"Manufacturer", "BodyPartExamined", "ConvolutionKernel", "ContrastBolusAgent"}


def planted(folder: Path) -> set[str]:
    """A CT series with the name in every text element of the standard; returns which they are."""
    used: set[str] = set()
    for path in save_dicom_series(make_case(5, shape=(8, 24, 24)).volume, folder):
        data = dcmread(path)
        for tag, (vr, multiplicity, _, retired, keyword) in DicomDictionary.items():
            kinds = set(vr.split(" or "))
            group = tag >> 16
            if not keyword or retired or group < 8 or keyword in TECHNICAL:
                continue
            if kinds <= TEXTS and multiplicity.startswith("1"):
                setattr(data, keyword_for_tag(tag), NAME)
                used.add(keyword)
            elif kinds == {"DA"} and multiplicity == "1":
                setattr(data, keyword_for_tag(tag), DATE)
                used.add(keyword)
        block = data.private_block(0x0011, NAME, create=True)
        block.add_new(0x01, "LO", NAME)
        data.save_as(path)
    return used


def clean(value: Any) -> None:
    """Fails where a planted text stands in a value or its representation."""
    text = value if isinstance(value, bytes) else repr(value).encode()
    for secret in (NAME, DATE):
        assert secret.encode() not in text
