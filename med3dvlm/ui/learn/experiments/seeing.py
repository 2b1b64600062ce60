"""Experiments on what reaches the model: voxels, stem, how familiar a scan is, twelve texts.

Each takes the bench and the scene of a step, and ends with what came out.
"""

import numpy as np

from med3dvlm.errors import CheckpointError
from med3dvlm.lessons.revealed import Revealed
from med3dvlm.lessons.scenes import Scene
from med3dvlm.ui.explain.model.pictures import draw_lattice, draw_levels
from med3dvlm.ui.explain.model.topics import twelve
from med3dvlm.ui.learn.experiments.bench import Bench, Running
from med3dvlm.volumes.grid import AS_TRAINED

MATRIX_WIDE = 360  # pixels: for a class, on a wall
NO_FAMILIARITY = "How unusual a scan is was not measured for this model: go on to the next step."


def voxel(bench: Bench, scene: Scene) -> Running:
    """How wide one voxel of the model's input is."""
    yield 0.5
    seen = bench.services.card.input.prepare(scene.shown, AS_TRAINED)
    deep, _, wide = (
        scale * mm for scale, mm in zip(seen.mapping.scale, scene.shown.spacing_mm, strict=True)
    )
    yield Revealed(
        truth=round(wide, 1),
        values={
            "mm": wide, "deep_mm": deep, "scan_mm": scene.shown.spacing_mm[2],
            "grid": " x ".join(map(str, seen.mapping.grid)),
        },
    )  # fmt: skip


def stem(bench: Bench, scene: Scene) -> Running:
    """Which share of its input the stem reads, by the gradient of the loaded weights."""
    yield 0.3
    found = bench.services.insights.stem(scene.shown, AS_TRAINED)
    layer = found.voxels.shape[0] // 2 // 4 * 4
    percent = 100 * found.measured
    yield Revealed(
        truth=round(percent, 1), values={"percent": percent, "measured": percent},
        picture=draw_lattice(found.voxels, layer),
        pictured="A slice of the model's input and the next, with the voxels that the stem reads",
    )  # fmt: skip


def familiar(bench: Bench, scene: Scene) -> Running:
    """Whether the model takes a changed scan for one unlike those it learned from."""
    yield 0.3
    found = bench.services.familiarity(bench.reader.features(scene.shown))
    if found is None:
        raise CheckpointError(NO_FAMILIARITY)
    yield Revealed(
        truth=0 if found.outside else 1, model=float(found.outside),
        values={
            "nearer": found.nearer,
            "compared": found.compared,
            "flagged": "outside" if found.outside else "within",
        },
    )  # fmt: skip


def matrix(bench: Bench, _: Scene) -> Running:
    """How many of twelve texts are most like the scan that they were written about."""
    for progress in bench.library.waiting():
        yield progress.share or 0.0
    shown = twelve(bench.services, bench.library.value())
    table = np.array([[float(value) for key, value in row.items() if key != "scan"]
                      for row in shown.rows])  # fmt: skip
    right = int((table.argmax(axis=0) == np.arange(len(table))).sum())
    yield Revealed(
        truth=right, model=right / len(table), values={"right": right, "of": len(table)},
        picture=draw_levels(table, longest=MATRIX_WIDE),
        pictured="Scans in rows, texts in columns; light is alike",
    )  # fmt: skip
