"""Files that aren't read here, known by their content: what they are, and what the user can do.

    known = foreign(path)
    print(known.what, known.remedy)     # "a FreeSurfer volume (MGH or MGZ)", "Convert it to ..."

What stays unrecognised in an upload is either one of these, plain text, or of an unknown kind.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.volumes.formats.packed import GZIP_MAGIC, head_of

HEAD_BYTES = 4096
PICTURE = "Open the scan itself, not a picture of it."
REPACK = "Unpack it, and open its files as a zip."
TO_NIFTI = "Save it as NIfTI, with its voxel size and orientation."
AFNI = "Convert it to NIfTI with AFNI's 3dAFNItoNIFTI, which needs both files, .HEAD and .BRIK."
PHILIPS = "Convert the PAR and REC files together to NIfTI, for example with dcm2niix."
MINC = "Convert it to NIfTI, for example with mnc2nii of the MINC tools."
ANALYZE = "Save it as NIfTI: Analyze doesn't record left and right."


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A kind of file that can't be read.

    Attributes:
        what: its name, with an article.
        remedy: for the user; empty where nothing better is known than which formats can be read.
        starts: a pattern for its first bytes, unpacked if they are gzipped; may be empty.
        endings: of its name in lower case, for files that nothing else shows.
        beside: usually lies beside scans, and is passed over without a word.
    """

    what: str
    remedy: str = ""
    starts: bytes = b""
    endings: tuple[str, ...] = ()
    beside: bool = False

    def fits(self, head: bytes, name: str) -> bool:
        """Whether a file begins like this kind, or else is named like it."""
        begins = bool(self.starts) and re.match(self.starts, head, re.DOTALL) is not None
        return begins or name.lower().removesuffix(".gz").endswith(self.endings)

    @property
    def noun(self) -> str:
        """Its name without the article."""
        return self.what.split(" ", 1)[1]


EMPTY = Foreign(what="an empty file", remedy="Copy or download it again.")
UNKNOWN = Foreign(what="a file of an unknown kind")
TEXT = Foreign(what="a text", beside=True)
# The first that fits counts. A dot in a pattern stands for any byte.
KINDS = (
    Foreign(
        what="a FreeSurfer volume (MGH or MGZ)",
        remedy="Convert it to NIfTI, for example with FreeSurfer's mri_convert.",
        # Version 1, four sizes up to 65,535, and one of four types.
        starts=rb"\x00\x00\x00\x01(?:\x00\x00..){4}\x00\x00\x00[\x00\x01\x03\x04]",
        endings=(".mgh", ".mgz"),
    ),
    Foreign(
        what="an MRtrix image (MIF)",
        remedy="Convert it to NIfTI, for example with MRtrix's mrconvert.",
        starts=rb"mrtrix image",
        endings=(".mif", ".mih"),
    ),
    Foreign(
        what="an AFNI header (HEAD)",
        remedy=AFNI,
        starts=rb"\s*(?:type|name|count)\s*=\s*[\w-]+\s+(?:type|name|count)\s*=",
    ),
    Foreign(what="an AFNI volume (BRIK)", remedy=AFNI, endings=(".brik",)),
    Foreign(
        what="a Philips header (PAR)",
        remedy=PHILIPS,
        starts=rb"[\s#.*=-]*DATA DESCRIPTION FILE|(?:<\?xml[^>]*>)?\s*<PRIDE_",
    ),
    Foreign(what="a Philips volume (REC)", remedy=PHILIPS, endings=(".rec",)),
    Foreign(
        what="a MINC volume (HDF5)", remedy=MINC, starts=rb"\x89HDF.*minc-2", endings=(".mnc",)
    ),
    Foreign(what="a NetCDF file (such as MINC 1)", remedy=MINC, starts=rb"CDF[\x01\x02\x05]"),
    Foreign(what="an HDF5 file", remedy=TO_NIFTI, starts=rb"\x89HDF"),
    Foreign(
        what="an Analyze 7.5 header", remedy=ANALYZE, starts=rb"\x5c\x01\x00\x00|\x00\x00\x01\x5c"
    ),
    Foreign(
        what="an NRRD file of an unknown version",
        remedy="Save it again, for example with 3D Slicer.",
        starts=rb"NRRD",
    ),
    Foreign(
        what="a truncated MetaImage header",
        remedy="Save the scan again, or as NIfTI.",
        starts=rb"\s*(?:ObjectType|NDims|ObjectSubType)\s*=",
    ),
    Foreign(what="a VTK file", remedy=TO_NIFTI, starts=rb"# vtk DataFile|.{0,60}<VTKFile"),
    Foreign(what="an Interfile header", remedy=TO_NIFTI, starts=rb"\s*!\s*(?i:interfile)"),
    Foreign(what="an ECAT file", remedy=TO_NIFTI, starts=rb"MATRIX7"),
    Foreign(what="a TIFF picture or stack", remedy=TO_NIFTI, starts=rb"II[*+]\x00|MM\x00[*+]"),
    Foreign(what="a NumPy array", remedy=TO_NIFTI, starts=rb"\x93NUMPY"),
    Foreign(what="a MATLAB file", remedy=TO_NIFTI, starts=rb"MATLAB "),
    Foreign(
        what="a placeholder of Git LFS",
        remedy="Fetch the file itself with git lfs pull, and open that.",
        starts=rb"version https://git-lfs",
    ),
    Foreign(
        what="a web page",
        remedy="The download probably failed: download the scan again.",
        starts=rb"\s*<(?:!doctype html|!DOCTYPE html|!DOCTYPE HTML|html|HTML)",
        beside=True,
    ),
    Foreign(what="a tar archive", remedy=REPACK, starts=rb".{257}ustar"),
    Foreign(what="a 7z archive", remedy="Repack the files as a zip.", starts=rb"7z\xbc\xaf"),
    Foreign(what="a RAR archive", remedy="Repack the files as a zip.", starts=rb"Rar!"),
    Foreign(what="a bzip2 file", remedy=REPACK, starts=rb"BZh[1-9]"),
    Foreign(what="an xz file", remedy=REPACK, starts=rb"\xfd7zXZ"),
    Foreign(what="a Zstandard file", remedy=REPACK, starts=rb"\x28\xb5\x2f\xfd"),
    Foreign(what="a PNG picture", remedy=PICTURE, starts=rb"\x89PNG", beside=True),
    Foreign(what="a JPEG picture", remedy=PICTURE, starts=rb"\xff\xd8\xff", beside=True),
    Foreign(what="a GIF picture", remedy=PICTURE, starts=rb"GIF8", beside=True),
    Foreign(what="a BMP picture", remedy=PICTURE, starts=rb"BM.{4}\x00{4}", beside=True),
    Foreign(what="a WebP picture", remedy=PICTURE, starts=rb"RIFF.{4}WEBP", beside=True),
    Foreign(
        what="a film", remedy=PICTURE, starts=rb"RIFF.{4}AVI|.{4}ftyp|\x1a\x45\xdf\xa3", beside=True
    ),
    Foreign(what="a PDF document", remedy="Open the scan itself.", starts=rb"%PDF", beside=True),
    Foreign(what="a program", remedy="Open the scan itself.", starts=rb"MZ|\x7fELF", beside=True),
)
GZIP = Foreign(
    what="a gzip file that contains no NIfTI",
    remedy="Unpack it and open the files as a zip.",
)


def foreign(path: Path) -> Foreign:
    """What a file is that no reader recognises."""
    with path.open("rb") as file:
        packed = head = file.read(HEAD_BYTES)
    if not head:
        return EMPTY
    if head.startswith(GZIP_MAGIC):
        head = head_of(path, HEAD_BYTES)
    known = next((kind for kind in KINDS if kind.fits(head, path.name)), None)
    if known is not None:
        return known
    if head != packed:
        return GZIP
    return TEXT if _is_text(head) else UNKNOWN


def counted(kinds: Iterable[Foreign]) -> str:
    """How many there are of each kind, for instance `1 x PDF document, 3 x PNG picture`."""
    counts = Counter(kind.noun for kind in kinds)
    return ", ".join(f"{count} x {noun}" for noun, count in sorted(counts.items()))


def remedies(kinds: Iterable[Foreign]) -> str:
    """What to do about each kind, every sentence once."""
    return " ".join(dict.fromkeys(kind.remedy for kind in kinds))


def _is_text(head: bytes) -> bool:
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x7f]", head)
