"""What a reader finds in an upload: series that can be opened, and how they differ.

for info in list_series(path):
    print(info.key, info.description, info.slices)
volume = open_volume(path, series=info.key)
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInfo:
    """One series of an upload, without identifiers.

    Attributes:
        key: short name, stable for the same files; `open_volume(path, series=key)` opens it.
        description: what it is, for a chooser.
        modality: for instance `CT`; `unknown` where the file doesn't say.
        shape: voxels as stored: slices, rows, columns.
        frames: volumes one after the other (time points); `open_volume(path, frame=n)` picks one.
    """

    key: str
    description: str
    modality: str
    shape: tuple[int, int, int]
    frames: int = 1

    @property
    def slices(self) -> int:
        """Number of slices as stored."""
        return self.shape[0]

    @property
    def voxels(self) -> int:
        """Voxels of one frame."""
        slices, rows, columns = self.shape
        return slices * rows * columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the middle slice of a series shows.

    Attributes:
        picture: a small WebP picture.
        modality: as stated in the file or guessed from the slice's values; or `unknown`.
    """

    picture: bytes
    modality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series that was found.

    Attributes:
        info: what it is.
        voxel_bytes: size of a stored voxel.
        read: takes a frame number and the limits; returns the volume or raises `VolumeError`.
        preview: takes the limits and looks at the middle slice, or raises `VolumeError`; only
            that slice is decoded where the format allows it.
        voxel_file: a second file, which the first one names; None if there is none.
    """

    info: SeriesInfo
    voxel_bytes: int
    read: Callable[[int, Limits], Volume]
    preview: Callable[[Limits], Preview]
    voxel_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a format finds among its own files of an upload.

    Attributes:
        series: those that can be opened.
        notes: how many files were left out, and why.
        refusal: why there is no series; None if there is one.
    """

    series: tuple[Series, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: VolumeError | None = None


def short_key(text: str) -> str:
    """Eight hexadecimal digits that identify a text without revealing it."""
    return hashlib.sha256(f"med3dvlm series {text}".encode(errors="surrogatepass")).hexdigest()[:8]
