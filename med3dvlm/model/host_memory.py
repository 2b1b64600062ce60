"""How much memory this process may still use, on the machine or within its container's limit.

    available_host_bytes()      # used by loading, caching and open scans

A container (Docker, Kubernetes, a systemd unit) often has less memory than the machine. Its control
group sets the limit; the system kills a process that exceeds it without a message. No torch here:
the page calls this before the model's libraries are imported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class _Version:
    """Where a version of control groups stores its numbers.

    Attributes:
        folder: of the memory controller, below the common mount point.
        controller: its name in `/proc/self/cgroup`.
        limit, used: file names.
        cached: line of `memory.stat` for cached files, which the system can reclaim.
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
    """Memory left in the process's own group and its parents, in both versions: each may limit."""
    for version in VERSIONS:
        top = CONTROL_GROUPS / version.folder
        own = top / _own_group(version.controller)
        for folder in (own, *own.parents):
            if folder.is_relative_to(top):
                yield from _left(folder, version)


def _own_group(controller: str) -> str:
    """The path of this process's group; a container may not see it, then the top level counts."""
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
    """Memory left in a group; yields nothing if the group sets no limit."""
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
