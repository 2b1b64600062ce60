"""Experiments on size: from which diameter on the model says yes, and how often at each.

Each takes the bench and the scene of a step, and ends with what came out.
"""

from dataclasses import replace

import numpy as np

from med3dvlm.explain.lab.detectability import steps_of
from med3dvlm.lessons.revealed import Revealed
from med3dvlm.lessons.scenes import Scene
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import plant
from med3dvlm.ui.explain.asking import cell_mm
from med3dvlm.ui.learn.experiments.bench import Bench, Running

STEPS, PEOPLE = 9, 6
NEVER = "never, up to {largest:g} mm"


def threshold(bench: Bench, scene: Scene) -> Running:
    """The size at which the model begins to say yes about one person's finding."""
    trial = scene.pair.trial
    sizes = [size for size in steps_of(KINDS[trial.kind], STEPS, axis="size_mm") if size > 0]
    shares = []
    for n, size in enumerate(sizes):
        pair = plant(replace(trial, size_mm=int(size)))
        shares.append(bench.yes(pair.ill, trial.kind))
        yield (n + 1) / len(sizes)
    found = first_crossing(sizes, shares)
    said = f"{found:.0f} mm" if np.isfinite(found) else NEVER.format(largest=sizes[-1])
    yield Revealed(
        truth=found if np.isfinite(found) else sizes[-1],
        model=float(np.mean([share >= 0.5 for share in shares])),
        values={
            "finding": trial.kind, "threshold": said, "largest": sizes[-1],
            "cell": cell_mm(pair.ill, bench.reader.features(pair.ill)),
        },
    )  # fmt: skip


def first_crossing(sizes: list[float], shares: list[float]) -> float:
    """Where one half is reached for the first time, between two sizes; infinite if never."""
    before_size, before = 0.0, 0.0
    for size, share in zip(sizes, shares, strict=True):
        if share >= 0.5:
            part = (0.5 - before) / (share - before) if share > before else 1.0
            return before_size + max(part, 0.0) * (size - before_size)
        before_size, before = size, share
    return float("inf")


def curve(bench: Bench, scene: Scene) -> Running:
    """In how many of a few people the model sees a finding, at each of the step's sizes."""
    trial, found = scene.pair.trial, list[float]()
    for number, size in enumerate(scene.step.sizes_mm):
        seen = 0
        for person in range(PEOPLE):
            pair = plant(replace(trial, seed=trial.seed + person, size_mm=size))
            seen += bench.yes(pair.ill, trial.kind) >= 0.5
            yield (number * PEOPLE + person + 1) / (PEOPLE * len(scene.step.sizes_mm))
        found.append(100 * seen / PEOPLE)
    yield Revealed(
        truth=tuple(found), model=float(np.mean(found)) / 100,
        values={
            "finding": trial.kind, "people": PEOPLE,
            "model": ", ".join(f"{share:.0f} %" for share in found),
        },
    )  # fmt: skip
