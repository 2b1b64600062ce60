"""How much memory this process may still take: of the machine, or of the container that it runs in.

    available_host_bytes()      # what loading, caching and open scans go by

A container (Docker, Kubernetes, a systemd unit) often has less than the machine. Its control group
says so; whoever takes more is ended by the system without a word. No torch here: the page asks too,
before the model's libraries are imported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class _Version:
    """Where a version of control groups keeps its numbers.

    Attributes:
        folder: of the memory controller, below the mount of all.
        controller: what its line of `/proc/self/cgroup` names.
        limit, used: files.
        cached: line of `memory.stat`: cached files, which the system gives back when asked.
    """

    folder: str
    controller: str
    limit: str
    used: str
    cached: str


VERSIONS = (
    _Version("", "", "memory.max", "memory.current", "inactive_file"),
    _Version(
        "memory", "memory",
        "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
    ),
)  # fmt: skip


def available_host_bytes() -> int:
    """Free bytes of the machine's memory, or what the control groups leave where that is less."""
    return min((int(psutil.virtual_memory().available), *_left_in_groups()))


def _left_in_groups() -> Iterator[int]:
    """Of the process's own group and of those around it, of both versions: any may set a limit."""
    for version in VERSIONS:
        top = CONTROL_GROUPS / version.folder
        own = top / _own_group(version.controller)
        for folder in (own, *own.parents):
            if folder.is_relative_to(top):
                yield from _left(folder, version)


def _own_group(controller: str) -> str:
    """The path of this process's group, which a container need not see: then the top counts."""
    try:
        lines = OWN_GROUPS.read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""


def _left(folder: Path, version: _Version) -> Iterator[int]:
    """What a group leaves; nothing where it sets no limit."""
    try:
        limit = (folder / version.limit).read_text().strip()
        if limit == "max":
            return
        used = int((folder / version.used).read_text())
        yield max(int(limit) - used + _cached(folder, version.cached), 0)
    except (OSError, ValueError):  # no such group, or not one that we can read
        return


def _cached(folder: Path, wanted: str) -> int:
    for line in (folder / "memory.stat").read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == wanted:
            return int(value)
    return 0
