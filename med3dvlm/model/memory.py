"""How much memory is available for a model, on the host and on the device.

here = room("cuda")
here.host, here.device_bytes       # bytes
"""

from dataclasses import dataclass

import torch

from med3dvlm.model.host_memory import available_host_bytes

# Kept free for the page, the scan and the steps of an answer.
RESERVED = 2**30


@dataclass(frozen=True, slots=True)
class Room:
    """Free bytes on the host, and on all devices of the kind `device` together."""

    device: str
    host: int
    device_bytes: int

    def __str__(self) -> str:
        where = "" if self.device == "cpu" else f"{gib(self.device_bytes)} are free on the GPU, "
        return f"{where}{gib(self.host)} on the host ({gib(RESERVED)} of each are kept free)."


def room(device: str) -> Room:
    """Memory that is free now, within a container's limit."""
    host = available_host_bytes()
    if device.startswith("cuda"):
        chosen = torch.device(device)
        places = range(torch.cuda.device_count()) if chosen.index is None else [chosen.index]
        return Room("cuda", host, sum(torch.cuda.mem_get_info(place)[0] for place in places))
    return Room("cpu", host, host)


def gib(count: int) -> str:
    """Bytes in human-readable form."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
