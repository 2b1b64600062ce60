"""The process that reads uploads: `python -m med3dvlm.hosting.reading.child SOCKET`.

It answers one request after the other (open, read, previews, labels) and keeps the last upload
open. What a file may take is bounded from inside: memory by the system, time by the reader's own
limits; the app ends the process when these do not help. It ends itself when the app is gone.
"""

import base64
import math
import os
import resource
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from med3dvlm.errors import Med3DVLMError
from med3dvlm.hosting.operations.logs import way_of
from med3dvlm.hosting.reading.wire import (
    BrokenWireError,
    Message,
    message_of,
    message_of_labels,
    receive,
    send,
)
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.labels.reader import open_labels
from med3dvlm.volumes.limits import GIB, Limits
from med3dvlm.volumes.reader import OpenScan

# Memory beyond what the process has already: for headers, and for each voxel of what is read
# (stored, scaled and resampled copies).
HEADER_BYTES, HEADER_SHARE = GIB, 4
VOXEL_BYTES = 24
TOO_LARGE = (
    "reading needs more memory than the server gives to one upload. Open a single scan, or a "
    "smaller one."
)
LOOK_SECONDS = 0.5
MOST_PROCESSES = 4
STATM = Path("/proc/self/statm")


class UploadReader:
    """The last upload, and what it is asked about it."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._scan: OpenScan | None = None

    def answer(self, asked: Message) -> tuple[Message, NDArray[Any] | None]:
        """The answer to a request, and the voxels, if it is about voxels."""
        limits = replace(Limits(**asked["limits"]), processes=decoding_processes())
        path = Path(asked["path"])
        try:
            return self._answer(asked, path, limits)
        except Med3DVLMError as error:
            return {"refused": str(error)}, None
        except MemoryError:
            return {"refused": f"{path.name}: {TOO_LARGE}", "spent": True}, None
        except Exception as error:  # noqa: BLE001  (told to the app, which logs it)
            return {"failed": way_of(error)}, None

    def _answer(
        self, asked: Message, path: Path, limits: Limits
    ) -> tuple[Message, NDArray[Any] | None]:
        for_headers = HEADER_BYTES + HEADER_SHARE * _size(path)
        if asked["ask"] == "labels":
            place = Place.told(asked["place"])
            bound_memory(for_headers + VOXEL_BYTES * math.prod(place.shape))
            labels = open_labels(path, place, limits=limits)
            return {"labels": message_of_labels(labels)}, labels.codes
        bound_memory(for_headers)
        scan = self._opened(path, limits)
        told: Message = {"series": [asdict(info) for info in scan.series]}
        if asked["ask"] == "open":
            return told, None
        largest = max(info.voxels for info in scan.series)
        bound_memory(for_headers + VOXEL_BYTES * largest)
        if asked["ask"] == "previews":
            made = scan.previews()
            return {"previews": {key: _said(preview) for key, preview in made.items()}}, None
        volume = scan.read(asked["series"], asked["frame"])
        return {"volume": message_of(volume)}, volume.voxels

    def _opened(self, path: Path, limits: Limits) -> OpenScan:
        if self._scan is None or self._path != path:
            self.close()
            self._scan, self._path = OpenScan(path, limits), path
        return self._scan

    def close(self) -> None:
        """Remove what was unpacked."""
        if self._scan is not None:
            self._scan.close()
        self._scan = self._path = None


def bound_memory(more: int) -> None:
    """Let this process take `more` bytes than it has; only Linux can tell what it has."""
    if not STATM.exists():
        return
    pages = int(STATM.read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + more
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def decoding_processes() -> int:
    """How many processes decode one upload: this one computes in no thread, so it may fork."""
    return min(MOST_PROCESSES, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _said(preview: Any) -> Message:
    picture = base64.b64encode(preview.picture).decode("ascii")
    return {"picture": picture, "modality": preview.modality}


def end_with(parent: int) -> None:
    """End this process soon after the app has ended."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def serve(wire: socket.socket) -> None:
    """Answer requests until the app closes the wire."""
    reader = UploadReader()
    send(wire, {"ready": True})
    with suppress(BrokenWireError):
        while True:
            asked, _ = receive(wire)
            if asked["ask"] == "close":
                reader.close()
                continue
            told, voxels = reader.answer(asked)
            send(wire, told, voxels)
            del voxels
    reader.close()


def main() -> None:
    """Run the process."""
    with suppress(OSError):  # if the machine runs out of memory, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
