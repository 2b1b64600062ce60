"""Limits on what is read, which keep hostile or broken uploads harmless.

open_volume(path, limits=Limits(voxels=50_000_000))
open_volume(path, limits=limits_from(settings))
"""

import math
import time
from dataclasses import dataclass, fields, replace

from med3dvlm.config import Settings
from med3dvlm.errors import ConfigError, VolumeError

MIB, GIB = 1 << 20, 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is read.

    Attributes:
        upload_bytes: size of the file, or of all files of the folder, as uploaded.
        unpacked_bytes: total size of archives and compressed files once unpacked.
        ratio: how many times larger than the archive its content may be.
        voxels: size of one volume.
        files: number of files in a folder or archive.
        depth: how deeply archives may be nested (1: no archive within the archive).
        seconds: how long opening may take.
        processes: how many may decode compressed pictures at the same time; above 1 only where
            the calling process may fork.
        until: the deadline on the monotonic clock; set by `started`.
    """

    upload_bytes: int = 2 * GIB
    unpacked_bytes: int = 4 * GIB
    ratio: int = 250
    voxels: int = 600_000_000
    files: int = 20_000
    depth: int = 2
    seconds: float = 120
    processes: int = 1
    until: float = math.inf

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name not in {"seconds", "until"} and getattr(self, field.name) < 1:
                raise ConfigError(f"limit {field.name} must be at least 1")

    def started(self) -> "Limits":
        """The same limits, with the clock started now."""
        return replace(self, until=time.monotonic() + self.seconds)

    def check_time(self) -> None:
        """Call this between the steps of anything that may take long.

        Raises:
            VolumeError: the time limit has passed.
        """
        if time.monotonic() > self.until:
            raise VolumeError(
                f"reading took longer than the limit of {self.seconds:g} seconds. "
                "Open a single scan that is not zipped, or a smaller one."
            )


DEFAULT_LIMITS = Limits()


def limits_from(settings: Settings) -> Limits:
    """The limits from the app's settings."""
    return Limits(
        upload_bytes=settings.max_upload_mb * MIB,
        unpacked_bytes=settings.max_unpacked_mb * MIB,
        voxels=settings.max_voxels,
        files=settings.max_files,
        seconds=settings.max_seconds,
    )
