"""What reading an upload in a child process costs, beside reading it in the app itself.

    python -m benchmarks.reading        # writes a table; fails above a tenth more

Both open the same file in turn, so that other work on the machine slows both: the voxels are read,
and what the page says of a scan is found. (It then waits for the viewer's file and for the model,
which take longer.) The answer is the median of the ratios of all rounds; reading alone is told,
too.
"""

import gzip
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np

from med3dvlm.hosting.reading.readers import Readers
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.volumes.limits import DEFAULT_LIMITS
from med3dvlm.volumes.preflight import preflight
from med3dvlm.volumes.reader import OpenScan
from med3dvlm.volumes.volume import Volume

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, SHAPE = 15, (96, 256, 256)
MOST_TIMES = 1.1
Use = Callable[[Volume], object]


def scan_files(folder: Path) -> Iterator[Path]:
    """A phantom of usual size, packed and plain."""
    voxels = make_case(SHOWROOM[800], shape=SHAPE).volume.voxels.transpose(2, 1, 0)
    content = nibabel.Nifti1Image(voxels.astype(np.int16), np.eye(4)).to_bytes()
    for name, written in (("scan.nii", content), ("scan.nii.gz", gzip.compress(content, 6))):
        path = folder / name
        path.write_bytes(written)
        yield path


def seconds(read: Callable[[], object]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    read()
    return time.perf_counter() - started


def compare(path: Path, readers: Readers, use: Use) -> tuple[float, float, float]:
    """Median seconds here and there, and the median of their ratio in each round."""

    def here() -> None:
        use(OpenScan(path).read())

    def there() -> None:
        scan = readers.open(path, DEFAULT_LIMITS)
        use(scan.read())
        scan.close()

    there()  # the process is warm in the app, too
    rounds = [(seconds(here), seconds(there)) for _ in range(ROUNDS)]
    plain, apart = map(statistics.median, zip(*rounds, strict=True))
    return plain, apart, statistics.median(second / first for first, second in rounds)


def looked_at(volume: Volume) -> object:
    """What the page finds out about every scan before it shows it."""
    return volume.digest, preflight(volume)


def main() -> None:
    """Run, print, write the table."""
    lines = [
        "# Reading an upload in the app and in a child process", "",
        f"`python -m benchmarks.reading`, {platform.machine()}, {os.cpu_count()} cores, "
        f"load of the machine {os.getloadavg()[0]:.1f};",
        f"{ROUNDS} rounds, both in turn, {' x '.join(map(str, SHAPE))} voxels.", "",
        "| file | | in the app (s) | in a child (s) | ratio |", "|---|---|---|---|---|",
    ]  # fmt: skip
    readers, ratios = Readers(2), []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for path in scan_files(Path(folder)):
                for what, use in (("read alone", id), ("opened", looked_at)):
                    plain, apart, ratio = compare(path, readers, use)
                    row = f"{plain:.3f} | {apart:.3f} | {ratio:.2f}"
                    lines.append(f"| {path.name} | {what} | {row} |")
                ratios.append(ratio)
    finally:
        readers.close()
    text = "\n".join(lines) + "\n"
    print(text)
    name = f"reading_{platform.machine()}-{os.cpu_count()}-threads_{time.strftime('%Y-%m-%d')}.md"
    (ROOT / "benchmarks" / name).write_text(text)
    if max(ratios) > MOST_TIMES:
        sys.exit("opening a scan takes longer than it may")


if __name__ == "__main__":
    main()
