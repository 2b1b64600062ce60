"""Experiments on places: where the model looks, where it would point, how far its maps are true.

Each takes the bench and the scene of a step, and ends with what came out.
"""

from collections.abc import Generator
from contextlib import closing

import numpy as np

from med3dvlm.errors import CheckpointError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.certificate import Certificate
from med3dvlm.hosting.models.maps import OCCLUSION
from med3dvlm.lessons.percentage import Percentage
from med3dvlm.lessons.revealed import WITHIN_MM, Revealed
from med3dvlm.lessons.scenes import Scene
from med3dvlm.lessons.scoring import Mask, Place, distance_mm
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.learn.experiments.bench import Bench, Running
from med3dvlm.volumes.grid import AS_TRAINED

FINE_ENOUGH = 64  # blocks: all 32 coarse ones, and the fine ones in the strongest four
NO_CERTIFICATE = "The maps of this model were not measured on phantoms: go on to the next step."
HITS = "It hits."
MISSES = "It misses."
NONE_FAILED = "Maps of this kind passed their tests on phantoms."


def look(bench: Bench, scene: Scene) -> Running:
    """The block that the answer depends on most, in the slice that is shown."""
    found = yield from _map_of(bench, scene)
    block, place = strongest(found, scene)
    held = float(scene.mask[block].sum() / max(scene.mask.sum(), 1))
    certificate = bench.services.certificates.get(OCCLUSION)
    yield Revealed(
        truth=block, model=float(held > 0), place=place,
        values={
            "finding": scene.finding, "share": Percentage(held),
            "believed": believed(certificate) if certificate else NOT_MEASURED,
        },
    )  # fmt: skip


def believed(certificate: Certificate) -> str:
    """What maps of a kind failed at, without the figures: a later step has them guessed."""
    failed = "; it ".join(certificate.failures)
    return f"This map {failed}." if failed else NONE_FAILED


def find(bench: Bench, scene: Scene) -> Running:
    """Where the finding lies, and where the model's map is strongest."""
    found = yield from _map_of(bench, scene)
    _, place = strongest(found, scene)
    far = distance_mm(scene.mask, place, pixel_mm=scene.pixel_mm)
    hit, trial = far <= WITHIN_MM, scene.pair.trial
    yield Revealed(
        truth=scene.mask, model=float(hit), place=place,
        values={
            "finding": trial.kind, "place": trial.place or "in its usual place",
            "size": trial.size_mm, "yes": Percentage(bench.yes(scene.shown, trial.kind)),
            "distance": far, "verdict": HITS if hit else MISSES,
        },
    )  # fmt: skip


def certificate(bench: Bench, _: Scene) -> Running:
    """In how many phantoms the strongest cells of the map hit the finding, as measured before."""
    yield 0.5
    found = bench.services.certificates.get(OCCLUSION)
    if found is None:
        raise CheckpointError(NO_CERTIFICATE)
    hits = found.several_places or found.hits
    yield Revealed(
        truth=round(100 * hits.map.value), model=hits.map.value,
        values={
            "percent": Percentage(hits.map.value), "prior": Percentage(hits.prior.value),
            "random": Percentage(hits.randomised.value), "verdict": found.verdict,
        },
    )  # fmt: skip


def _map_of(bench: Bench, scene: Scene) -> Generator[float, None, Map]:
    """The map of occlusion, as far as it is needed."""
    with closing(bench.services.map(OCCLUSION, scene.shown, AS_TRAINED, scene.finding)) as steps:
        for step in steps:
            yield min(step.done / FINE_ENOUGH, 1.0)
            if step.done >= FINE_ENOUGH:
                break
    return step.map


def strongest(shown: Map, scene: Scene) -> tuple[Mask, Place]:
    """The pixels of the strongest block of the scene's slice, and their middle."""
    layer = round(float(np.clip(shown.mapping.to_grid((scene.z, 0, 0))[0], 0,
                                shown.values.shape[0] - 1)))  # fmt: skip
    row, column = np.unravel_index(int(shown.values[layer].argmax()), shown.values[layer].shape)
    block = np.zeros(scene.mask.shape, bool)
    (_, top, left), (_, down, across) = shown.mapping.start, shown.mapping.scale
    rows, columns = (
        slice(max(round(first + n * step), 0), max(round(first + (n + 1) * step), 1))
        for first, n, step in ((top, int(row), down), (left, int(column), across))
    )
    block[rows, columns] = True
    inside = np.argwhere(block)
    middle = inside.mean(axis=0) if len(inside) else np.array(scene.mask.shape) / 2
    return block, (float(middle[0]), float(middle[1]))
