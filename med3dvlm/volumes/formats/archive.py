"""Zip archives and folders to plain files, without trusting their names, sizes or depth.

    with unpacked(path, limits) as upload:
        upload.files, upload.notes       # gone when the block ends

Names within an archive never become paths: every member is written to a numbered folder of ours.
"""

import lzma
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.limits import Limits

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
COPY_BYTES = 1 << 20
# Small, so that of a damaged file at least the header is there.
WRITE_BYTES = 1 << 16
# Up to this size, the compression ratio isn't checked.
RATIO_FREE_BYTES = 256 << 20
NAME_LENGTH = 80
JUNK_FOLDERS = ("__MACOSX",)
JUNK_FILES = ("thumbs.db", "desktop.ini")
ENCRYPTED = 0x1
ENTRY_MAGIC = b"PK\x01\x02"
# Folders, junk and members of nested archives are entries too.
ENTRIES_PER_FILE = 4
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Plain files of an upload in order of name, and notes on what was left out.

    `damaged` are files of archives as far as they could be unpacked; they may be part of a scan.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    damaged: tuple[Path, ...] = ()


class DamagedArchiveError(VolumeError):
    """An archive can't be unpacked."""


class LockedArchiveError(VolumeError):
    """An archive can't be unpacked without a password."""


def damaged_archive(name: str, files: int = 0) -> DamagedArchiveError:
    """The refusal of an archive; `files` counts the damaged ones, if it isn't the whole archive."""
    counted = f" (damaged files: {files})" if files else ""
    return DamagedArchiveError(
        f"{name}: the archive is damaged or compressed in an unsupported way{counted}. "
        "Create it again as a plain zip."
    )


def is_zip(path: Path) -> bool:
    """True for a zip archive, whatever its name."""
    with path.open("rb") as file:
        return file.read(4) in ZIP_MAGIC


def plain_name(name: str) -> str:
    """A safe name for a file from an archive: printable, ASCII and not too long."""
    kept = "".join(c for c in name if c.isprintable() and c.isascii())
    return kept[-NAME_LENGTH:].strip() or "file"


@contextmanager
def unpacked(path: Path, limits: Limits, only: Sequence[Path] | None = None) -> Iterator[Upload]:
    """All files of a file, folder or zip; archives are unpacked into a temporary folder.

    Args:
        path: what the user chose.
        limits: how much may be read.
        only: those files of the folder alone.

    Raises:
        VolumeError: more or larger files than the limits allow, or nothing but an archive that is
            damaged or locked; beside other files it is left out.
    """
    files = _files(path, limits, only)
    with tempfile.TemporaryDirectory(prefix="med3dvlm-") as folder:
        unpacker = _Unpacker(Path(folder), limits)
        for file in files:
            unpacker.add(file, depth=0)
        unpacker.check(path.name)
        notes = unpacker.notes() + _lost_notes(path, only)
        yield Upload(files=tuple(unpacker.files), notes=notes, damaged=tuple(unpacker.damaged))


def _files(path: Path, limits: Limits, only: Sequence[Path] | None) -> list[Path]:
    """The file itself, or files of a folder that are not junk: the given ones, else all."""
    files, size = [], 0
    candidates = (path.rglob("*") if path.is_dir() else (path,)) if only is None else only
    for file in candidates:
        if not file.is_file() or (file != path and is_junk(file.relative_to(path).parts)):
            continue
        files.append(file)
        limits.check_time()
        size += file.stat().st_size
        if len(files) > limits.files:
            raise VolumeError(
                f"{path.name}: more than {limits.files:,} files. Open the folder of a single scan."
            )
        if size > limits.upload_bytes:
            raise VolumeError(
                f"{path.name}: larger than the limit of {limits.upload_bytes:,} bytes. "
                "Open a single scan, or a smaller one."
            )
    return sorted(files)


def _lost_notes(path: Path, only: Sequence[Path] | None) -> tuple[str, ...]:
    """Links of a folder to files that aren't there, as git-annex and copies of links leave them."""
    files = path.rglob("*") if only is None else only
    lost = sum(
        file.is_symlink() and not file.exists() and not is_junk(file.relative_to(path).parts)
        for file in files
    )
    return (f"Links left out because their file isn't there: {lost}.",) if lost else ()


def is_junk(parts: tuple[str, ...]) -> bool:
    """True for the path of a hidden file, or of one that operating systems leave behind."""
    hidden = any(part.startswith(".") or part in JUNK_FOLDERS for part in parts)
    return hidden or parts[-1].lower() in JUNK_FILES


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    return PurePosixPath(member.filename.replace("\\", "/")).parts


def _count_entries(archive: Path) -> int:
    """Upper bound on an archive's entries, without loading its directory into memory."""
    count = 0
    with archive.open("rb") as file:
        while block := file.read(COPY_BYTES):
            count += block.count(ENTRY_MAGIC)
    return count


class _Unpacker:
    """Counts what it writes; nested archives share the counts."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.files: list[Path] = []
        self.damaged: list[Path] = []
        self._broken: list[DamagedArchiveError | LockedArchiveError] = []
        self._folder = folder
        self._limits = limits
        self._bytes = 0
        self._allowed = 0
        self._members = 0
        self._folders = 0
        self._unsafe = 0
        self._deep = 0

    def add(self, file: Path, *, depth: int) -> None:
        """Add a file, or its contents if it is an archive."""
        if not is_zip(file):
            self.files.append(file)
        elif depth < self._limits.depth:
            if depth == 0:
                self._allowed += max(RATIO_FREE_BYTES, file.stat().st_size * self._limits.ratio)
            before = len(self.files)
            try:
                self._unpack(file, depth=depth + 1)
            except (DamagedArchiveError, LockedArchiveError) as error:
                del self.files[before:]
                self._broken.append(error)
        else:
            self._deep += 1

    def check(self, name: str) -> None:
        """Refuse an upload of which nothing but damage or a lock is left."""
        if self.files:
            return
        if self._broken:
            raise self._broken[0]
        if self.damaged:
            raise damaged_archive(name, len(self.damaged))

    def notes(self) -> tuple[str, ...]:
        notes: tuple[str, ...] = ()
        if self.damaged:
            notes += (
                f"Files of an archive left out because they are damaged: {len(self.damaged)}.",
            )
        if self._unsafe:
            notes += (f"Entries left out because of unsafe names or links: {self._unsafe}.",)
        if self._deep:
            notes += (
                f"Archives left out because they are nested too deeply: {self._deep}. Unpack them "
                "first.",
            )
        locked = sum(isinstance(error, LockedArchiveError) for error in self._broken)
        if locked:
            notes += (
                f"Archives left out because they are password-protected: {locked}. Remove the "
                "password first.",
            )
        if len(self._broken) > locked:
            notes += (
                f"Archives left out because they are damaged or compressed in an unsupported way: "
                f"{len(self._broken) - locked}. Create them again as plain zips.",
            )
        return notes

    def _unpack(self, archive: Path, *, depth: int) -> None:
        self._check_members(archive.name, _count_entries(archive) // ENTRIES_PER_FILE)
        try:
            with zipfile.ZipFile(archive) as opened:
                members = sorted(self._members_of(opened, archive.name), key=lambda m: m.filename)
                homes: dict[tuple[str, ...], Path] = {}
                for member in members:
                    self._limits.check_time()
                    target = self._target(_parts(member), homes)
                    try:
                        with opened.open(member) as packed:
                            self._write(packed, target, archive.name)
                    except ZIP_ERRORS:
                        target.touch()
                        self.damaged.append(target)
                    else:
                        self.add(target, depth=depth)
        except ZIP_ERRORS:
            # Not chained: the library's message may quote a member's name.
            raise damaged_archive(archive.name) from None

    def _members_of(self, opened: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
        """Members to write: plain files with safe names, not too many, not encrypted."""
        members = []
        for member in opened.infolist():
            parts = _parts(member)
            if member.is_dir() or not parts:
                continue
            linked = stat.S_ISLNK(member.external_attr >> 16)
            if linked or ".." in parts or parts[0].startswith("/") or parts[0].endswith(":"):
                self._unsafe += 1
            elif member.flag_bits & ENCRYPTED:
                raise LockedArchiveError(
                    f"{name}: the archive is password-protected. Remove the password first."
                )
            elif not is_junk(parts):
                members.append(member)
        self._members += len(members)
        self._check_members(name, self._members)
        return members

    def _check_members(self, name: str, members: int) -> None:
        if members > self._limits.files:
            raise VolumeError(
                f"{name}: more than {self._limits.files:,} files in the archive. Zip a single scan."
            )

    def _target(self, parts: tuple[str, ...], homes: dict[tuple[str, ...], Path]) -> Path:
        """A path of our own: a numbered folder for each folder of the archive, and a safe name."""
        name = plain_name(parts[-1])
        home = homes.get(parts[:-1])
        if home is None or (home / name).exists():
            self._folders += 1
            home = homes[parts[:-1]] = self._folder / f"{self._folders:06d}"
            home.mkdir()
        return home / name

    def _write(self, packed: IO[bytes], target: Path, name: str) -> None:
        with target.open("xb") as file:
            while block := packed.read(WRITE_BYTES):
                self._bytes += len(block)
                self._limits.check_time()
                if self._bytes > min(self._limits.unpacked_bytes, self._allowed):
                    raise VolumeError(
                        f"{name}: the unpacked archive exceeds the limit "
                        f"({self._limits.unpacked_bytes:,} bytes, and {self._limits.ratio} times "
                        "its packed size). Zip a single scan."
                    )
                file.write(block)
