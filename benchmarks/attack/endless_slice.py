"""A DICOM slice with one private sequence of empty items: small, valid, and endless to read.

Its length is not given, so that a reader has to look at every item.

content = slice_of_empty_items(2_000_000)       # 16 MB; 86 seconds and 3.4 GB in one step
"""

import io

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

EMPTY_ITEM = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
CREATOR = b"\x09\x00\x10\x00LO\x04\x00MINE"
SEQUENCE, END = b"\x09\x00\x01\x10SQ\x00\x00\xff\xff\xff\xff", b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


def slice_of_empty_items(items: int) -> bytes:
    """The file."""
    head = Dataset()
    head.file_meta = FileMetaDataset()
    head.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    head.file_meta.MediaStorageSOPClassUID = CTImageStorage
    head.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    made = io.BytesIO()
    head.save_as(made, enforce_file_format=True)
    return made.getvalue() + CREATOR + SEQUENCE + EMPTY_ITEM * items + END
