"""Names of files to save, which begin with the name of the scan's own file.

stem_of("Brust 80 %.nii.gz")       # "Brust 80 %"

Letters of any script stay. What a file's name can't hold on one of the usual systems is replaced.
"""

import re
import unicodedata

FALLBACK = "scan"
LONGEST_BYTES = 120  # systems allow 255, and endings follow
ENDINGS = re.compile(
    r"(\.(nii|hdr|img|nrrd|nhdr|mha|mhd|dcm|dicom|ima|zip|tar|tgz|gz|bz2|raw))+$", re.IGNORECASE
)
MORE = re.compile(r" and [\d,]+ more$")  # of an upload of several files
FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# Control characters, and marks that turn the direction in which a name is read.
INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
# Joiners of Persian, of scripts of India and of emoji.
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def stem_of(name: str) -> str:
    """What the names of a scan's exports begin with."""
    stem = ENDINGS.sub("", MORE.sub("", unicodedata.normalize("NFC", name)))
    line = " ".join(stem.split())
    seen = "".join(c for c in line if c in JOINERS or unicodedata.category(c) not in INVISIBLE)
    kept = FORBIDDEN.sub("_", seen)
    short = kept.encode()[:LONGEST_BYTES].decode(errors="ignore").strip(" .")
    return f"_{short}" if DEVICES.match(short) else short or FALLBACK
