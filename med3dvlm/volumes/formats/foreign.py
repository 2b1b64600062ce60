"""Files that aren't read here, known by their content: what they are, and what the user can do.

    known = foreign(path)
    print(known.what, known.remedy)     # "a FreeSurfer volume (MGH or MGZ)", "Convert it to ..."

What stays unrecognised in an upload is either one of these, plain text, or of an unknown kind.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
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
UNPACK = "Unpack it, and open what it contains."
COPY_AGAIN = "Copy or download it again."
HEADER_LACKS = "Add the header that belongs to it ({}), in one zip or folder."
SURFACE = "Open the scan from which it was made."
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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

    def begins(self, head: bytes) -> bool:
        """Whether a file with these first bytes is of this kind."""
        return bool(self.starts) and re.match(self.starts, head, re.DOTALL) is not None

    def is_named(self, name: str) -> bool:
        """Whether a file is named like this kind."""
        return name.lower().removesuffix(".gz").endswith(self.endings)

    @property
    def noun(self) -> str:
        """Its name without the article."""
        return self.what.split(" ", 1)[1]


EMPTY = Foreign(what="an empty file", remedy=COPY_AGAIN)
UNKNOWN = Foreign(what="a file of an unknown kind")
TEXT = Foreign(what="a text", beside=True)
LONE_IMG = Foreign(
    what="a voxel file of a pair (IMG)", remedy=HEADER_LACKS.format(".hdr"), endings=(".img",)
)
ANALYZE_IMG = Foreign(what="an Analyze 7.5 volume (IMG)", remedy=ANALYZE)
# The first that fits counts, by content before names. A dot in a pattern stands for any byte.
KINDS = (
    Foreign(
        what="a FreeSurfer volume (MGH or MGZ)",
        remedy="Convert it to NIfTI, for example with FreeSurfer's mri_convert.",
        # Version 1, four sizes below 2**24, and one of five types.
        starts=rb"\x00\x00\x00\x01(?:\x00...){4}\x00\x00\x00[\x00\x01\x03\x04\x0a]",
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
    Foreign(
        what="an Analyze 7.5 header",
        remedy=ANALYZE,
        starts=rb"(?:\x5c\x01\x00\x00|\x00\x00\x01\x5c).{344}",
    ),
    Foreign(
        what="a truncated NIfTI file",
        remedy=COPY_AGAIN,
        starts=rb"\x5c\x01\x00\x00|\x00\x00\x01\x5c|\x1c\x02\x00\x00|\x00\x00\x02\x1c",
    ),
    LONE_IMG,
    Foreign(
        what="a file of bare voxels (RAW)",
        remedy=HEADER_LACKS.format(".mhd or .nhdr"),
        endings=(".raw", ".zraw"),
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
    Foreign(what="a FreeSurfer surface", remedy=SURFACE, starts=rb"\xff\xff\xfe"),
    Foreign(what="a GIFTI surface", remedy=SURFACE, starts=rb"<\?xml.{0,300}<GIFTI|<GIFTI"),
    Foreign(what="an Amira or Avizo file", remedy=TO_NIFTI, starts=rb"# (?:Amira|Avizo|HyperMesh)"),
    Foreign(what="a Bruker ParaVision file", remedy=TO_NIFTI, starts=rb"##TITLE=.{0,40}ParaVision"),
    Foreign(what="a TIFF picture or stack", remedy=TO_NIFTI, starts=rb"II[*+]\x00|MM\x00[*+]"),
    Foreign(what="a NumPy array", remedy=TO_NIFTI, starts=rb"\x93NUMPY"),
    Foreign(what="a MATLAB file", remedy=TO_NIFTI, starts=rb"MATLAB "),
    Foreign(
        what="a placeholder of Git LFS",
        remedy="Fetch the file itself with git lfs pull, and open that.",
        starts=rb"version https://git-lfs",
    ),
    Foreign(
        what="a placeholder of git-annex",
        remedy="Fetch the file itself with git annex get or datalad get, and open that.",
        starts=rb"(?:\.\./)*(?:\.git)?/annex/objects/",
    ),
    Foreign(
        what="a DICOM file written as JSON or XML",
        remedy="Export the DICOM file itself.",
        starts=rb'\s*\[?\s*\{\s*"[0-9A-F]{8}"\s*:|(?:<\?xml[^>]*>)?\s*<NativeDicomModel',
    ),
    Foreign(
        what="an answer of a DICOM server, with its headers",
        remedy="Save the files that it contains, without the lines before each.",
        starts=rb"\s*(?:--[^\r\n]*\r?\n)?(?i:content-type:\s*application/dicom)",
    ),
    Foreign(
        what="an error message of a web server",
        remedy="Download the scan again.",
        starts=rb"\s*(?:<\?xml[^>]*>\s*)?<Error(?:Response)?[ >]",
    ),
    Foreign(
        what="a web page",
        remedy="The download probably failed: download the scan again.",
        starts=rb"(?i:\s*<(?:!doctype html|html))",
        beside=True,
    ),
    Foreign(what="a tar archive", remedy=REPACK, starts=rb".{257}ustar"),
    Foreign(
        what="a part of a split zip archive",
        remedy="Join its parts into one zip.",
        starts=rb"PK\x07\x08",
        endings=(".z01", ".z02"),
    ),
    Foreign(
        what="a disc image (ISO)",
        remedy="Copy its files into a folder or zip, and open that.",
        endings=(".iso", ".nrg"),
    ),
    Foreign(what="a density map (MRC or CCP4)", remedy=TO_NIFTI, starts=rb".{208}MAP "),
    Foreign(what="a database", remedy="Open the scan itself.", starts=rb"SQLite format|PAR1"),
    Foreign(what="a 7z archive", remedy="Repack the files as a zip.", starts=rb"7z\xbc\xaf"),
    Foreign(what="a RAR archive", remedy="Repack the files as a zip.", starts=rb"Rar!"),
    Foreign(what="a bzip2 file", remedy=REPACK, starts=rb"BZh[1-9]"),
    Foreign(what="an xz file", remedy=REPACK, starts=rb"\xfd7zXZ"),
    Foreign(what="a Zstandard file", remedy=REPACK, starts=rb"\x28\xb5\x2f\xfd"),
    Foreign(what="an LZ4 file", remedy=REPACK, starts=rb"\x04\x22\x4d\x18"),
    Foreign(what="a file packed with compress (Z)", remedy=REPACK, starts=rb"\x1f\x9d"),
    Foreign(what="a PNG picture", remedy=PICTURE, starts=rb"\x89PNG", beside=True),
    Foreign(what="a JPEG picture", remedy=PICTURE, starts=rb"\xff\xd8\xff", beside=True),
    Foreign(what="a GIF picture", remedy=PICTURE, starts=rb"GIF8", beside=True),
    Foreign(what="a BMP picture", remedy=PICTURE, starts=rb"BM.{4}\x00{4}", beside=True),
    Foreign(what="a WebP picture", remedy=PICTURE, starts=rb"RIFF.{4}WEBP", beside=True),
    Foreign(
        what="a HEIC or AVIF picture",
        remedy=PICTURE,
        starts=rb".{4}ftyp(?:hei|hev|mif1|msf1|avi)",
        beside=True,
    ),
    Foreign(
        what="a film", remedy=PICTURE, starts=rb"RIFF.{4}AVI|.{4}ftyp|\x1a\x45\xdf\xa3", beside=True
    ),
    Foreign(what="a PDF document", remedy="Open the scan itself.", starts=rb"%PDF", beside=True),
    Foreign(what="a program", remedy="Open the scan itself.", starts=rb"MZ|\x7fELF", beside=True),
)
# What would be read if it weren't gzipped: only NIfTI may be.
GZIPPED = (
    Foreign(what="a gzipped DICOM file", remedy=UNPACK, starts=rb".{128}DICM"),
    Foreign(what="a gzipped NRRD file", remedy=UNPACK, starts=rb"NRRD000"),
    Foreign(what="a gzipped MetaImage", remedy=UNPACK, starts=rb"\s*(?:ObjectType|NDims)\s*="),
    Foreign(what="a gzipped zip archive", remedy=UNPACK, starts=rb"PK\x03\x04"),
    Foreign(what="a file gzipped twice", remedy="Unpack it once.", starts=GZIP_MAGIC),
)
# Files that hold anything: their names say more.
CONTAINERS = (Foreign(what="an HDF5 file", remedy=TO_NIFTI, starts=rb"\x89HDF"),)
BROKEN_GZIP = Foreign(what="a damaged gzip file that contains no NIfTI", remedy=COPY_AGAIN)
GZIP = Foreign(
    what="a gzip file that contains no NIfTI",
    remedy="Unpack it and open the files as a zip.",
)


def foreign(path: Path) -> Foreign:
    """What a file is that no reader recognises."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        return EMPTY
    if not head.startswith(GZIP_MAGIC):
        text = TEXT if _is_text(head) else UNKNOWN
        known = _known(KINDS, head.removeprefix(BYTE_ORDER_MARK), path.name) or text
        return ANALYZE_IMG if known is LONE_IMG and path.with_suffix(".hdr").exists() else known
    inside = head_of(path, HEAD_BYTES)
    if not inside:
        return BROKEN_GZIP
    return _known((*GZIPPED, *KINDS), inside, path.name) or GZIP


def _known(kinds: Sequence[Foreign], head: bytes, name: str) -> Foreign | None:
    """The first kind that fits the content, or else the name."""
    fitting = (
        *(kind for kind in kinds if kind.begins(head)),
        *(kind for kind in kinds if kind.is_named(name)),
        *(kind for kind in CONTAINERS if kind.begins(head)),
    )
    return next(iter(fitting), None)


def counted(kinds: Iterable[Foreign]) -> str:
    """How many there are of each kind, for instance `1 x PDF document, 3 x PNG picture`."""
    counts = Counter(kind.noun for kind in kinds)
    return ", ".join(f"{count} x {noun}" for noun, count in sorted(counts.items()))


def remedies(kinds: Iterable[Foreign]) -> str:
    """What to do about each kind, every sentence once."""
    return " ".join(dict.fromkeys(kind.remedy for kind in kinds))


def _is_text(head: bytes) -> bool:
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x7f]", head)
