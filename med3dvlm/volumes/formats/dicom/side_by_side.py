"""Pictures of many compressed files, decoded by several processes at once; they come in order.

    for frame, plane in side_by_side(frames, processes=2):      # as `pictures(frames)`
        ...

The decoders keep Python's lock while they work, so threads would gain nothing. A helper is a fork
of this process: only a process without threads that compute may ask for one (`Limits.processes`).
It ends with this process, whatever it is doing, and gives way to others once it has worked long.
"""

import ctypes
import os
import signal
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import Med3DVLMError
from med3dvlm.volumes.formats.dicom.frame import Frame
from med3dvlm.volumes.formats.dicom.pixels import pictures

# Below this, starting helpers costs more than they save.
FEWEST_FRAMES = 8
EASY_SECONDS = 5.0  # of a processor; whatever takes more is not urgent
SLOW = 10  # as `nice` counts
HEAD = struct.Struct("<4sII")  # type of the values, rows, columns
DIE_WITH_PARENT = 1  # Linux: PR_SET_PDEATHSIG
LAST_FILE = 1 << 16


def gains(frames: Sequence[Frame], processes: int) -> bool:
    """Whether several processes decode these sooner: many files, whose pictures are compressed."""
    files = {frame.instance.path for frame in frames}
    packed = all(frame.instance.packed for frame in frames)
    return processes > 1 and packed and len(frames) == len(files) >= FEWEST_FRAMES


def side_by_side(
    frames: Sequence[Frame], *, processes: int
) -> Iterator[tuple[Frame, NDArray[Any]]]:
    """Frames with their stored values, in order; each of the helpers decodes every n-th.

    Raises:
        VolumeError: as `pictures` does; a frame at which a helper fails is decoded here.
    """
    with ExitStack() as running:
        helpers = [
            running.enter_context(closing(Helper(frames[first::processes])))
            for first in range(processes)
        ]
        for number, frame in enumerate(frames):
            plane = received(helpers[number % processes].planes)
            if plane is None:
                yield from pictures([frame])
            else:
                yield frame, plane


class Helper:
    """A process that decodes frames and holds no more than one that nobody has taken.

    Attributes:
        planes: where they come from; see `received`.
    """

    def __init__(self, frames: Sequence[Frame]) -> None:
        parent, (out, into) = os.getpid(), os.pipe()
        self._pid = os.fork()
        if self._pid == 0:  # pragma: no cover  (another process)
            try:
                _detach(parent, into)
                with os.fdopen(into, "wb") as file:
                    decode_into(file, frames)
            finally:
                os._exit(0)
        os.close(into)
        self.planes: IO[bytes] = os.fdopen(out, "rb")

    def close(self) -> None:
        """End it."""
        self.planes.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def decode_into(file: IO[bytes], frames: Sequence[Frame]) -> None:
    """Write the stored values of frames; stops at the first that can't be decoded."""
    slowed = False
    # Whoever reads decodes the rest, and tells what is wrong.
    with suppress(Med3DVLMError, ValueError, OSError):
        for frame in frames:
            [(_, plane)] = pictures([frame])
            file.write(HEAD.pack(plane.dtype.str.encode(), *plane.shape))
            file.write(np.ascontiguousarray(plane).data)
            file.flush()
            if not slowed and time.process_time() > EASY_SECONDS:
                slowed = True
                os.nice(SLOW)


def received(file: IO[bytes]) -> NDArray[Any] | None:
    """The next plane that a helper has written; None if it has ended."""
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, rows, columns = HEAD.unpack(head)
    dtype = np.dtype(kind.rstrip(b"\0").decode())
    values = file.read(rows * columns * dtype.itemsize)
    if len(values) < rows * columns * dtype.itemsize:
        return None
    return np.frombuffer(values, dtype).reshape(rows, columns)


def _detach(parent: int, kept: int) -> None:  # pragma: no cover  (another process)
    """In a new helper: end with the parent, and hold none of its files and connections."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before it could be told
        os._exit(1)
    os.closerange(3, kept)
    os.closerange(kept + 1, LAST_FILE)
