"""The model card, by the usual headings: what it is, for whom, how good, and how it was trained.

(out / CARD).write_text(card(out, info, records_of(run), results=[...]))
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from med3dvlm.config import READER_FOLDER, VLM_FOLDER
from med3dvlm.model.checkpoint import CONFIG, ModelInfo, describe, weights_digest
from med3dvlm.model.checkpoint_file import read_object
from train.evaluation.cells import Figures
from train.evaluation.confidence import confidence_lines
from train.evaluation.results import read_figures
from train.evaluation.table import kinds_table, table
from train.loop.record import RunRecord
from train.release.card_texts import PHANTOM_TEXTS, TEXTS
from train.stages.names import DUAL_ENCODER, PUBLISHED

CARD = "README.md"
TRAINED = "## How it was trained"


def card(
    out: Path, info: ModelInfo, records: Mapping[str, RunRecord], results: Sequence[str] = ()
) -> str:
    """The card of the model in `out`, trained by the stages of these records."""
    stages = [line for name, record in records.items() for line in _stage(name, record)]
    return "\n".join([*_described(out, info, results), TRAINED, "", *stages])


def renewed_card(model: Path) -> str:
    """A finished model's card with all that follows from its files; how it was trained stays.

    Raises:
        TrainingError: there are no figures.
    """
    _, _, trained = (model / CARD).read_text(encoding="utf-8").partition(TRAINED)
    info = describe(model / VLM_FOLDER).info
    results = [*confidence_lines(model / VLM_FOLDER), *bench_lines(read_figures(model))]
    return "\n".join([*_described(model, info, results), TRAINED]) + trained


def _described(out: Path, info: ModelInfo, results: Sequence[str]) -> list[str]:
    """All sections but how it was trained, under the headings of Mitchell et al. 2019."""
    texts = TEXTS | PHANTOM_TEXTS if info.phantom else TEXTS
    about: dict[str, list[str]] = {name: [text] for name, text in texts.items()}
    about["Model details"] += ["", *_details(out, info)]
    about["Training data"].insert(0, f"{info.trained_on[0].upper()}{info.trained_on[1:]}.")
    about["Quantitative analyses"] += results
    about["Caveats and recommendations"] += ["", *(f"- {limit}" for limit in info.limits)]
    lines = [f"# {info.name}", "", "**Research and teaching only, not for clinical use.**", ""]
    for name, text in about.items():
        lines += [f"## {name}", "", *text, ""]
    return lines


def _details(out: Path, info: ModelInfo) -> list[str]:
    """What can be read from the model's files."""
    facts = [f"- {name}: {value}" for name, value in info.facts.items()]
    weights = [
        f"- weights of {name} (SHA-256, first 16 digits): {weights_digest(out / name)}"
        for name in (VLM_FOLDER, DUAL_ENCODER)
    ]
    return [*facts, *weights, *_origin(out / READER_FOLDER)]


def _origin(reader: Path) -> list[str]:
    """Where the reader of free questions comes from, if the model has one."""
    if not (reader / CONFIG).exists():
        return []
    return [f"- reader of free questions: {read_object(reader)['origin']}"]


def _stage(name: str, record: RunRecord) -> list[str]:
    """How a stage was actually run."""
    number = f"Stage {PUBLISHED.index(name) + 1}" if name in PUBLISHED else "Warm start"
    versions = ", ".join(f"{library} {version}" for library, version in record.versions.items())
    return [
        f"### {number}: {name}",
        "",
        f"- command: `{record.command}`",
        f"- data digest: {record.inputs['data']}",
        f"- time: {time_of(record.seconds)} on {record.hardware} ({versions})",
        f"- held out: {', '.join(f'{k} {v:.4f}' for k, v in record.figures.items())}",
        "",
        "```json",
        json.dumps(record.config, indent=1),
        "```",
        "",
    ]


def time_of(seconds: float) -> str:
    """A duration in hours or minutes."""
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def bench_lines(figures: Figures) -> list[str]:
    """The results of PhantomBench."""
    return [
        "",
        "### PhantomBench",
        "",
        table(figures),
        "",
        kinds_table(figures),
        "",
        "Image-blind is the same model with its image tokens blanked. Decoding is greedy, closed",
        f"answers are scored by their first letter. METEOR: {figures['meteor']}.",
        *_calibration(figures),
    ]


def _calibration(figures: Figures) -> list[str]:
    found = figures.get("calibration")
    if not found:
        return []
    error = 100 * found["expected_calibration_error"]
    return [
        f"Expected calibration error of {found['questions']} closed questions about the first "
        f"{found['cases']} cases: {error:.1f} points."
    ]
