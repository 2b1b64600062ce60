"""Saves the model's input for each scan as .npy, and the facts about its file as .json."""

import argparse
import hashlib
import json
from collections.abc import Iterator

import numpy as np

from med3dvlm.commands import options
from med3dvlm.commands.scans import over
from med3dvlm.commands.table import ERROR, Row, Table
from med3dvlm.volumes import Volume
from med3dvlm.volumes.preflight import preflight

COLUMNS = ("file", "series", "tensor", "preflight", "digest", "weights", ERROR)
ROWS = "scans.csv"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scans(parser, "folder of tensors; an existing folder is continued")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Run the command; raises like `scans.over`."""
    out = options.made_folder(chosen.out)
    table = Table(path=out / ROWS, columns=COLUMNS, keys=("file", "series", "weights"))
    engine = options.engine_of(chosen)
    weights = engine.card.digest

    def work(volume: Volume) -> Row:
        seen = engine.prepare(volume)
        name = hashlib.sha256(f"{volume.digest} {weights}".encode()).hexdigest()[:16]
        np.save(out / f"{name}.npy", seen.tensor.numpy())
        check = preflight(volume)
        told = {
            "digest": volume.digest,
            "shape": list(volume.shape),
            "spacing_mm": list(volume.spacing_mm),
            "unit": volume.unit,
            "modality": volume.modality,
            "facts": dict(check.facts),
            "notes": list(check.done),
            "cautions": [caution.text for caution in check.cautions],
            "model_input": {
                "grid": list(seen.tensor.shape[2:]),
                "window": {"center": seen.window.center, "width": seen.window.width},
                "cropped": seen.cropped,
                "as_published": seen.published,
            },
        }
        (out / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
        return {
            "tensor": f"{name}.npy",
            "preflight": f"{name}.json",
            "digest": volume.digest,
        }

    yield from over(chosen.scans, table, work, about={"weights": weights})
