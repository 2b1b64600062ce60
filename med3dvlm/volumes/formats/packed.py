"""The bytes of files, decompressed on the fly where needed, in bounded memory and time.

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
# Deflate can't compress further than this; bzip2 compresses too well for a useful limit.
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
    """How a file of unknown content is compressed: with gzip or not at all."""
    with path.open("rb") as file:
        return "gzip" if file.read(2) == GZIP_MAGIC else ""


def head_of(path: Path, count: int) -> bytes:
    """The first bytes, decompressed if necessary; empty if they only look like gzip.

    Damage further on does no harm: no more than needed is decompressed.
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
        VolumeError: the compressed data are truncated or damaged.
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
            raise _damaged(path.name) from error  # how bz2 reports damage


def check_promise(path: Path, promised: int, *, offset: int, packing: Packing) -> None:
    """Refuse a header that announces more than the file can contain.

    Args:
        path: of the file with the voxels.
        promised: bytes that the header announces, all frames.
        offset: bytes before them.
        packing: of the file.

    Raises:
        VolumeError: the header announces more than the file can contain.
    """
    size = path.stat().st_size
    if promised + offset > size * BEST_RATIO[packing]:
        raise VolumeError(
            f"{path.name}: the header announces {promised + offset:,} bytes, but the file "
            f"{'is too small for that' if packing else f'has {size:,}'}. It is truncated or "
            "damaged: copy or export it again."
        )


def check_unpacked(path: Path, needed: int, packing: Packing, limits: Limits) -> None:
    """Refuse a file that would exceed the limit when unpacked.

    Raises:
        VolumeError: it would.
    """
    if packing and needed > limits.unpacked_bytes:
        raise VolumeError(
            f"{path.name}: unpacking would exceed the limit of {limits.unpacked_bytes:,} bytes. "
            "Save a single volume."
        )


def fill(stream: IO[bytes], view: memoryview, name: str, limits: Limits) -> None:
    """Read as many bytes as the view holds.

    Raises:
        VolumeError: the stream ends too early, or the time limit has passed.
    """
    done = 0
    while done < len(view):
        limits.check_time()
        got = stream.readinto(view[done : done + READ_BYTES])  # type: ignore[attr-defined]
        if not got:
            raise VolumeError(
                f"{name}: the file ends after {done:,} of {len(view):,} bytes of voxels. "
                "It is truncated: copy or export it again."
            )
        done += got


def skip(stream: IO[bytes], count: int, limits: Limits) -> None:
    """Skip bytes; a compressed stream has to decompress them."""
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
        f"{name}: the compressed data are truncated or damaged. Copy or export the file again."
    )


class _Inflating(io.RawIOBase):
    """A zlib stream as a file; data after its end are ignored."""

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
