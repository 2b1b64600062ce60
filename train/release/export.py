"""A finished run to one folder that the app opens: adapters merged, half precision, a model card.

export(Path("runs/m3d"), Path("model"), data=Path("ready"))
"""

import json
from pathlib import Path
from typing import Any

import torch

from med3dvlm.config import VLM_FOLDER
from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import (
    ModelInfo,
    load_dual_encoder,
    save_dual_encoder,
    save_vlm,
    weights_digest,
)
from train.recipes.running import RUN, figures_of, study_info
from train.stages.assembly import DUAL_ENCODER, STUDY, Assembly
from train.stages.study import AnsweringStudy, study_of

STAGES = ("contrastive", "alignment", "instruction")
CARD = "README.md"


def export(run: Path, out: Path, *, data: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write `vlm`, `dual_encoder` and the card.

    Raises:
        TrainingError: a stage isn't finished.
    """
    records = {name: _read(run / name / RUN) for name in STAGES}
    figures = {name: figures_of(run / name) for name in STAGES}
    study = study_of(_read(run / "instruction" / STUDY))
    assert isinstance(study, AnsweringStudy)
    assembly = Assembly(study, data, run=run)
    info = _info(records)
    save_vlm(
        out / VLM_FOLDER, assembly.merged(), assembly.prompt,
        spec=study.image.input, info=info, dtype=dtype,
    )  # fmt: skip
    dual = load_dual_encoder(run / "contrastive" / DUAL_ENCODER)
    save_dual_encoder(
        out / DUAL_ENCODER, dual.model, dual.tokenizer, spec=dual.input, info=info, dtype=dtype
    )
    (out / CARD).write_text(card(run, out, records, figures))


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise TrainingError(f"{path.parent.name} isn't finished: run that stage first")
    stored: dict[str, Any] = json.loads(path.read_text())
    return stored


def _info(records: dict[str, dict[str, Any]]) -> ModelInfo:
    plain = study_info()
    return ModelInfo(
        name=plain.name, trained_on=plain.trained_on, phantom=plain.phantom, limits=plain.limits,
        facts={
            "data digest": records["instruction"]["data"],
            "hardware": records["instruction"]["hardware"],
            "time": _time(sum(record["seconds"] for record in records.values())),
        },
    )  # fmt: skip


def card(
    run: Path, out: Path, records: dict[str, dict[str, Any]], figures: dict[str, dict[str, float]]
) -> str:
    """The model card: how each stage was run, on what, with which figures, and the hashes."""
    lines = [
        "# Med3DVLM",
        "",
        "Trained in three stages on data in the M3D layout. **Research and teaching only, not for",
        "clinical use.**",
        "",
        *(f"- {limit}" for limit in study_info().limits),
        "",
    ]
    for name in STAGES:
        record = records[name]
        versions = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
        lines += [
            f"## Stage {STAGES.index(name) + 1}: {name}",
            "",
            f"- command: `{record['command']}`",
            f"- data digest: {record['data']}",
            f"- time: {_time(record['seconds'])} on {record['hardware']} ({versions})",
            f"- held out: {', '.join(f'{k} {v:.4f}' for k, v in figures[name].items())}",
            "",
            "```json",
            (run / name / STUDY).read_text().strip(),
            "```",
            "",
        ]
    lines += ["## Weights (SHA-256, first 16 digits)", ""]
    lines += [f"- {name}: {weights_digest(out / name)}" for name in (VLM_FOLDER, DUAL_ENCODER)]
    return "\n".join([*lines, ""])
