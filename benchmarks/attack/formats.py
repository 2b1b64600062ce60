"""Small files of every format that are large, endless or broken inside."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, JPEG2000Lossless, JPEGLSLossless, RLELossless

from benchmarks.attack.attempt import FAILED, Attack, Target, expect
from benchmarks.attack.files import READING_SECONDS, is_quiet, notice_of

MEBI = 2**20
BOMB = 400 * MEBI  # more than the attacked server allows
NRRD = (
    "NRRD0004\ntype: {kind}\ndimension: 3\nsizes: {n} {n} {n}\nencoding: {how}\nendian: little\n\n"
)
META = (
    "ObjectType = Image\nNDims = 3\nDimSize = {n} {n} {n}\nElementType = MET_SHORT\n"
    "CompressedData = True\nCompressedDataSize = {size}\nElementDataFile = LOCAL\n"
)


def packed_zeros(size: int) -> bytes:
    """Zeros as gzip, without ever holding them."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=1) as packed:
        for _ in range(size // MEBI):
            packed.write(bytes(MEBI))
    return made.getvalue()


def nrrd(kind: str, how: str, content: bytes, side: int = 600) -> bytes:
    """A cube as NRRD."""
    return NRRD.format(kind=kind, n=side, how=how).encode() + content


def meta_image(content: bytes) -> bytes:
    """A cube as MetaImage."""
    return META.format(n=600, size=len(content)).encode() + content


def nifti_gz() -> bytes:
    """A header of a large volume, and zeros."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, 600, 600, 600, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 4, 16)
    struct.pack_into("<8f", head, 76, 1, 1, 1, 1, 0, 0, 0, 0)
    struct.pack_into("<f", head, 108, 352)
    head[344:348] = b"n+1\0"
    return gzip.compress(bytes(head)) + packed_zeros(BOMB)


def dicom(syntax: str, frame: bytes, side: int = 60_000) -> bytes:
    """A slice whose pixels are packed in some way, and say that they are many."""
    head = Dataset()
    head.file_meta = FileMetaDataset()
    head.file_meta.TransferSyntaxUID = syntax
    head.file_meta.MediaStorageSOPClassUID = CTImageStorage
    head.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    head.SOPClassUID, head.SOPInstanceUID, head.Modality = CTImageStorage, "1.2.3", "CT"
    head.SeriesInstanceUID = head.StudyInstanceUID = "1.2.4"
    head.Rows = head.Columns = side
    head.BitsAllocated = head.BitsStored = 16
    head.HighBit, head.PixelRepresentation, head.SamplesPerPixel = 15, 0, 1
    head.PhotometricInterpretation = "MONOCHROME2"
    head.PixelSpacing, head.ImagePositionPatient = [1, 1], [0, 0, 0]
    head.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    head.PixelData = encapsulate([frame])
    made = io.BytesIO()
    head.save_as(made, enforce_file_format=True)
    return made.getvalue()


def tiles(side: int = 60_000) -> bytes:
    """The head of a JPEG 2000 picture that says that it has a tile for each pixel."""
    size = struct.pack(">HHIIIIIIIIH", 41, 0, side, side, 0, 0, 1, 1, 0, 0, 1) + b"\x0f\x01\x01"
    coding = b"\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x05\x04\x04\x00\x01"
    quality = b"\xff\x5c\x00\x13\x40" + b"\x40\x48" * 8
    return b"\xff\x4f\xff\x51" + size + coding + quality + b"\xff\x90\x00\x0a" + bytes(8)


def run_lengths() -> bytes:
    """A frame of run lengths that unpacks to a hundred times as much."""
    segment = b"\x81\x00" * (2 * MEBI)
    return struct.pack("<16I", 2, 64, 64 + len(segment), *[0] * 13) + segment * 2


def many_members() -> bytes:
    """A zip of so many files that listing them takes long."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(40_000):
            archive.writestr(f"{number}.dcm", b"")
    return made.getvalue()


def members_at_one_place() -> bytes:
    """A zip whose entries all name the same megabytes of packed zeros."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("0.nii", bytes(20 * MEBI))
        [first] = archive.filelist
        for number in range(1, 2000):
            again = zipfile.ZipInfo(f"{number}.nii")
            for field in ("compress_type", "CRC", "compress_size", "file_size", "header_offset"):
                setattr(again, field, getattr(first, field))
            archive.filelist.append(again)
    return made.getvalue()


def texts_for_numbers() -> bytes:
    """Numbers written out as a text of one line, which are read slowly."""
    return nrrd("short", "ascii", b"1 " * (24 * MEBI), side=230)


FILES: dict[str, Callable[[], bytes]] = {
    "bomb.nii.gz": nifti_gz,
    "bomb.nrrd": lambda: nrrd("short", "gzip", packed_zeros(BOMB)),
    "zeros.nrrd": lambda: nrrd("double", "gzip", packed_zeros(MEBI)),
    "text.nrrd": texts_for_numbers,
    "bomb.mha": lambda: meta_image(zlib.compress(bytes(BOMB), 1)),
    "tiles.dcm": lambda: dicom(JPEG2000Lossless, tiles()),
    "runs.dcm": lambda: dicom(RLELossless, run_lengths()),
    "large.dcm": lambda: dicom(JPEGLSLossless, b"\xff\xd8\xff\xf7" + bytes(64)),
    "many.zip": many_members,
    "same.zip": members_at_one_place,
    "noise.gz": lambda: gzip.compress(np.random.default_rng(1).bytes(MEBI)) * 20,
}
SLOW = {"text.nrrd"}  # a good scan, which a quick machine opens in its time


def large_inside(target: Target) -> str:
    """Files of every format and packing; each is refused with a reason, or opened, in its time."""
    told = {}
    target.app.forget_peak()
    before = target.app.memory_bytes()
    for name in ("bomb.nii.gz", "tiles.dcm") if target.short else FILES:
        told[name] = notice_of(target, name, FILES[name]())
        expect(FAILED not in told[name], f"{name}: the page says {told[name]!r}")
        expect(bool(told[name]) or name in SLOW, f"{name} was opened without a word")
    grown = (target.app.peak_bytes() - before) / MEBI
    expect(grown < 400, f"the app grew by {grown:.0f} MB")
    is_quiet(target)
    limit = f"limit of {READING_SECONDS[target.short]} s"
    late = [name for name, notice in told.items() if limit in notice]
    opened = sum(not notice for notice in told.values())
    return (
        f"{len(told) - opened} refused, {len(late)} of them by the time, {opened} opened; the app "
        f"grew by {grown:.0f} MB"
    )


ATTACKS = (
    Attack("files of every format that are large inside", large_inside, brief=False, visits=True),
)
