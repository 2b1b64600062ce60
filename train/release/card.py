"""The model card: a model's limits, how each stage was run, and the resulting figures.

(out / CARD).write_text(card(out, info, records_of(run), results=[...]))
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from med3dvlm.config import READER_FOLDER, VLM_FOLDER
from med3dvlm.model.checkpoint import CONFIG, ModelInfo, weights_digest
from med3dvlm.model.checkpoint_file import read_object
from train.evaluation.cells import Figures
from train.evaluation.table import kinds_table, table
from train.loop.record import RunRecord
from train.stages.names import DUAL_ENCODER, PUBLISHED

CARD = "README.md"


def card(
    out: Path, info: ModelInfo, records: Mapping[str, RunRecord], results: Sequence[str] = ()
) -> str:
    """The card of the model in `out`, trained by the stages of these records."""
    lines = [
        f"# {info.name}",
        "",
        f"Trained by the stages of `train/` below, on {info.trained_on}.",
        "**Research and teaching only, not for clinical use.**",
        "",
        *(f"- {limit}" for limit in info.limits),
        *results,
        "",
        "## Weights (SHA-256, first 16 digits)",
        "",
        *(f"- {name}: {weights_digest(out / name)}" for name in (VLM_FOLDER, DUAL_ENCODER)),
        "",
        *_origin(out / READER_FOLDER),
        *(line for name, record in records.items() for line in _stage(name, record)),
    ]
    return "\n".join(lines)


def _origin(reader: Path) -> list[str]:
    """Where the reader of free questions comes from, if the model has one."""
    if not (reader / CONFIG).exists():
        return []
    return ["## Reader of free questions", "", f"- {read_object(reader)['origin']}", ""]


def _stage(name: str, record: RunRecord) -> list[str]:
    """How a stage was actually run."""
    number = f"Stage {PUBLISHED.index(name) + 1}" if name in PUBLISHED else "Warm start"
    versions = ", ".join(f"{library} {version}" for library, version in record.versions.items())
    return [
        f"## {number}: {name}",
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
        "## PhantomBench",
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
