"""The command line of training.

python -m train make --config phantom --out assets/default_model --work runs/phantom
python -m train bench --model assets/default_model --work runs/phantom --count 200
"""

import argparse
import json
import logging
import os
from pathlib import Path


def main() -> None:
    """Parse the command and run it."""
    # The tokenizers' own threads fight with the loop for the cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="draw phantoms, run every stage, evaluate, export")
    make.add_argument("--config", default="phantom", help="phantom, quick or smoke")
    make.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    make.add_argument("--work", type=Path, required=True, help="folder of phantoms and stages")
    make.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    bench = commands.add_parser("bench", help="PhantomBench of a finished model")
    bench.add_argument("--model", type=Path, required=True)
    bench.add_argument("--work", type=Path, required=True)
    bench.add_argument("--count", type=int, default=200)
    bench.add_argument("--out", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    if arguments.command == "make":
        _make(arguments)
    else:
        _bench(arguments)


def _make(arguments: argparse.Namespace) -> None:
    from train.configs import RECIPES
    from train.default_model import make_model
    from train.evaluate import table

    recipe = RECIPES[arguments.config]()
    figures = make_model(recipe, work=arguments.work, out=arguments.out, workers=arguments.workers)
    print(table(figures))


def _bench(arguments: argparse.Namespace) -> None:
    from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm
    from med3dvlm.phantoms.splits import TEST
    from train.configs import cache_spec
    from train.evaluate import bench, table
    from train.phantom_cache import PhantomCache

    folder = arguments.work / "phantoms" / "test"
    if (folder / "spec.json").exists():
        cache = PhantomCache(folder)
    else:
        cache = PhantomCache.build(folder, cache_spec(TEST.start, arguments.count))
    figures = bench(
        load_vlm(arguments.model / "vlm"), load_dual_encoder(arguments.model / "dual_encoder"),
        cache, count=min(arguments.count, len(cache)),
    )  # fmt: skip
    print(table(figures))
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, indent=1) + "\n")
