"""Control groups written into a folder, as the system shows them to a process in a container."""

from dataclasses import dataclass
from pathlib import Path

GIB = 2**30
NAMES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


@dataclass(frozen=True)
class FakeContainer:
    """Stands for `/sys/fs/cgroup` and `/proc/self/cgroup`; without a limit until it is told one.

    Attributes:
        groups: the folder of all groups.
        own: the file that names this process's groups.
    """

    groups: Path
    own: Path

    def leaves(self, free: int, *, group: str = "", version: int = 2) -> None:
        """Limit a group so that so many bytes are left; half a GiB of its use is cached files."""
        limit, used, cached = NAMES[version]
        folder = self.groups / ("memory" if version == 1 else "") / group
        folder.mkdir(parents=True, exist_ok=True)
        (folder / limit).write_text(f"{2 * GIB + free}\n")
        (folder / used).write_text(f"{2 * GIB + GIB // 2}\n")
        (folder / "memory.stat").write_text(f"anon 5\n{cached} {GIB // 2}\n")

    def holds_this_process(self, group: str, *, version: int = 2) -> None:
        """Put this process into a group below the top."""
        self.own.write_text({1: f"7:pids:/\n4:memory,cpu:/{group}\n", 2: f"0::/{group}\n"}[version])
