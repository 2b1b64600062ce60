"""CPU seconds that a scan of an archive takes, and hours for 120,000 and a million of them.

python -m benchmarks.archive --rounds 5

A scan of 512 x 512 x 300 voxels as .nii.gz is opened, brought to the model's grid and encoded, on
one thread, by the embedded dual encoder and by an encoder of the released architecture with random
weights. CPU seconds, since a worker keeps one core busy; elapsed time is the same on an idle one.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nibabel as nib
import numpy as np
import torch

from benchmarks.hardware import hardware
from med3dvlm.engine.embedder import open_embedder
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import small
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes import Volume, open_volume
from med3dvlm.volumes.grid import PUBLISHED_GRID, to_model_grid
from med3dvlm.volumes.window import MODEL_CT

HERE = Path(__file__).resolve().parent
ARCHIVES = (120_000, 1_000_000)
CORES = (2, 16, 128, 1024)
ENLARGED = 4  # a phantom of 128 x 128 x 75 voxels, along each axis


def make_scan(path: Path) -> None:
    """A phantom in the size of a hospital's scan, with noise that compresses like one."""
    small_one = make_case(1, shape=(75, 128, 128)).volume.voxels
    for axis in range(3):
        small_one = np.repeat(small_one, ENLARGED, axis=axis)
    noise = np.random.default_rng(0).normal(0, 12, small_one.shape)
    voxels = (small_one + noise).astype(np.int16).transpose(2, 1, 0)
    nib.save(nib.Nifti1Image(voxels, np.diag([0.7, 0.7, 1.0, 1.0])), path)


def cpu_seconds(work: Callable[[], object], rounds: int) -> float:
    """The median of several rounds."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


@torch.inference_mode()
def measure(path: Path, rounds: int) -> dict[str, float]:
    """CPU seconds of each step."""
    volume: Volume = open_volume(path)
    embedder = open_embedder("embedded", device="cpu")
    encoder = DCFormer(small()).eval()
    seen = to_model_grid(volume, MODEL_CT, PUBLISHED_GRID).tensor
    return {
        "open": cpu_seconds(lambda: open_volume(path), rounds),
        "embedded": cpu_seconds(lambda: embedder.embed(volume), rounds),
        "grid": cpu_seconds(lambda: to_model_grid(volume, MODEL_CT, PUBLISHED_GRID), rounds),
        "released": cpu_seconds(lambda: encoder(seen), rounds),
    }


def page_of(taken: dict[str, float], rounds: int) -> str:
    """The page: seconds a scan, and hours an archive on so many cores."""
    machine, day = hardware("cpu"), datetime.now(UTC).date().isoformat()
    whole = {
        "embedded": taken["open"] + taken["embedded"],
        "released architecture": taken["open"] + taken["grid"] + taken["released"],
    }
    lines = [
        "# Encoding an archive",
        "",
        f"{day}, {machine}, torch {torch.__version__}, one thread, "
        f"float32, median of {rounds} rounds.",
        "",
        "| CPU seconds a scan | open | to the grid and encode | together |",
        "|---|---|---|---|",
        f"| embedded | {taken['open']:.2f} | {taken['embedded']:.2f} | {whole['embedded']:.2f} |",
        f"| released architecture | {taken['open']:.2f} | {taken['grid'] + taken['released']:.2f} "
        f"| {whole['released architecture']:.2f} |",
        "",
        "| hours, computed | " + " | ".join(f"{cores} cores" for cores in CORES) + " |",
        "|---|" + "---|" * len(CORES),
    ]
    for name, each in whole.items():
        for count in ARCHIVES:
            hours = " | ".join(f"{each * count / cores / 3600:,.1f}" for cores in CORES)
            lines.append(f"| {name}, {count:,} scans | {hours} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        scan = Path(folder) / "scan.nii.gz"
        make_scan(scan)
        page = page_of(measure(scan, arguments.rounds), arguments.rounds)
    print(page)
    day = datetime.now(UTC).date().isoformat()
    (arguments.out / f"archive_{hardware('cpu')}_{day}.md").write_text(page)


if __name__ == "__main__":
    main()
