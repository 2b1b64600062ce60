"""Memory and time to load a synthetic sharded checkpoint of some GiB, in every precision.

python -m benchmarks.loading --gib 3 --shard 512MB

Like the release, the checkpoint is float32 in the published layout, but with random weights. Each
load runs in its own process, whose peak memory is compared with its memory before the load. The
loader promises a bound: the model as loaded plus the largest shard.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from transformers import AutoTokenizer

from benchmarks.gpu import modest
from benchmarks.hardware import hardware
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.model.precision import PRECISIONS, available
from med3dvlm.model.released_export import save_published_vlm
from med3dvlm.model.vlm import VLM

HERE = Path(__file__).resolve().parent
GIB = 2**30
LAYER = 51_386_880  # parameters of one layer of width 2048 with 6144 hidden
WIDTH = 2048

LOAD = """
import json, sys, time
from pathlib import Path
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.footprint import weights_bytes
def peak():  # of this program alone: getrusage hands on the peak of the one that started it
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
load_vlm(Path(sys.argv[1]), precision=sys.argv[3])
before, started = peak(), time.perf_counter()
model = load_vlm(Path(sys.argv[2]), precision=sys.argv[3]).model
seconds = time.perf_counter() - started
print(json.dumps({"grown": peak() - before, "model": weights_bytes(model), "seconds": seconds}))
"""


def write(folder: Path, layers: int, shard: str) -> None:
    """Write a checkpoint whose language model has `layers` layers."""
    tokenizer = AutoTokenizer.from_pretrained(DEFAULT_MODEL / "vlm", local_files_only=True)
    config = modest()
    language = replace(
        config.language, vocabulary=len(tokenizer), width=WIDTH, heads=16, key_heads=4,
        hidden=6144, layers=layers,
    )  # fmt: skip
    low, high = config.projector.low, config.projector.high
    projector = replace(
        config.projector,
        low=replace(low, channels=(*low.channels[:-1], WIDTH)),
        high=replace(high, channels=(*high.channels[:-1], WIDTH)),
    )
    placeholder = tokenizer.convert_tokens_to_ids("<im_patch>")
    config = replace(config, language=language, projector=projector, placeholder_id=placeholder)
    save_published_vlm(folder, VLM(config), tokenizer, shard=shard)


def main() -> None:
    """Write the checkpoint, load it in each precision, print, and write a page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading", description=__doc__)
    parser.add_argument("--gib", type=float, default=1.0, help="size of the checkpoint")
    parser.add_argument("--shard", default="256MB", help="largest file size")
    parser.add_argument("--precisions", default=",".join(p for p in PRECISIONS if available(p)))
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the page")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    rows = ["| precision | model GiB | growth GiB | bound GiB | growth / bound | s |"]
    rows.append("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        warm, large = Path(folder) / "warm", Path(folder) / "large"
        write(warm, 1, "5GB")
        write(large, max(1, round(chosen.gib * GIB / 4 / LAYER)), chosen.shard)
        files = sorted(path.stat().st_size for path in large.glob("*.safetensors"))
        for precision in chosen.precisions.split(","):
            run = subprocess.run(
                [sys.executable, "-c", LOAD, str(warm), str(large), precision],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            seen = json.loads(run.stdout.splitlines()[-1])
            bound = seen["model"] + files[-1]
            rows.append(
                f"| {precision} | {seen['model'] / GIB:.2f} | {seen['grown'] / GIB:.2f} "
                f"| {bound / GIB:.2f} | {seen['grown'] / bound:.2f} | {seen['seconds']:.1f} |"
            )
            time.sleep(1)
    place, day = hardware("cpu"), datetime.now(UTC).date().isoformat()
    heading = [
        "# Loading a sharded checkpoint",
        "",
        f"{day}, {place}, torch {torch.__version__}. Float32 in {len(files)} files of at most "
        f"{files[-1] / GIB:.2f} GiB, {sum(files) / GIB:.2f} GiB in total. `growth` is the rise "
        "of the process's peak memory; the bound is the model as loaded plus the largest file.",
        "",
    ]
    page = "\n".join([*heading, *rows, ""])
    print(page)
    (chosen.out / f"loading_{place}_{day}.md").write_text(page)


if __name__ == "__main__":
    main()
