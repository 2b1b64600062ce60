"""The most memory that reading takes at any time, beside the size of the volume.

taken = peak(path)      # in a process of its own, with its helpers
taken.times             # 2 is twice the volume

python -m benchmarks.speed.memory PATH WARM_PATH    # what `peak` starts
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.speed.dicom import CODINGS, write_series
from benchmarks.speed.growth import SLICES, Growth, exponent
from benchmarks.speed.scans import write_scan
from med3dvlm.hosting.reading.child import decoding_processes
from med3dvlm.volumes import Limits, open_volume

Writer = Callable[..., Path]
LOOK_S = 0.02
MIB = 2**20
FEW = 32


class Peak(NamedTuple):
    """What reading a scan took at most, helpers included, beyond what the process had before."""

    name: str
    volume_mib: float
    peak_mib: float

    @property
    def times(self) -> float:
        """How often the volume would have fitted."""
        return self.peak_mib / self.volume_mib


def all_peaks(folder: Path, *, slices: int) -> list[Peak]:
    """A packed NIfTI file and DICOM series."""
    small, large = folder / "small", folder / "large"
    kinds: dict[str, Writer] = {".nii.gz": _packed}
    for name, change in CODINGS.items():
        kinds[f"DICOM files, {name}"] = partial(write_series, change=change)
    return [
        peak(
            f"512 x 512 x {slices}, {name}",
            write(large / name, slices=slices),
            write(small / name, slices=FEW),
        )
        for name, write in kinds.items()
    ]


def memory_growth(folder: Path) -> Growth:
    """The most memory, MiB, that packed files of more and more slices take."""
    counts = list(SLICES)
    warm, *paths = [
        _packed(folder / f"{n}", slices=count) for n, count in enumerate([FEW, *counts])
    ]
    taken = [peak("", path, warm).peak_mib for path in paths]
    name = "most memory, MiB, while reading a packed file, by slices"
    return Growth(name, counts, taken, exponent(counts, taken))


def _packed(folder: Path, *, slices: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_scan(folder / "scan.nii.gz", slices=slices)


def peak(name: str, path: Path, warm: Path) -> Peak:
    """Read in a process that has read a small scan before, so that libraries are loaded."""
    command = [sys.executable, "-m", "benchmarks.speed.memory", str(path), str(warm)]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    volume, taken = json.loads(told)
    return Peak(name, volume / MIB, taken / MIB)


def measured(path: Path, warm: Path) -> tuple[int, int]:
    """Bytes of the volume, and of the most memory that reading it took."""
    limits = Limits(processes=decoding_processes())
    open_volume(warm, limits=limits)
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest use so far
    before = psutil.Process().memory_info().rss
    with helpers_watched() as helpers:
        volume = open_volume(path, limits=limits)
    highest = next(
        int(line.split()[1]) * 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return volume.voxels.nbytes, highest - before + max(helpers)


@contextmanager
def helpers_watched() -> Iterator[list[int]]:
    """Bytes that children of this process have for themselves, taken down while it works."""
    seen, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_S):
            with suppress(psutil.Error):
                children = psutil.Process().children(recursive=True)
                seen.append(sum(child.memory_full_info().uss for child in children))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


if __name__ == "__main__":
    print(json.dumps(measured(*map(Path, sys.argv[1:]))))
