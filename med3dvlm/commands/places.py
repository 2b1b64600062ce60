"""Where scans lie below a folder: files that are one scan each, and slices that belong together.

for place in places(folder):
    series = list_series(place.path, files=place.files)

Files are told by their content. What usually lies beside scans (sidecars, tables, voxel files of a
header, tables of contents, viewers) is no place.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.engine.scan_files import slices_in
from med3dvlm.volumes.formats.archive import is_junk, is_zip
from med3dvlm.volumes.reader import is_known

# A file with such a name is meant as a scan, even if it can't be read.
ENDINGS = (
    ".nii", ".nii.gz", ".hdr", ".hdr.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm", ".dicom",
    ".ima", ".zip", ".mgz", ".mgh", ".mif", ".mif.gz", ".mnc", ".head", ".par",
)  # fmt: skip
VOXELS_OF_PAIR = (".img", ".img.gz")


@dataclass(frozen=True, slots=True)
class Place:
    """A file, or a folder with those of its files that belong together."""

    path: Path
    files: tuple[Path, ...] | None = None

    @property
    def meant(self) -> bool:
        """Whether the name says that it is a scan."""
        return self.files is not None or self.path.name.lower().endswith(ENDINGS)


def places(folder: Path) -> Iterator[Place]:
    """Everything below a folder that may be a scan, by name; each file once."""
    inside = sorted(path for path in folder.iterdir() if not is_junk((path.name,)))
    files = [path for path in inside if path.is_file()]
    slices = slices_in(folder)
    if len(slices) == 1:
        yield Place(slices[0], (slices[0],))
    elif slices:
        yield Place(folder, slices)
    among = set(slices)
    for path in files:
        if path not in among and _is_place(path):
            yield Place(path)
    for path in inside:
        if path.is_dir():
            yield from places(path)


def legible(name: str) -> str:
    """A file's name in printable characters; bytes that aren't UTF-8 are written as codes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_place(path: Path) -> bool:
    if path.name.lower().endswith(VOXELS_OF_PAIR):
        return False
    return Place(path).meant or is_zip(path) or is_known(path)
