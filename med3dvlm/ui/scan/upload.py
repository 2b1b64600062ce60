"""A visitor's uploaded files, in their own folder until they are read.

    upload = VisitorUpload(paths)           # moved out of Gradio's cache, side by side
    volume = upload.open(upload.series[0])
    upload.close()                          # removed from the disk

The folder is removed at the latest when its `VisitorUpload` is garbage-collected.
"""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.reading.opening import READ_HERE, ReadingFor
from med3dvlm.volumes import Limits, SeriesInfo, Volume
from med3dvlm.volumes.limits import DEFAULT_LIMITS
from med3dvlm.volumes.series import Preview

# Replaces the file name in messages about several files.
TOGETHER = "The files"


class VisitorUpload:
    """One upload: a file, or several that belong together (slices, a .hdr with its .img).

    Attributes:
        holder: whose memory its scans take.
        name: of the file; for several of them, of the first, and how many more there are.
        series: what was found in it, largest first.

    Args:
        paths: where Gradio put the files.
        limits: how much is read at most.
        reading: how they are read for this visitor.

    Raises:
        VolumeError: nothing in the files can be read.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        limits: Limits = DEFAULT_LIMITS,
        reading: ReadingFor = READ_HERE,
    ) -> None:
        self.holder = reading.holder
        folder = Path(tempfile.mkdtemp(prefix="med3dvlm-upload-"))
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path, self.name = gathered(paths, folder, limits)
        self._scan = reading.open(path, limits)
        self._close = weakref.finalize(self, self._scan.close)
        self.series: tuple[SeriesInfo, ...] = self._scan.series

    def open(self, series: SeriesInfo, frame: int = 0) -> Volume:
        """Read one of the series, and of a series of volumes one of them.

        Raises:
            VolumeError: it can't be read, or the files were removed.
        """
        if not self._remove.alive:
            raise VolumeError("The uploaded files were removed. Upload them again.")
        return self._scan.read(series.key, frame)

    def info(self, key: str) -> SeriesInfo:
        """The series with a key.

        Raises:
            VolumeError: there is none; the key is of another upload.
        """
        found = next((info for info in self.series if info.key == key), None)
        if found is None:
            raise VolumeError("This series is no longer in the upload. Upload it again.")
        return found

    def previews(self) -> dict[str, Preview]:
        """What the series look like, by their keys."""
        return self._scan.previews() if self._remove.alive else {}

    def close(self) -> None:
        """Remove the files from the disk."""
        self._close()
        self._remove()


def gathered(paths: Sequence[Path], folder: Path, limits: Limits) -> tuple[Path, str]:
    """Files moved side by side into a folder of their own; where they are, and what they're called.

    Raises:
        VolumeError: they are too many, or some are gone.
    """
    if len(paths) > limits.files:
        raise VolumeError(
            f"These are {len(paths):,} files; the limit is {limits.files:,}. "
            "Upload the files of one scan."
        )
    together = folder / TOGETHER
    together.mkdir()
    ordered = sorted(paths, key=lambda path: (path.name, path))
    moved = [_move(path, together) for path in ordered]
    more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
    shown = next((path for path in moved if not path.name.startswith(".")), moved[0])
    return moved[0] if len(moved) == 1 else together, shown.name + more


def _move(path: Path, together: Path) -> Path:
    """Into one folder; where the name is taken, into a numbered one within it."""
    target, number = together / path.name, 1
    while target.exists() or target.parent.is_file():  # a file may be called 00002
        number += 1
        target = together / f"{number:05d}" / path.name
    target.parent.mkdir(exist_ok=True)
    try:
        shutil.move(path, target)
    except FileNotFoundError:
        raise VolumeError(f"{path.name}: the upload is incomplete. Upload it again.") from None
    return target
