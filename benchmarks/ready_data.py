"""Stage 1 fed from ready shards, against the same step fed from .nii.gz files.

python -m benchmarks.ready_data --encoder nano --batch 8 --rounds 3

The same volumes of 128 x 256 x 256 voxels both ways, in turn, in the same process. The plain way
reads each .nii.gz (float32, as prepared by the published rule) in as many threads as ours.
"""

import argparse
import gzip
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import nibabel
import numpy as np
import torch
from torch import Tensor, nn

from med3dvlm.model.dcformer import VARIANTS
from train.m3d.configs import RELEASED_GRID, sample_contrastive
from train.m3d.contrastive import PairedVolumes, tokenised
from train.m3d.prepare import PrepareConfig, prepare
from train.m3d.sample import SampleSpec, make_sample
from train.m3d.shards import Lines, Volumes
from train.m3d.towers import build_dual_encoder, text_key

HERE = Path(__file__).resolve().parent
DISTINCT, READ = 4, 64
THREADS = 2


def ready_data(folder: Path) -> Path:
    """A few phantoms in M3D's layout at full size, made ready."""
    make_sample(
        folder / "raw", SampleSpec(train=DISTINCT - 2, validation=1, test=1, shape=(64, 128, 128))
    )
    prepare(folder / "raw", folder / "ready", PrepareConfig(grid=RELEASED_GRID, workers=THREADS))
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
        self.study = replace(plain, image=image, chunk=0, norm_group=1)
        self.tokenizer, make = build_dual_encoder(self.study, ready)
        self.model: nn.Module = PairedVolumes(make(), self.study).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4)
        self.texts = [line["text"] for line in Lines(ready / "captions_train.jsonl")]
        self.device = device

    def learn(self, volumes: Tensor) -> None:
        """Forwards, backwards, step."""
        count = len(volumes)
        texts = [self.texts[i % len(self.texts)] for i in range(count)]
        batch = {
            "volume": volumes, "gain": torch.ones(count), "offset": torch.zeros(count),
            "mirrored": torch.zeros(count, dtype=torch.bool),
            "key": torch.tensor([text_key(text) + i for i, text in enumerate(texts)]),
            **tokenised(self.tokenizer, texts, self.study),
        }  # fmt: skip
        losses = self.model({name: tensor.to(self.device) for name, tensor in batch.items()})
        losses["loss"].backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        losses["loss"].item()


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Seconds of every round of both ways."""
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
        raise SystemExit("The two ways read different volumes: nothing to compare.")
    step = Step(ready, arguments.encoder, arguments.device)
    batch = arguments.batch
    held = ours(batch)
    step.learn(held)
    works: dict[str, Callable[[], object]] = {
        f"read {batch} from .nii.gz": lambda: plain(batch),
        f"read {batch} from ready shards": lambda: ours(batch),
        f"step of {batch} from .nii.gz": lambda: step.learn(plain(batch)),
        f"step of {batch} from ready shards": lambda: step.learn(ours(batch)),
        f"step of {batch}, already read": lambda: step.learn(held),
        f"read {READ} from ready shards": lambda: ours(READ),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(arguments.rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return times


def report(times: dict[str, list[float]], batch: int, heading: list[str]) -> str:
    """The figures as a Markdown page."""
    lines = [*heading, "", "| what | median s | fastest s | slowest s | volumes a second |"]
    lines.append("|---|---|---|---|---|")
    for name, spent in times.items():
        count = READ if name.startswith(f"read {READ} ") else batch
        median = statistics.median(spent)
        cells = f"{median:.3f} | {min(spent):.3f} | {max(spent):.3f} | {count / median:.1f}"
        lines.append(f"| {name} | {cells} |")
    for what in ("read", "step of"):
        pairs = zip(
            times[f"{what} {batch} from .nii.gz"], times[f"{what} {batch} from ready shards"],
            strict=True,
        )  # fmt: skip
        ratio = statistics.median(plain / ours for plain, ours in pairs)
        lines += ["", f"{what.split()[0].capitalize()}: .nii.gz takes {ratio:.2f} times as long."]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write a page beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ready_data", description=__doc__)
    parser.add_argument("--encoder", choices=sorted(VARIANTS), default="nano")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the page")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = measure(arguments, Path(folder))
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
        f"{'x'.join(map(str, RELEASED_GRID))}, {THREADS} reading threads, files in the page cache, "
        f"{arguments.rounds} rounds in turn.",
    ]
    page = report(times, arguments.batch, heading)
    print(page)
    (arguments.out / f"ready_data_{hardware}_{day}.md").write_text(page)


if __name__ == "__main__":
    main()
