"""Exports a finished run to one folder that the app can open: adapters merged, half precision.

A run with a reader of free questions brings it along, in 8 bits as it was saved.

info = export(Place(run=Path("runs/m3d"), data=Path("ready")), Path("model"), facts={})
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from med3dvlm.config import READER_FOLDER, VLM_FOLDER
from med3dvlm.model.checkpoint import ModelInfo, load_dual_encoder, save_dual_encoder, save_vlm
from med3dvlm.values import from_dict
from train.loop.record import RunRecord, finished_record
from train.recipes.opening import Place, corpus_of
from train.stages.assembly import Assembly
from train.stages.config import AnsweringConfig
from train.stages.names import DUAL_ENCODER, PUBLISHED, READER, READING_ALONE, STAGES


def export(
    place: Place, out: Path, *, facts: Mapping[str, str], dtype: torch.dtype = torch.float16
) -> ModelInfo:
    """Write `vlm`, `dual_encoder` and `reader`; returns what the page says about them.

    Args:
        place: the run, and the data that it was trained on.
        out: folder of the model.
        facts: how it was made, for the page.
        dtype: of the stored weights.

    Raises:
        TrainingError: a stage isn't finished.
    """
    stage3 = records_of(place.run)["instruction"]
    config = from_dict(AnsweringConfig, stage3.config)
    dual = load_dual_encoder(place.run / "contrastive" / DUAL_ENCODER)
    info = replace(dual.info, facts=dict(facts))
    assembly = Assembly(config, corpus_of(config, place.data), run=place.run)
    save_vlm(
        out / VLM_FOLDER, assembly.merged(), assembly.prompt,
        spec=config.image.input, info=info, dtype=dtype,
    )  # fmt: skip
    save_dual_encoder(
        out / DUAL_ENCODER, dual.model, dual.tokenizer, spec=dual.input, info=info, dtype=dtype
    )
    [stage] = READING_ALONE
    if (place.run / stage / READER).exists():
        shutil.copytree(
            place.run / stage / READER, out / READER_FOLDER, dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("events.*"),
        )  # fmt: skip
    return info


def records_of(run: Path) -> dict[str, RunRecord]:
    """The records of all stages of a run, in order.

    Raises:
        TrainingError: one of the published stages isn't finished.
    """
    names = [name for name in STAGES if name in PUBLISHED or (run / name).exists()]
    return {name: finished_record(run / name) for name in names}
