"""Stage 1 fed from ready shards against the same step fed from .nii.gz files.

python -m benchmarks.ready_data --encoder nano --batch 2 --rounds 5

Both methods read the same volumes of 128 x 256 x 256 voxels, alternately, in the same process. The
baseline reads each .nii.gz (float32, prepared by the published rule) with as many threads as ours.
Both read the next batch in a thread while a step is computed, as the training loop does. The page
also reports CPU seconds, because other load on the machine hardly affects them.
"""

import argparse
import gzip
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import nibabel
import numpy as np
import torch
from torch import Tensor, nn

from med3dvlm.model.dcformer_config import VARIANTS
from med3dvlm.volumes.grid import PUBLISHED_GRID
from train.data.m3d.prepare import PrepareConfig, prepare
from train.data.m3d.sample import SampleSpec, make_sample
from train.data.m3d.shards import Lines, Volumes
from train.data.m3d.sources import corpus
from train.data.texts import tokenised
from train.recipes.m3d import sample_contrastive
from train.stages.contrastive import Pairing
from train.stages.towers import open_dual_encoder, text_key

HERE = Path(__file__).resolve().parent
DISTINCT, READ = 4, 64
THREADS = 2
STEPS = 2  # of a measurement, so that one of two batches is read during a step
MARK = 0.1  # seconds for 64 volumes on two cores
NIFTI, READY = "from .nii.gz", "from ready shards"


class Spent(NamedTuple):
    """Wall-clock seconds, and CPU seconds of all threads of this process."""

    clock: float
    cpu: float


def ready_data(folder: Path) -> Path:
    """A few phantoms in M3D's layout at full size, prepared for training."""
    make_sample(
        folder / "raw", SampleSpec(train=DISTINCT - 2, validation=1, test=1, shape=(64, 128, 128))
    )
    prepare(folder / "raw", folder / "ready", PrepareConfig(grid=PUBLISHED_GRID, workers=THREADS))
    return folder / "ready"


def as_nifti(volumes: Volumes, folder: Path) -> list[Path]:
    """The same volumes as float32 .nii.gz files."""
    folder.mkdir()
    paths = []
    for row in range(DISTINCT):
        voxels = volumes[[row]][0, 0].numpy().astype(np.float32) / 255
        image = nibabel.Nifti1Image(voxels.transpose(2, 1, 0), np.diag([-1.0, -1.0, 1.0, 1.0]))
        paths.append(folder / f"{row}.nii.gz")
        with gzip.open(paths[-1], "wb", compresslevel=1) as stream:
            stream.write(image.to_bytes())
    return paths


class Step:
    """One optimiser step of stage 1."""

    def __init__(self, ready: Path, encoder: str, device: str) -> None:
        plain = sample_contrastive()
        image = replace(plain.image, encoder=VARIANTS[encoder]())
        self.config = replace(plain, image=image, chunk=0, norm_group=1)
        self.tokenizer, make = open_dual_encoder(self.config, partial(corpus, ready), run=ready)
        self.model: nn.Module = Pairing(make(), self.config).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4)
        self.texts = [line["text"] for line in Lines(ready / "captions_train.jsonl")]
        self.device = device

    def learn(self, volumes: Tensor) -> None:
        """Forward pass, backward pass, optimiser step."""
        count = len(volumes)
        texts = [self.texts[i % len(self.texts)] for i in range(count)]
        batch = {
            "volume": volumes, "gain": torch.ones(count), "offset": torch.zeros(count),
            "mirrored": torch.zeros(count, dtype=torch.bool),
            "key": torch.tensor([text_key(text) + i for i, text in enumerate(texts)]),
            **tokenised(self.tokenizer, texts, max_length=self.config.text.max_length),
        }  # fmt: skip
        losses = self.model({name: tensor.to(self.device) for name, tensor in batch.items()})
        losses["loss"].backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        losses["loss"].item()


def spent(work: Callable[[], object]) -> Spent:
    """The time that one call takes."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() - cpu)


def fed(step: Step, read: Callable[[int], Tensor], batch: int) -> None:
    """Some steps, each batch read in a thread during the previous step."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(read, batch)
        for left in reversed(range(STEPS)):
            volumes = following.result()
            if left:
                following = thread.submit(read, batch)
            step.learn(volumes)


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, list[Spent]]:
    """The time of every round of both methods, by task."""
    ready = ready_data(folder)
    volumes = Volumes(ready, threads=THREADS)
    paths = as_nifti(volumes, folder / "nifti")
    pool = ThreadPoolExecutor(THREADS)

    def ours(count: int) -> Tensor:
        return volumes[[row % DISTINCT for row in range(count)]]

    def one(path: Path) -> Tensor:
        voxels = nibabel.load(path).get_fdata(dtype=np.float32).transpose(2, 1, 0)
        return torch.from_numpy(np.ascontiguousarray(voxels))[None]

    def plain(count: int) -> Tensor:
        read = pool.map(one, [paths[row % DISTINCT] for row in range(count)])
        return torch.stack(list(read)).mul_(255).round_().to(torch.uint8)

    if not torch.equal(ours(DISTINCT), plain(DISTINCT)):
        raise SystemExit("The two methods read different volumes, so there is nothing to compare.")
    step = Step(ready, arguments.encoder, arguments.device)
    batch = arguments.batch
    step.learn(ours(batch))
    works: dict[str, Callable[[], object]] = {
        f"{STEPS} steps of {batch} {NIFTI}": lambda: fed(step, plain, batch),
        f"{STEPS} steps of {batch} {READY}": lambda: fed(step, ours, batch),
        f"read {batch} {NIFTI}": lambda: plain(batch),
        f"read {batch} {READY}": lambda: ours(batch),
        f"read {READ} {READY}": lambda: ours(READ),
    }
    found: dict[str, list[Spent]] = {name: [] for name in works}
    for _ in range(arguments.rounds):
        for name, work in works.items():
            found[name].append(spent(work))
    return found


def report(found: dict[str, list[Spent]], batch: int, heading: list[str]) -> str:
    """The figures as a Markdown page, with conclusions."""
    lines = [
        *heading, "",
        "| what | median s | fastest s | slowest s | median CPU s | volumes a second |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, rounds in found.items():
        clock = [one.clock for one in rounds]
        cpu = statistics.median(one.cpu for one in rounds)
        speed = _volumes(name, batch) / statistics.median(clock)
        lines.append(
            f"| {name} | {statistics.median(clock):.3f} | {min(clock):.3f} | {max(clock):.3f} | "
            f"{cpu:.3f} | {speed:.2f} |"
        )
    return "\n".join([*lines, "", *conclusion(found, batch), ""])


def _volumes(name: str, batch: int) -> int:
    if name.startswith(f"read {READ} "):
        return READ
    return batch * STEPS if name.startswith(f"{STEPS} steps") else batch


def conclusion(found: dict[str, list[Spent]], batch: int) -> list[str]:
    """The sentences below the table, derived from the figures only."""
    lines = []
    for what, said in ((f"{STEPS} steps of", "Stage 1, whole steps"), ("read", "Reading alone")):
        ways = [found[f"{what} {batch} {way}"] for way in (NIFTI, READY)]
        count = _volumes(f"{what} {batch} {NIFTI}", batch)
        plain, ours = (count / statistics.median(one.clock for one in way) for way in ways)
        clock = statistics.median(p.clock / o.clock for p, o in zip(*ways, strict=True))
        cpu = statistics.median(p.cpu / o.cpu for p, o in zip(*ways, strict=True))
        lines += [
            f"{said}: {ours:.2f} samples a second {READY}, {plain:.2f} {NIFTI}. By the median of "
            f"the rounds .nii.gz takes {clock:.2f} times as long, and {cpu:.2f} times the CPU.",
            "",
        ]
    rounds = found[f"read {READ} {READY}"]
    clock = statistics.median(one.clock for one in rounds)
    share = statistics.median(one.cpu for one in rounds) / THREADS
    lines.append(
        f"{READ} volumes {READY}: {clock:.3f} s by the clock, {_against(clock)}; {share:.3f} s of "
        f"CPU for each of {THREADS} threads, {_against(share)}."
    )
    return lines


def _against(seconds: float) -> str:
    return f"{'within' if seconds <= MARK else 'over'} the mark of {MARK} s"


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ready_data", description=__doc__)
    parser.add_argument("--encoder", choices=sorted(VARIANTS), default="nano")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load = os.getloadavg()[0]
        found = measure(arguments, Path(folder))
    on_gpu = arguments.device.startswith("cuda")
    hardware = (
        torch.cuda.get_device_name().replace(" ", "-")
        if on_gpu
        else f"{platform.machine()}-{torch.get_num_threads()}-threads"
    )
    day = datetime.now(UTC).date().isoformat()
    heading = [
        "# Stage 1 from ready shards and from .nii.gz",
        "",
        f"{day}, {hardware}, torch {torch.__version__}, DCFormer {arguments.encoder}, volumes of "
        f"{'x'.join(map(str, PUBLISHED_GRID))}, {THREADS} reading threads, files in the page "
        f"cache, {arguments.rounds} alternating rounds. Load average before the start: "
        f"{load:.1f} on {os.cpu_count()} cores.",
    ]
    page = report(found, arguments.batch, heading)
    print(page)
    (arguments.out / f"ready_data_{hardware}_{day}.md").write_text(page)


if __name__ == "__main__":
    main()
