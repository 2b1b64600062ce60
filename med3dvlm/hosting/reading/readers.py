"""Reads uploads in warm child processes, and ends those that a file keeps too busy.

    readers = Readers(most=4)
    readers.warm_up()
    scan = readers.open(path, limits, wanted=always)        # as `OpenScan(path, limits)`
    scan.series, scan.read(key, frame), scan.previews()
    labels = readers.labels(path, place, limits)            # as `open_labels(path, place)`
    readers.close()

A reader that looks at its clock between two steps can be kept within one step for minutes, and its
memory stays with the process. Here the process is ended: after the time, when nobody wants the scan
any more, or when it has grown.
"""

import base64
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from med3dvlm.errors import VolumeError
from med3dvlm.hosting.operations.memory import Holder
from med3dvlm.hosting.reading.opening import Wanted, always
from med3dvlm.hosting.reading.process import ReaderProcess
from med3dvlm.hosting.reading.wire import (
    BrokenWireError,
    Content,
    Message,
    labels_of,
    volume_of,
)
from med3dvlm.volumes.labels.label_map import LabelMap
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import Preview, SeriesInfo
from med3dvlm.volumes.volume import Volume

GRACE_SECONDS = 3.0  # the reader's own limit has the better message
LOOK_SECONDS = 0.1
VOXEL_BYTES = 4  # of the largest type
GROWN_BYTES = 700 * 2**20  # a process above this is replaced when it is idle

logger = logging.getLogger(__name__)


class ReadingFailedError(Exception):
    """The reader met an error that is not the file's; the log says where."""


class Readers:
    """A few reader processes; safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._freed = threading.Condition()
        self._idle: list[ReaderProcess] = []
        self._busy: list[Holder | None] = []
        self._closed = False

    def warm_up(self) -> None:
        """Start a process, so that the first upload need not wait for it."""
        with self._freed:
            if not self._idle and not self._closed:
                self._idle.append(ReaderProcess())

    def open(
        self,
        path: Path,
        limits: Limits,
        wanted: Wanted = always,
        whose: Holder | None = None,
    ) -> "DistantScan":
        """Read the headers of an upload for somebody, whose address never has all processes.

        Raises:
            VolumeError: nothing in it can be read, or not within the limits.
        """
        return DistantScan(self, UploadOf(path, limits, wanted, whose))

    def labels(
        self,
        path: Path,
        place: Place,
        limits: Limits,
        wanted: Wanted = always,
        whose: Holder | None = None,
    ) -> LabelMap:  # fmt: skip
        """Read a label map for a scan.

        Raises:
            VolumeError: it can't be read, not within the limits, or doesn't fit the scan.
        """
        upload = UploadOf(path, limits, wanted, whose)
        told, codes = ask(self, upload, "labels", place=place.tell())
        self.forget(path)
        return labels_of(told["labels"], codes)

    @contextmanager
    def borrowed(self, path: Path, wanted: Wanted, whose: Holder | None) -> Iterator[ReaderProcess]:
        """A process for one request: best the one that has the upload open.

        Raises:
            VolumeError: nobody waits for the upload any more.
        """
        with self._freed:
            while not self._has_room(whose):
                self._freed.wait(LOOK_SECONDS)
                check_wanted(path, wanted)
            self._busy.append(whose)
        process = None
        try:
            process = self._take(path)
            process.upload = path
            yield process
        finally:
            self._give_back(process, whose)

    def _has_room(self, whose: Holder | None) -> bool:
        """One visitor leaves half of the processes to the others, an address leaves one."""
        if len(self._busy) >= self._most or whose is None:
            return len(self._busy) < self._most
        busy = [other for other in self._busy if other]
        own = sum(other.visitor == whose.visitor for other in busy)
        near = sum(other.address == whose.address for other in busy)
        return own < max(1, self._most // 2) and near < max(1, self._most - 1)

    def _take(self, path: Path) -> ReaderProcess:
        with self._freed:
            dead = [process for process in self._idle if not process.fit(GROWN_BYTES)]
            for process in dead:
                self._idle.remove(process)
                process.end()
            order = sorted(self._idle, key=lambda one: (one.upload != path, bool(one.upload)))
            if order:
                self._idle.remove(order[0])
                return order[0]
        return ReaderProcess()

    def _give_back(self, process: ReaderProcess | None, whose: Holder | None) -> None:
        with self._freed:
            self._busy.remove(whose)
            if process is None:
                pass
            elif self._closed or not process.fit(GROWN_BYTES):
                process.end()
            else:
                if process.upload and not process.upload.exists():
                    process.let_go()  # it was closed meanwhile
                self._idle.append(process)
            self._freed.notify_all()
        self.warm_up()

    def forget(self, path: Path) -> None:
        """An upload is over: its unpacked files go."""
        with self._freed:
            for process in self._idle:
                if process.upload == path:
                    process.let_go()

    def close(self) -> None:
        """End all processes."""
        with self._freed:
            self._closed = True
            for process in self._idle:
                process.leave()
            self._idle.clear()


@dataclass(frozen=True, slots=True)
class UploadOf:
    """An upload, what may be read of it, and for whom."""

    path: Path
    limits: Limits
    wanted: Wanted
    whose: Holder | None


class DistantScan:
    """An upload that a reader process has open; the same to its user as an `OpenScan`."""

    def __init__(self, readers: Readers, upload: UploadOf) -> None:
        self._readers, self._upload = readers, upload
        told, _ = ask(readers, upload, "open")
        self.series = tuple(_series(info) for info in told["series"])

    def read(self, series: str | None = None, frame: int = 0) -> Volume:
        """One volume; see `open_volume`."""
        told, voxels = ask(self._readers, self._upload, "read", series=series, frame=frame)
        return volume_of(told["volume"], voxels)

    def previews(self) -> dict[str, Preview]:
        """Previews of the series by key; as many as the time allows."""
        told, _ = ask(self._readers, self._upload, "previews")
        return {
            key: Preview(picture=base64.b64decode(preview["picture"]), modality=preview["modality"])
            for key, preview in told["previews"].items()
        }

    def close(self) -> None:
        """Remove the unpacked files."""
        self._readers.forget(self._upload.path)


def ask(readers: Readers, upload: UploadOf, what: str, **more: Any) -> tuple[Message, Content]:
    """Ask a reader process, and end it when the time is over or nobody waits."""
    most_content = VOXEL_BYTES * upload.limits.voxels
    asked = {"ask": what, "path": str(upload.path), "limits": asdict(upload.limits)} | more
    with readers.borrowed(upload.path, upload.wanted, upload.whose) as process:
        until = time.monotonic() + upload.limits.seconds + GRACE_SECONDS
        try:
            process.ask(asked)
            while (answered := process.answer(LOOK_SECONDS, most_content=most_content)) is None:
                _check(upload, process, until)
            told, content = answered
        except BrokenWireError:
            process.end()
            raise VolumeError(
                f"{upload.path.name}: reading was ended, because the file takes more than the "
                "server gives to one upload. Open a single scan, or a smaller one."
            ) from None
        if "spent" in told:
            process.end()
    if "refused" in told:
        raise VolumeError(told["refused"])
    if "failed" in told:
        logger.error("a reader process failed: %s", told["failed"])
        raise ReadingFailedError
    return told, content


def _check(upload: UploadOf, process: ReaderProcess, until: float) -> None:
    process.give_way()
    try:
        check_wanted(upload.path, upload.wanted)
        if time.monotonic() > until:
            raise VolumeError(
                f"{upload.path.name}: reading took longer than the limit of "
                f"{upload.limits.seconds:g} seconds. Open a single scan that is not "
                "zipped, or a smaller one."
            )
    except VolumeError:
        process.end()
        raise


def check_wanted(path: Path, wanted: Wanted) -> None:
    """Stop reading what nobody waits for.

    Raises:
        VolumeError: the page was closed, or the call was ended.
    """
    if not wanted():
        raise VolumeError(f"{path.name}: reading was stopped.")


def _series(info: Message) -> SeriesInfo:
    slices, rows, columns = info["shape"]
    return SeriesInfo(**info | {"shape": (slices, rows, columns)})
