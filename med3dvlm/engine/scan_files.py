"""The scans of a library, found again by the table that `embed` wrote beside it.

    files = ScanFiles(folder=Path("/archive/scans"), tables=(Path("/archive/library"),))
    found = files.find(entry.digest)
    volume = found.open()

Only what lies within the folder is found. Errors name no file: whoever searches a library need not
learn how its files are called, which may be the names of people.
"""

import csv
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, Volume, list_series, open_volume
from med3dvlm.volumes.formats.archive import is_junk
from med3dvlm.volumes.formats.dicom.encoding import is_dicom
from med3dvlm.volumes.limits import DEFAULT_LIMITS

TABLE = "scans.csv"
NO_FILE = "This volume can't be opened here: the app has no file of it."
UNREADABLE = (
    "The file of this volume has been moved, changed or damaged since the library was built, so it "
    "can't be opened. Whoever runs the app can build the library again."
)

logger = logging.getLogger(__name__)


def anyway(_voxels: int) -> None:
    """Whatever the size, it is read."""


def slices_in(folder: Path) -> tuple[Path, ...]:
    """The DICOM files that lie in a folder itself, by name: they are read together."""
    inside = sorted(path for path in folder.iterdir() if not is_junk((path.name,)))
    return tuple(path for path in inside if path.is_file() and is_dicom(path))


@dataclass(frozen=True, slots=True)
class FoundScan:
    """A scan whose file is known."""

    path: Path
    series: str
    digest: str

    def open(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        before: Callable[[int], None] = anyway,
    ) -> Volume:
        """Read it.

        Args:
            limits: how much may be read.
            before: called with the number of voxels before they are read.

        Raises:
            VolumeError: it can't be read, or isn't the one that the library has.
        """
        try:
            files = slices_in(self.path) if self.path.is_dir() else None
            known = {one.key: one for one in list_series(self.path, limits=limits, files=files)}
        except (OSError, VolumeError) as error:
            raise self._refused(error) from None
        if self.series not in known:
            raise self._refused(None)
        before(known[self.series].voxels)
        try:
            volume = open_volume(self.path, series=self.series, limits=limits, files=files)
        except (OSError, VolumeError) as error:
            raise self._refused(error) from None
        if volume.digest != self.digest:
            raise self._refused(None)
        return volume

    def _refused(self, error: Exception | None) -> VolumeError:
        """The sentence for whoever searches; the log says which scan it is, and not its name."""
        why = type(error).__name__ if error else "it is another scan now"
        logger.warning("The scan %s of a library can't be opened: %s", self.digest[:12], why)
        return VolumeError(UNREADABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFiles:
    """Where the scans of a library lie.

    Attributes:
        folder: what `embed` was given.
        tables: folders in one of which its table lies: the library's, or that of the scans.
    """

    folder: Path
    tables: tuple[Path, ...]

    def find(self, digest: str) -> FoundScan | None:
        """The scan with a digest; None if no table has it, or it lies elsewhere."""
        root = self.folder.resolve()
        for row in self._rows():
            if row.get("digest") == digest:
                path = (root / row.get("file", "")).resolve()
                if path.is_relative_to(root) and path.exists():
                    return FoundScan(path, row.get("series", ""), digest)
        return None

    def _rows(self) -> list[dict[str, str]]:
        for folder in self.tables:
            try:
                with (folder / TABLE).open(newline="", encoding="utf-8") as stream:
                    return list(csv.DictReader(stream))
            except (OSError, ValueError, csv.Error):
                continue
        return []
