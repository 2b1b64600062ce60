"""How sure a finished model may be: fitted on phantoms, kept beside its weights, told in its card.

python -m train calibrate --model assets/default_model --work runs/phantom
python -m train sure --model assets/default_model --work runs/phantom --count 50 --scans FOLDER

`calibrate` fits temperatures of options on validation phantoms, and what is usual for the encoder
on training and validation phantoms. `sure` measures both on test phantoms, and on scans if given.
"""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from med3dvlm import volumes  # its readers come when a scan is read
from med3dvlm.engine.calibration import Calibration
from med3dvlm.engine.familiarity import Array, Statistics, fitted, pooled, write_statistics
from med3dvlm.engine.measured import read_measured
from med3dvlm.errors import TrainingError, VolumeError
from med3dvlm.metrics.ranking import area_under_curve
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.dcformer import tokens
from med3dvlm.phantoms.splits import TEST, TRAINING, VALIDATION
from train.data.phantoms.cache import PhantomCache, cache_spec
from train.evaluation.calibrate import calibrate, measure
from train.loop.loop import batches

if TYPE_CHECKING:
    from argparse import _SubParsersAction

SURENESS = "sureness.json"
FITTED_ON, ASKED = 800, 256
OPENING, CLOSING = "<!-- sureness -->", "<!-- /sureness -->"
Figures = dict[str, Any]

log = logging.getLogger(__name__)


def measure_sureness(folder: Path, phantoms: Path) -> None:
    """Fit and write everything for the VLM in `folder`, from the caches in `phantoms`."""
    training, validation = (PhantomCache(phantoms / name) for name in ("training", "validation"))
    found = calibrate(folder, validation, count=ASKED)
    vlm = load_vlm(folder)
    statistics = fitted(
        pooled_features(vlm, training, FITTED_ON), pooled_features(vlm, validation, len(validation))
    )
    write_statistics(folder, statistics, weights=vlm.digest)
    log.info("temperatures %.2f with letters, %.2f in words", found.lettered, found.worded)


def sureness(folder: Path, test: PhantomCache, *, count: int, scans: Path | None = None) -> Figures:
    """Calibration and familiarity of the VLM in `folder` on test phantoms and other scans.

    Raises:
        TrainingError: nothing was fitted for these weights.
    """
    vlm = load_vlm(folder)
    measured = read_measured(folder, vlm.digest)
    calibration, statistics = measured.calibration, measured.statistics
    if calibration is None or statistics is None:
        raise TrainingError(f"{folder}: nothing was fitted for it; run `train calibrate` first")
    cases = min(count, len(test))
    figures: Figures = {
        "cases": cases,
        "first_seed": test.spec.first,
        "calibration": measure(vlm, test, calibration, count=cases),
        "familiarity": familiarity_figures(vlm, statistics, test, cases, scans),
    }
    return figures


def familiarity_figures(
    vlm: LoadedVLM, statistics: Statistics, test: PhantomCache, count: int, scans: Path | None
) -> Figures:
    """How many test phantoms and how many other scans are found outside."""
    inside = statistics.score(pooled_features(vlm, test, count))
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


@torch.inference_mode()
def pooled_features(vlm: LoadedVLM, cache: PhantomCache, count: int) -> Array:
    """Of the first phantoms of a cache (n, P)."""
    rows = []
    for picked in batches(min(count, len(cache)), 16):
        states = vlm.model.encoder(cache.volumes(picked))
        rows.append(pooled(tokens(states[3]).numpy(), tokens(states[4]).numpy()))
    return np.concatenate(rows)


@torch.inference_mode()
def scan_features(vlm: LoadedVLM, folder: Path) -> Array:
    """Of every series below a folder that can be read (n, P).

    Raises:
        TrainingError: there is none.
    """
    rows = []
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
                log.info("left out: %s", error)
                continue
            for scan in scans:
                states = vlm.model.encoder(vlm.input.prepare(scan).tensor)
                rows.append(pooled(tokens(states[3])[0].numpy(), tokens(states[4])[0].numpy()))
    if not rows:
        raise TrainingError(f"{folder} holds no scan that can be read")
    return np.stack(rows)


def sureness_lines(folder: Path) -> list[str]:
    """What the card says of the VLM in `folder`, between marks, from what was measured of it."""
    calibration = read_measured(folder, load_vlm(folder).digest).calibration
    if calibration is None:
        return []
    lines = ["", OPENING, *_fitted(calibration)]
    path = folder / SURENESS
    figures = json.loads(path.read_text()) if path.exists() else None
    if figures and figures["weights"] == calibration.weights:
        lines += ["", *_measured(figures)]
    return [*lines, CLOSING]


def _fitted(calibration: Calibration) -> list[str]:
    return [
        "Probabilities of options are divided by temperatures fitted on "
        f"{calibration.cases} validation phantoms: {calibration.lettered:.2f} with letters, "
        f"{calibration.worded:.2f} in words (`python -m train calibrate`). Expected calibration",
        f"error there: {_points(calibration.ece_before)} before, "
        f"{_points(calibration.ece_after)} after.",
    ]


def _points(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} points"


def _measured(figures: Figures) -> list[str]:
    lines = [
        f"| {figures['cases']} test phantoms, options scored | questions | accuracy | "
        "calibration error before | after |",
        "|---|---|---|---|---|",
    ]
    for name, found in figures["calibration"].items():
        before, after = found["before"]["ece"], found["after"]["ece"]
        lines.append(
            f"| {name} | {found['questions']} | {100 * found['after']['accuracy']:.1f} | "
            f"{_points(before)} | {_points(after)} |"
        )
    seen = figures["familiarity"]
    lines += [
        "",
        "Out of distribution, by the distance of the encoder's features: "
        f"{100 * seen['phantoms_outside']:.1f} % of {seen['phantoms']} test phantoms are outside.",
    ]
    if "scans" in seen:
        lines.append(
            f"Of {seen['scans']} real scans {100 * seen['scans_outside']:.1f} % are; "
            f"area under the curve {seen['auroc']:.3f}."
        )
    return lines


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `calibrate` and `sure` to the command line of training."""
    for name, text, run in (
        ("calibrate", "fit how sure a model may be, on validation phantoms", _calibrate),
        ("sure", "measure how sure a model is, on test phantoms", _sure),
    ):
        parser = commands.add_parser(name, help=text)
        parser.add_argument("--model", type=Path, required=True)
        parser.add_argument("--work", type=Path, required=True, help="folder of drawn phantoms")
        parser.set_defaults(run=run)
        if run is _sure:
            parser.add_argument("--count", type=int, default=50)
            parser.add_argument("--scans", type=Path, help="folder of other scans")


def _calibrate(arguments: argparse.Namespace) -> None:
    phantoms = arguments.work / "phantoms"
    for name, first, count in (
        ("training", TRAINING.start, FITTED_ON),
        ("validation", VALIDATION.start, ASKED),
    ):
        if not (phantoms / name / "spec.json").exists():
            spec = cache_spec(first, count, busy=name == "training")
            PhantomCache.build(phantoms / name, spec)
    measure_sureness(arguments.model / "vlm", phantoms)
    _rewrite_card(arguments.model)


def _sure(arguments: argparse.Namespace) -> None:
    place, folder = arguments.work / "phantoms" / "test", arguments.model / "vlm"
    if not (place / "spec.json").exists():
        PhantomCache.build(place, cache_spec(TEST.start, arguments.count))
    figures = sureness(folder, PhantomCache(place), count=arguments.count, scans=arguments.scans)
    figures["weights"] = load_vlm(folder).digest
    (folder / SURENESS).write_text(json.dumps(figures, indent=1) + "\n")
    _rewrite_card(arguments.model)
    log.info("\n".join(_measured(figures)))


def _rewrite_card(model: Path) -> None:
    """Put the lines into the model's card, in the place of older ones."""
    path = model / "README.md"
    text, lines = path.read_text(), "\n".join(sureness_lines(model / "vlm")[1:])
    before, opening, rest = text.partition(OPENING)
    after = rest.partition(CLOSING)[2] if opening else ""
    path.write_text(f"{before}{lines}{after}" if opening else f"{text.rstrip()}\n\n{lines}\n")
