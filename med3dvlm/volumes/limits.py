"""How much of a file's claims is believed: bounds that keep hostile or broken uploads harmless.

open_volume(path, limits=Limits(voxels=50_000_000))
"""

from dataclasses import dataclass, fields

from med3dvlm.errors import ConfigError

GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is read.

    Attributes:
        upload_bytes: size of the file, or of all files of the folder, as given.
        unpacked_bytes: what archives and compressed files may grow to, all together.
        ratio: how many times larger than the archive its content may be.
        voxels: size of one volume.
        files: number of files in a folder or archive.
        depth: how deep an archive may lie in another (1: no archive within the archive).
    """

    upload_bytes: int = 2 * GIB
    unpacked_bytes: int = 4 * GIB
    ratio: int = 250
    voxels: int = 600_000_000
    files: int = 20_000
    depth: int = 2

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ConfigError(f"limit {field.name} must be at least 1")


DEFAULT_LIMITS = Limits()
