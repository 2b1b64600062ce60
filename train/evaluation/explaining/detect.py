"""From which size on a model detects each kind of finding, on people scanned with and without it.

detector = Detector(load_engine(folder))
outcomes = measure(detector, trials, path)      # resumes from the lines in `path`
figures = detection_figures(detector, outcomes, {})
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.scan_reader import blind_features
from med3dvlm.explain.lab.chance import told_apart
from med3dvlm.explain.lab.detectability import Curve, Outcome, by_place, fit_curve
from med3dvlm.explain.maps.map import LOW_STRIDE
from med3dvlm.metrics.resampling import Floats
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.values import from_dict
from train.evaluation.cells import Figures

BATCH = 8  # scans that are encoded together


class Detector:
    """How probable an engine finds a lesion that was painted; the blind answer is asked once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._blind: dict[str, float] = {}

    @property
    def weights(self) -> str:
        """Digest of the weights."""
        return self.engine.card.digest

    @torch.inference_mode()
    def probabilities(self, trials: Sequence[Trial]) -> list[float]:
        """Of a yes to the question whether each trial's finding is there; encoded together."""
        seen = torch.cat([self.engine.prepare(plant(trial).ill).tensor for trial in trials])
        with self.engine.models() as (vlm, _):
            device = next(vlm.model.parameters()).device
            image_tokens = vlm.model.encode(seen.to(device)).float().cpu().numpy()
        nothing = blind_features(self.engine)
        features = [
            replace(nothing, digest=f"{nothing.digest} {trial}", image_tokens=tokens)
            for trial, tokens in zip(trials, image_tokens, strict=True)
        ]
        return [
            round(self.engine.presence(one, trial.kind), 4)
            for one, trial in zip(features, trials, strict=True)
        ]

    def blind(self, kind: str) -> float:
        """Of a yes without an image."""
        if kind not in self._blind:
            self._blind[kind] = round(self.engine.presence(blind_features(self.engine), kind), 4)
        return self._blind[kind]

    def cell_mm(self, kind: str) -> float:
        """Mean edge of one of the model's finer cells in a scan that can show a kind."""
        volume = plant(_healthy(kind)).healthy
        scale = self.engine.prepare(volume).mapping.scale
        edges = [LOW_STRIDE * n * s for n, s in zip(scale, volume.spacing_mm, strict=True)]
        return round(float(np.mean(edges)), 1)


def _healthy(kind: str) -> Trial:
    return Trial(seed=0, kind=kind, place=(KINDS[kind].places or ("",))[0])


def measure(detector: Detector, trials: Sequence[Trial], path: Path) -> list[Outcome]:
    """Outcomes of trials; written to `path` batch by batch, and those already there are kept."""
    known = _read(path, detector.weights)
    path.parent.mkdir(parents=True, exist_ok=True)
    cut_off = path.exists() and not path.read_text().endswith("\n")
    with path.open("a") as file:
        file.write("\n" * cut_off)
        left = [trial for trial in dict.fromkeys(trials) if trial not in known]
        for first in tqdm(range(0, len(left), BATCH), desc=f"batches of {BATCH}"):
            batch = left[first : first + BATCH]
            for trial, found in zip(batch, detector.probabilities(batch), strict=True):
                known[trial] = found
                line = {"weights": detector.weights, "probability": found} | asdict(trial)
                file.write(json.dumps(line) + "\n")
            file.flush()
    return [Outcome(trial, known[trial]) for trial in trials]


def _read(path: Path, weights: str) -> dict[Trial, float]:
    """What earlier runs found with the same weights; a line that was cut off is left out."""
    known: dict[Trial, float] = {}
    for text in path.read_text().splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if line.pop("weights") == weights:
            probability = line.pop("probability")
            known[from_dict(Trial, line)] = probability
    return known


def detection_figures(
    detector: Detector, outcomes: Iterable[Outcome], scores: Mapping[str, float]
) -> Figures:
    """A curve for each kind, with the blind answer and the size of a cell.

    Args:
        detector: what was measured.
        outcomes: of all trials.
        scores: how well each kind is reported, to compare with what is detected.
    """
    by_kind: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.trial.kind].append(outcome)
    curves = {}
    for kind, found in by_kind.items():
        curve = fit_curve(found, rng=np.random.default_rng(0))
        cell_mm = detector.cell_mm(kind)
        apart = told_apart(found, up_to_mm=cell_mm / LOW_STRIDE, rng=np.random.default_rng(0))
        more = {
            "blind": detector.blind(kind), "cell_mm": cell_mm,
            "below_voxel": asdict(apart) if apart else None,
        }  # fmt: skip
        places = {place: _threshold(one) for place, one in by_place(found).items() if place}
        curves[kind] = asdict(curve) | more | {"places": places}
    figures: Figures = {"weights": detector.weights, "kinds": curves}
    return figures | {"rank_correlation": rank_correlation(figures, scores)}


def _threshold(curve: Curve) -> Figures:
    return {"threshold": curve.threshold, "low": curve.low, "high": curve.high}


def rank_correlation(figures: Figures, scores: Mapping[str, float]) -> float | None:
    """Spearman's correlation of kinds' thresholds, as shares of the largest size, with scores.

    A kind that is never detected counts as the last; one that is affirmed without a lesion has no
    size from which on it is detected, and is left out. None if fewer than three kinds have both.
    """
    shared = [
        kind
        for kind, found in figures["kinds"].items()
        if kind in scores and not affirmed_anyway(found)
    ]
    if len(shared) < 3:
        return None
    thresholds = [_relative(figures["kinds"][kind]) for kind in shared]
    ranks = [_ranks(np.array(numbers)) for numbers in (thresholds, [scores[k] for k in shared])]
    if min(rank.std() for rank in ranks) == 0:
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def affirmed_anyway(found: Figures) -> bool:
    """Whether a yes is the likelier answer about people who have nothing."""
    return bool(found["means"][0] > 0.5)


def _relative(found: Figures) -> float:
    return np.inf if found["threshold"] is None else found["threshold"] / found["steps"][-1]


def _ranks(numbers: Floats) -> Floats:
    """Ranks from 1; equal numbers share the mean of theirs."""
    below = (numbers[None, :] < numbers[:, None]).sum(axis=1)
    equal = (numbers[None, :] == numbers[:, None]).sum(axis=1)
    ranks: Floats = below + (equal + 1) / 2
    return ranks
