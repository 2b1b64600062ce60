"""Familiarity: the usual range of a model's encoder features, and how many scans fall outside.

fit_familiarity(folder, training, validation)               # writes familiarity.safetensors
familiarity_figures(vlm, statistics, test, 50, scans)
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from med3dvlm import volumes  # loads its readers when a scan is read
from med3dvlm.engine.familiarity import Statistics, fitted, pooled, write_statistics
from med3dvlm.engine.features import FloatArray
from med3dvlm.errors import TrainingError, VolumeError
from med3dvlm.metrics.ranking import area_under_curve
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.dcformer import tokens
from med3dvlm.phantoms.facts import is_varied
from med3dvlm.volumes import Volume
from train.data.phantoms.cache import PhantomCache
from train.evaluation.cells import Figures
from train.loop.loop import batches

FITTED_ON = 800

log = logging.getLogger(__name__)


def fit_familiarity(folder: Path, training: PhantomCache, validation: PhantomCache) -> None:
    """Fit the usual range of features for the VLM in `folder` and write it there.

    Varied phantoms are left out: what is as different as real scans is not usual.
    """
    vlm = load_vlm(folder)
    statistics = fitted(
        pooled_features(vlm, training, tidy_rows(training)[:FITTED_ON]),
        pooled_features(vlm, validation, tidy_rows(validation)),
    )
    write_statistics(folder, statistics, weights=vlm.digest)


def familiarity_figures(
    vlm: LoadedVLM, statistics: Statistics, test: PhantomCache, count: int, scans: Path | None
) -> Figures:
    """How many test phantoms and how many other scans fall outside the usual range."""
    inside = statistics.score(pooled_features(vlm, test, range(min(count, len(test)))))
    figures: Figures = {
        "threshold": statistics.threshold,
        "phantoms": len(inside),
        "phantoms_outside": float((inside > statistics.threshold).mean()),
    }
    if scans is not None:
        others = statistics.score(scan_features(vlm, scans))
        figures |= {
            "scans": len(others),
            "scans_outside": float((others > statistics.threshold).mean()),
            "auroc": area_under_curve(others, inside),
        }
    return figures


def tidy_rows(cache: PhantomCache) -> list[int]:
    """The phantoms of a cache that are complete, centred and alike."""
    first, variety = cache.spec.first, cache.spec.variety
    return [row for row in range(len(cache)) if not is_varied(first + row, variety)]


@torch.inference_mode()
def pooled_features(vlm: LoadedVLM, cache: PhantomCache, rows: Sequence[int]) -> FloatArray:
    """Features of some phantoms of a cache (n, P)."""
    found = []
    for picked in batches(len(rows), 16):
        states = vlm.model.encoder(cache.volumes([rows[i] for i in picked]))
        found.append(pooled(tokens(states[3]).numpy(), tokens(states[4]).numpy()))
    return np.concatenate(found)


@torch.inference_mode()
def scan_features(vlm: LoadedVLM, folder: Path) -> FloatArray:
    """Features of every readable series in a folder (n, P).

    Raises:
        TrainingError: there is none.
    """
    rows = []
    for scan in _scans(folder):
        states = vlm.model.encoder(vlm.input.prepare(scan).tensor)
        rows.append(pooled(tokens(states[3])[0].numpy(), tokens(states[4])[0].numpy()))
    if not rows:
        raise TrainingError(f"{folder} contains no readable scan")
    return np.stack(rows)


def _scans(folder: Path) -> Iterator[Volume]:
    """Every series of every file and slice folder; skips those that can't be read."""
    for path in sorted(folder.iterdir()):
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        slices = path.is_dir() and all(p.suffix in {"", ".dcm"} for p in files)
        for found in [path] if slices else files:
            try:
                scans = [
                    volumes.open_volume(found, series=info.key)
                    for info in volumes.list_series(found)
                ]
            except VolumeError as error:
                log.info("skipped: %s", error)
                continue
            yield from scans
