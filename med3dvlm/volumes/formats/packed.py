"""The bytes of files, unpacked on the way where they are packed, in bounded memory and time.

with unpacking(path, packing_of(path)) as stream:
    fill(stream, view, path.name, limits)
"""

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from isal import igzip, isal_zlib

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.limits import Limits

Packing = Literal["", "gzip", "zlib", "bzip2"]

GZIP_MAGIC = b"\x1f\x8b"
# Deflate can't shrink anything further than this; what bzip2 can do is beyond all use as a bound.
DEFLATE_BEST_RATIO = 1032
BEST_RATIO: dict[Packing, float] = {
    "": 1, "gzip": DEFLATE_BEST_RATIO, "zlib": DEFLATE_BEST_RATIO, "bzip2": float("inf"),
}  # fmt: skip
READ_BYTES = 1 << 24
PACKED_BYTES = 1 << 18
# isal's types say that its error is a value.
DAMAGE: tuple[type[Exception], ...] = (
    EOFError, zlib.error, isal_zlib.error, gzip.BadGzipFile,  # type: ignore[assignment]
)  # fmt: skip


def packing_of(path: Path) -> Packing:
    """How a file of unknown content is packed as a whole: gzip or not at all."""
    with path.open("rb") as file:
        return "gzip" if file.read(2) == GZIP_MAGIC else ""


def head_of(path: Path, count: int) -> bytes:
    """The first bytes, unpacked where they are packed; none where they only look so.

    What is damaged further on does no harm: no more than needed is unpacked.
    """
    with path.open("rb") as file:
        head = file.read(max(count, PACKED_BYTES))
    if not head.startswith(GZIP_MAGIC):
        return head[:count]
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, count)
    except zlib.error:
        return b""


@contextmanager
def unpacking(path: Path, packing: Packing, *, start: int = 0) -> Iterator[IO[bytes]]:
    """The file's bytes from `start` on, unpacked.

    Raises:
        VolumeError: the packed data are cut off or damaged.
    """
    with path.open("rb") as file:
        file.seek(start)
        try:
            yield _unpacked(file, packing)
        except DAMAGE as error:
            raise _damaged(path.name) from error
        except OSError as error:
            if error.errno is not None or packing != "bzip2":
                raise
            raise _damaged(path.name) from error  # how bz2 tells of damage


def check_promise(path: Path, promised: int, *, offset: int, packing: Packing) -> None:
    """Refuse at once what can't be in the file.

    Args:
        path: of the file with the voxels.
        promised: bytes that the header says there are, all frames.
        offset: bytes before them.
        packing: of the file.

    Raises:
        VolumeError: the header promises more than the file can hold.
    """
    size = path.stat().st_size
    if promised + offset > size * BEST_RATIO[packing]:
        raise VolumeError(
            f"{path.name}: the header promises {promised + offset:,} bytes, but the file "
            f"{'can not hold that' if packing else f'has {size:,}'}. It was cut off or is damaged: "
            "copy or export it anew."
        )


def check_unpacked(path: Path, needed: int, packing: Packing, limits: Limits) -> None:
    """Refuse what takes more unpacking than is allowed.

    Raises:
        VolumeError: it does.
    """
    if packing and needed > limits.unpacked_bytes:
        raise VolumeError(
            f"{path.name}: unpacking takes more than the {limits.unpacked_bytes:,} bytes that are "
            "allowed here. Save one volume alone."
        )


def fill(stream: IO[bytes], view: memoryview, name: str, limits: Limits) -> None:
    """Read as many bytes as the view holds.

    Raises:
        VolumeError: the stream ends before, or the time is over.
    """
    done = 0
    while done < len(view):
        limits.check_time()
        got = stream.readinto(view[done : done + READ_BYTES])  # type: ignore[attr-defined]
        if not got:
            raise VolumeError(
                f"{name}: the file ends after {done:,} of {len(view):,} bytes of voxels. "
                "It was cut off: copy or export it anew."
            )
        done += got


def skip(stream: IO[bytes], count: int, limits: Limits) -> None:
    """Pass over bytes; a packed stream has to unpack them."""
    while count > 0:
        limits.check_time()
        got = len(stream.read(min(count, READ_BYTES)))
        if not got:
            return
        count -= got


def _unpacked(file: IO[bytes], packing: Packing) -> IO[bytes]:
    if packing == "gzip":
        stream: IO[bytes] = igzip.open(file, "rb")
        return stream
    if packing == "bzip2":
        return bz2.open(file)
    if packing == "zlib":
        return io.BufferedReader(_Inflating(file), PACKED_BYTES)
    return file


def _damaged(name: str) -> VolumeError:
    return VolumeError(
        f"{name}: the compressed data are cut off or damaged. Copy or export it anew."
    )


class _Inflating(io.RawIOBase):
    """A zlib stream as a file; what lies behind its end is left alone."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._inflater = isal_zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        while not self._inflater.eof:
            packed = self._inflater.unconsumed_tail or self._file.read(PACKED_BYTES)
            if not packed:
                raise EOFError("the zlib stream is cut off")
            data = self._inflater.decompress(packed, len(view))
            if data:
                view[: len(data)] = data
                return len(data)
        return 0
