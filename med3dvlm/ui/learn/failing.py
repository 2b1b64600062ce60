"""Eight prepared cases in which a model may fail; each runs on the loaded model when it is chosen.

    outcome = CASES["side"](bench)
    outcome.failed, outcome.values

Whether a case fails is measured each time: another model may pass what this one fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from med3dvlm.engine.understanding.own_words import REGION, place_question, presence_question
from med3dvlm.explain.lab.lesions import with_lesion
from med3dvlm.explain.lab.perturbations import flipped, windowed_as
from med3dvlm.lessons.percentage import Percentage
from med3dvlm.lessons.scoring import kinds_named
from med3dvlm.metrics.statements import sides_stated
from med3dvlm.phantoms.acquisition import REGIONS
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.planted import Pair, Trial, plant
from med3dvlm.ui.learn.experiments.asking import DESCRIBE, goes_along
from med3dvlm.ui.learn.experiments.bench import Bench
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import ABDOMEN, BONE, Window

X = 2
MIRRORED = Trial(seed=20_000_021, kind="renal cyst", place="right kidney", size_mm=38)
LUNG_IN_PELVIS, ORGAN_SEED = "lung nodule", 20_000_300
NOISE_SEED, NOISE_HU, SURE = 20_000_301, 300, 0.9
HEALTHY = Trial(seed=20_000_040, kind="kidney stone", place="left kidney")
INVENTED_SEED = 20_000_703
WINDOWED = Trial(seed=20_000_011, kind="pneumothorax", place="right side", size_mm=60)
TINY = Trial(seed=20_000_011, kind="kidney stone", place="right kidney", size_mm=24)
TINY_MM, UNMOVED = 3, 0.02
Voxel = tuple[float, float, float]
LINES = 4  # the stem reads every fourth voxel of the model's input
ELSEWHERE_SEED = 20_000_506


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What came of a case.

    Attributes:
        failed: whether the model did what a reader would call wrong.
        values: for the case's text.
        shown: the scan that was asked about.
        window: its grey scale.
        z: the slice to show.
    """

    failed: bool
    values: Mapping[str, object]
    shown: Volume
    window: Window = ABDOMEN
    z: int | None = None


def side(bench: Bench) -> Outcome:
    """A mirrored scan: the finding has changed sides, the answer may not have."""
    pair, question = plant(MIRRORED), place_question(MIRRORED.kind)
    mirrored = flipped(pair.ill, X)
    before, after = bench.said(pair.ill, question), bench.said(mirrored, question)
    return Outcome(
        failed="left" not in sides_stated(after),
        values={"question": question, "before": before, "after": after},
        shown=mirrored, z=_slice(pair),
    )  # fmt: skip


def absent(bench: Bench) -> Outcome:
    """A finding of an organ that the scan doesn't show."""
    volume = make_case(ORGAN_SEED).volume
    share = bench.yes(volume, LUNG_IN_PELVIS)
    question = presence_question(LUNG_IN_PELVIS)
    return Outcome(
        failed=share >= 0.5,
        values={
            "question": question, "yes": Percentage(share), "chat": bench.said(volume, question),
        },
        shown=volume,
    )  # fmt: skip


def foreign(bench: Bench) -> Outcome:
    """Noise in place of a CT, and three regions to choose from."""
    volume = make_case(NOISE_SEED).volume
    rng = np.random.default_rng(NOISE_SEED)
    noise = volume.with_values(rng.normal(0, NOISE_HU, volume.shape).astype(np.float32))
    shares = bench.reader.choose(noise, REGION, REGIONS)
    chosen = int(shares.argmax())
    return Outcome(
        failed=float(shares[chosen]) >= SURE,
        values={
            "question": REGION, "chosen": REGIONS[chosen],
            "share": Percentage(float(shares[chosen])), "chat": bench.said(noise, REGION),
        },
        shown=noise,
    )  # fmt: skip


def leading(bench: Bench) -> Outcome:
    """A question that takes for granted what is not there."""
    volume, question = plant(HEALTHY).healthy, place_question(HEALTHY.kind)
    said = bench.said(volume, question)
    share = bench.yes(volume, HEALTHY.kind)
    return Outcome(
        failed=goes_along(said),
        values={"question": question, "said": said, "yes": Percentage(share)},
        shown=volume,
    )  # fmt: skip


def invented(bench: Bench) -> Outcome:
    """A description with a sentence about something that was never painted."""
    case = make_case(INVENTED_SEED)
    said = bench.said(case.volume, DESCRIBE)
    true = {finding.kind for finding in case.facts.findings}
    extra = sorted(kinds_named(said) - true)
    return Outcome(
        failed=bool(extra),
        values={
            "said": said, "invented": ", ".join(extra) or "nothing",
            "truth": ", ".join(sorted(true)) or "nothing",
        },
        shown=case.volume,
    )  # fmt: skip


def window(bench: Bench) -> Outcome:
    """A finding seen through a window that hides it."""
    pair = plant(WINDOWED)
    changed = windowed_as(pair.ill, BONE)
    before, after = (bench.yes(volume, WINDOWED.kind) for volume in (pair.ill, changed))
    return Outcome(
        failed=before >= 0.5 > after,
        values={
            "question": presence_question(WINDOWED.kind), "before": Percentage(before),
            "after": Percentage(after),
        },
        shown=changed, window=BONE, z=_slice(pair),
    )  # fmt: skip


def lattice(bench: Bench) -> Outcome:
    """A tiny stone between the lines that the stem reads, and the same on a crossing of them."""
    pair = plant(TINY)
    center = np.argwhere(pair.mask).mean(axis=0)
    mapping = bench.reader.features(pair.healthy).mapping
    z, y, x = (round(place / LINES) * LINES for place in mapping.to_grid(_triple(center)))
    on, between = (
        with_lesion(pair.healthy, mapping.to_voxel((z + by, y + by, x + by)), TINY.kind,
                    size_mm=TINY_MM)
        for by in (0, LINES / 2)
    )  # fmt: skip
    shares = [bench.yes(volume, TINY.kind) for volume in (pair.healthy, on, between)]
    healthy, crossing, gap = (Percentage(share) for share in shares)
    return Outcome(
        failed=abs(gap - healthy) < 100 * UNMOVED,
        values={
            "healthy": healthy, "crossing": crossing, "gap": gap, "mm": TINY_MM,
            "question": presence_question(TINY.kind),
        },
        shown=between, z=round(mapping.to_voxel((z + LINES / 2, y, x))[0]),
    )  # fmt: skip


def elsewhere(bench: Bench) -> Outcome:
    """A part of the body that training never showed."""
    case = make_case(ELSEWHERE_SEED, variety="varied")
    shares = bench.reader.choose(case.volume, REGION, REGIONS)
    found = bench.services.familiarity(bench.reader.features(case.volume))
    flagged = bool(found and found.outside)
    return Outcome(
        failed=float(shares.max()) >= SURE,
        values={
            "question": REGION, "chosen": REGIONS[int(shares.argmax())],
            "share": Percentage(float(shares.max())), "subject": case.facts.subject,
            "flagged": "flagged as unlike the training data" if flagged else "not flagged",
            "chat": bench.said(case.volume, REGION),
        },
        shown=case.volume,
    )  # fmt: skip


CASES: dict[str, Callable[[Bench], Outcome]] = {
    "side": side,
    "absent": absent,
    "foreign": foreign,
    "leading": leading,
    "invented": invented,
    "window": window,
    "lattice": lattice,
    "elsewhere": elsewhere,
}


def _slice(pair: Pair) -> int:
    return int(pair.mask.sum(axis=(1, 2)).argmax())


def _triple(numbers: "np.ndarray[tuple[int, ...], np.dtype[np.floating]]") -> Voxel:
    z, y, x = map(float, numbers)
    return z, y, x
