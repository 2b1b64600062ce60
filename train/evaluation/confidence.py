"""How reliable a finished model's confidence is: fits, measures and documents it in the card.

python -m train calibrate --model assets/default_model --work runs/phantom
python -m train confidence --model assets/default_model --work runs/phantom --scans FOLDER

`calibrate` fits option temperatures on validation phantoms, statistics of the encoder's features on
training and validation phantoms, how sure a report must be to claim a finding, and the readout that
decides this for scans unlike the training data. All are stored next to the weights. `confidence`
measures them on test phantoms, and on other scans if given.
"""

import json
import logging
from pathlib import Path

from med3dvlm.config import VLM_FOLDER
from med3dvlm.engine.calibration import Calibration, read_calibration
from med3dvlm.engine.familiarity import read_statistics
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import load_vlm, weights_digest
from med3dvlm.phantoms.splits import TEST, TRAINING, VALIDATION
from train.data.phantoms.cache import PhantomCache, cache_spec
from train.evaluation.calibration import calibration_figures, fit_calibration
from train.evaluation.cells import Figures
from train.evaluation.claims import fit_claims
from train.evaluation.familiarity import FITTED_ON, familiarity_figures, fit_familiarity
from train.evaluation.readout import fit_readout

CONFIDENCE = "confidence.json"
ASKED = 256
# Validation phantoms whose reports give the thresholds of claims: some kinds are rare.
REPORTED = 600
OPENING, CLOSING = "<!-- confidence -->", "<!-- /confidence -->"

log = logging.getLogger(__name__)


def fit_confidence(folder: Path, phantoms: Path) -> None:
    """Fit and store everything for the VLM in `folder`, from the caches in `phantoms`."""
    training, validation = (PhantomCache(phantoms / name) for name in ("training", "validation"))
    found = fit_calibration(folder, validation, count=ASKED)
    fit_familiarity(folder, training, validation)
    log.info("temperatures %.2f with letters, %.2f in words", found.lettered, found.worded)


def confidence_figures(
    folder: Path, test: PhantomCache, *, count: int, scans: Path | None = None
) -> Figures:
    """Calibration and familiarity of the VLM in `folder` on test phantoms and other scans.

    Raises:
        TrainingError: there is no calibration for these weights.
    """
    vlm = load_vlm(folder)
    calibration = read_calibration(folder, vlm.digest)
    statistics = read_statistics(folder, vlm.digest)
    if calibration is None or statistics is None:
        raise TrainingError(f"{folder} has no calibration: run `train calibrate` first")
    cases = min(count, len(test))
    return {
        "weights": vlm.digest,
        "cases": cases,
        "first_seed": test.spec.first,
        "calibration": calibration_figures(vlm, test, calibration, count=cases),
        "familiarity": familiarity_figures(vlm, statistics, test, cases, scans),
    }


def calibrate(model: Path, work: Path) -> None:
    """Fit everything for a model, on the phantoms in `work`; draws those that are missing."""
    phantoms = work / "phantoms"
    for name, first, count in (
        ("training", TRAINING.start, FITTED_ON),
        ("validation", VALIDATION.start, ASKED),
    ):
        if not (phantoms / name / "spec.json").exists():
            spec = cache_spec(first, count, busy=name == "training")
            PhantomCache.build(phantoms / name, spec)
    fit_confidence(model / VLM_FOLDER, phantoms)
    fit_claims(model, count=REPORTED)
    fit_readout(model, count=REPORTED)
    rewrite_card(model)


def measure_confidence(model: Path, work: Path, *, count: int, scans: Path | None) -> None:
    """Measure a model on test phantoms and other scans; writes the figures next to its weights."""
    place, folder = work / "phantoms" / "test", model / VLM_FOLDER
    if not (place / "spec.json").exists():
        PhantomCache.build(place, cache_spec(TEST.start, count))
    figures = confidence_figures(folder, PhantomCache(place), count=count, scans=scans)
    (folder / CONFIDENCE).write_text(json.dumps(figures, indent=1) + "\n")
    rewrite_card(model)
    log.info("\n".join(_measured(figures)))


def rewrite_card(model: Path) -> None:
    """Write the lines into the model's card, replacing older ones."""
    path = model / "README.md"
    text, lines = path.read_text(), "\n".join(confidence_lines(model / VLM_FOLDER)[1:])
    before, opening, rest = text.partition(OPENING)
    after = rest.partition(CLOSING)[2] if opening else ""
    path.write_text(f"{before}{lines}{after}" if opening else f"{text.rstrip()}\n\n{lines}\n")


def confidence_lines(folder: Path) -> list[str]:
    """The card's lines about the VLM in `folder`, between marks, from its measured figures."""
    calibration = read_calibration(folder, weights_digest(folder))
    if calibration is None:
        return []
    lines = ["", OPENING, *_fitted(calibration)]
    path = folder / CONFIDENCE
    figures = json.loads(path.read_text()) if path.exists() else None
    if figures and figures["weights"] == calibration.weights:
        lines += ["", *_measured(figures)]
    return [*lines, CLOSING]


def _fitted(calibration: Calibration) -> list[str]:
    return [
        f"Probabilities of options are divided by temperatures fitted on {calibration.cases} "
        "validation phantoms:",
        f"{calibration.lettered:.2f} with letters, {calibration.worded:.2f} in words "
        "(`python -m train calibrate`). Expected calibration error",
        f"there: {_points(calibration.ece_before)} before, {_points(calibration.ece_after)} after.",
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
