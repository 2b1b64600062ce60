"""A short name for the machine, for headings and file names of benchmark pages."""

import platform

import torch


def hardware(device: str) -> str:
    """`x86_64-2-threads`, or the name of the GPU."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name().replace(" ", "-")
    return f"{platform.machine()}-{torch.get_num_threads()}-threads"
