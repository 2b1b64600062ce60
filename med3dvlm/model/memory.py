"""How much memory there is for a model, on the host and on the device.

here = room("cuda")
here.host, here.device_bytes       # bytes
"""

from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

# Kept free for the page, the scan and the steps of an answer.
RESERVED = 2**30
CONTROL_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Room:
    """Free bytes of the host, and of all devices of the kind `device` together."""

    device: str
    host: int
    device_bytes: int

    def __str__(self) -> str:
        where = "" if self.device == "cpu" else f"{gib(self.device_bytes)} are free on the GPU, "
        return f"{where}{gib(self.host)} in the host's memory ({gib(RESERVED)} of each stay free)."


def room(device: str) -> Room:
    """What is free now; a container's limit counts like the machine's."""
    host = min(psutil.virtual_memory().available, _container_limit())
    if device.startswith("cuda"):
        chosen = torch.device(device)
        places = range(torch.cuda.device_count()) if chosen.index is None else [chosen.index]
        return Room("cuda", host, sum(torch.cuda.mem_get_info(place)[0] for place in places))
    return Room("cpu", host, host)


def gib(count: int) -> str:
    """Bytes as people say them."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _container_limit() -> int:
    """Bytes that this control group may still take; much where there is no limit."""
    try:
        limit = (CONTROL_GROUP / "memory.max").read_text().strip()
        used = int((CONTROL_GROUP / "memory.current").read_text())
        files = _inactive_files()
    except (OSError, ValueError):
        return 2**62
    return 2**62 if limit == "max" else max(int(limit) - used + files, 0)


def _inactive_files() -> int:
    """Cached files, which the system gives back when memory is asked for."""
    for line in (CONTROL_GROUP / "memory.stat").read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == "inactive_file":
            return int(value)
    return 0
