"""What the page knows of an upload that is open: the same here and in another process.

An opener takes a path and limits, and gives what lists the series and reads their voxels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from med3dvlm.hosting.operations.memory import Holder
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.reader import OpenScan
from med3dvlm.volumes.series import Preview, SeriesInfo
from med3dvlm.volumes.volume import Volume

Wanted = Callable[[], bool]


class OpenedScan(Protocol):
    """An upload whose headers have been read; see `OpenScan`."""

    @property
    def series(self) -> tuple[SeriesInfo, ...]:
        """All series, largest first."""

    def read(self, series: str | None = None, frame: int = 0) -> Volume:
        """One volume."""

    def previews(self) -> dict[str, Preview]:
        """Previews of the series by key."""

    def close(self) -> None:
        """Remove the unpacked files."""


# The upload, what may be read of it, whether it is still wanted, and for whom.
ScanOpener = Callable[[Path, Limits, Wanted, Holder | None], OpenedScan]


def always() -> bool:
    """Somebody waits for it."""
    return True


def opened_here(path: Path, limits: Limits, _wanted: Wanted, _whose: Holder | None) -> OpenedScan:
    """Read in this process: for tests, and for a page without a server."""
    return OpenScan(path, limits)


@dataclass(frozen=True, slots=True)
class ReadingFor:
    """How an upload is read for one visitor.

    Attributes:
        open_scan: reads it, here or in another process.
        wanted: whether the visitor still waits.
        holder: whose memory it takes.
    """

    open_scan: ScanOpener = opened_here
    wanted: Wanted = always
    holder: Holder | None = None

    def open(self, path: Path, limits: Limits) -> OpenedScan:
        """Read the headers of an upload.

        Raises:
            VolumeError: nothing in it can be read.
        """
        return self.open_scan(path, limits, self.wanted, self.holder)


READ_HERE = ReadingFor()
