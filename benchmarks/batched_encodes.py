"""Encoding volumes of several waiting visitors: one after the other against one batch.

python -m benchmarks.batched_encodes --volumes 4 --rounds 7

Measures the encoder of the embedded model on its own grid, and the encoder of the released models
on a smaller grid with random weights. Both methods are timed alternately in the same process. They
must give equal features, otherwise the benchmark stops.
"""

import argparse
import statistics
from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.hardware import hardware
from benchmarks.stopwatch import seconds
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import small

HERE = Path(__file__).resolve().parent
HALF_GRID = (64, 128, 128)  # half of the released model's, along each axis


@torch.inference_mode()
def measure(encoder: DCFormer, volumes: torch.Tensor, rounds: int) -> tuple[list[float], ...]:
    """Seconds of each round: one after the other, and in one batch.

    Args:
        encoder: in evaluation mode, on the device of the volumes.
        volumes: (B, 1, D, H, W).
        rounds: number of rounds, after one to warm up.

    Raises:
        SystemExit: the two methods give different features.
    """
    singly = [encoder(volume[None])[-1] for volume in volumes]
    if not torch.allclose(torch.cat(singly), encoder(volumes)[-1], atol=1e-4):
        raise SystemExit("A batch gives different features from its volumes alone.")
    alone, together = [], []
    for _ in range(rounds):
        # A GPU has finished once its result is on the CPU.
        alone.append(seconds(lambda: [encoder(volume[None])[-1].cpu() for volume in volumes]))
        together.append(seconds(lambda: encoder(volumes)[-1].cpu()))
    return alone, together


def main() -> None:
    """Measure, print, and write a page next to this file."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.batched_encodes", description=__doc__
    )
    parser.add_argument("--volumes", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    arguments = parser.parse_args()
    loaded = load_vlm(DEFAULT_MODEL / "vlm")
    torch.manual_seed(0)
    encoders = {
        "embedded": (loaded.model.encoder.float(), loaded.model.config.grid),
        "released architecture, random weights": (DCFormer(small()), HALF_GRID),
    }
    machine, day = hardware(arguments.device), datetime.now(UTC).date().isoformat()
    lines = [
        "# Encoding for several visitors",
        "",
        f"{day}, {machine}, torch {torch.__version__}, {arguments.volumes} volumes, "
        f"{arguments.rounds} alternating rounds, float32.",
        "",
        "| encoder | grid | one after the other, s | in one batch, s | batch / one by one |",
        "|---|---|---|---|---|",
    ]
    for name, (encoder, grid) in encoders.items():
        volumes = torch.rand(arguments.volumes, 1, *grid, device=arguments.device)
        placed = encoder.to(arguments.device).eval()
        alone, together = measure(placed, volumes, arguments.rounds)
        ratio = statistics.median(b / a for a, b in zip(alone, together, strict=True))
        lines.append(
            f"| {name} | {' x '.join(map(str, grid))} | {statistics.median(alone):.3f} "
            f"| {statistics.median(together):.3f} | {ratio:.2f} |"
        )
    page = "\n".join([*lines, ""])
    print(page)
    (arguments.out / f"batched-encodes_{machine}_{day}.md").write_text(page)


if __name__ == "__main__":
    main()
