"""Whether a stage's folder contains what this run would produce, by configuration and inputs.

found = find(config, inputs_of(config, place), place.run / config.stage)
found.finished, found.differences

A stage depends on its configuration, its data, and the results of earlier stages. If one of these
has changed, the folder belongs to another run. It is never overwritten.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import weights_digest
from train.loop.record import RUN, RunRecord, finished_record, read_record
from train.loop.run_folder import has_state
from train.recipes.opening import Place, data_digest
from train.recipes.recipe import StageConfig
from train.stages.config import AnsweringConfig
from train.stages.names import DUAL_ENCODER, READER

# What must be the same in stages 2 and 3.
SHARED = ("image.encoder", "projector", "language", "splice")
# Result files of a stage, besides its state and its logs.
RESULTS = ("*.safetensors", f"{DUAL_ENCODER}/*.safetensors", f"{READER}/*.safetensors")
DIGITS = 32


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a stage's folder contains.

    Attributes:
        record: how it was trained, if there is a run.
        differences: how it differs from what this run would produce.
    """

    record: RunRecord | None
    differences: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.record is not None and self.record.finished and not self.differences


def config_of(config: StageConfig) -> dict[str, Any]:
    """A configuration in its stored form."""
    stored: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return stored


def inputs_of(config: StageConfig, place: Place) -> dict[str, str]:
    """Digests of what a stage is trained from.

    Raises:
        TrainingError: the data is missing, or an earlier stage isn't finished or trained a
            different model.
    """
    inputs = {"data": data_digest(config, place.data)}
    inputs |= {name: finished_record(place.run / name).result for name in config.needs}
    for name in ("start", "encoder_weights"):
        if path := getattr(config, name, ""):
            inputs[name] = _file_digest(Path(path))
    if isinstance(config, AnsweringConfig) and config.stage == "instruction":
        _check_shared(config_of(config), place.run / "alignment")
    return inputs


def result_files(folder: Path) -> list[Path]:
    """Weight files of a stage that later stages use."""
    return [path for pattern in RESULTS for path in folder.glob(pattern)]


def result_digest(folder: Path) -> str:
    """A hash of all weights of a stage that later stages use."""
    seal = hashlib.sha256()
    for path in sorted(result_files(folder)):
        seal.update(path.relative_to(folder).as_posix().encode())
        seal.update(_file_digest(path).encode())
    return seal.hexdigest()[:DIGITS]


def find(config: StageConfig, inputs: Mapping[str, str], folder: Path) -> Found:
    """Compare the folder of a stage with what this run would produce from these inputs.

    Raises:
        TrainingError: the folder contains a run without a record.
    """
    record = read_record(folder)
    if record is None:
        if has_state(folder) or result_files(folder):
            raise TrainingError(
                f"{folder} has a run of an older version, without {RUN}: choose another --out, "
                "or move the folder"
            )
        return Found(record=None)
    there = {"config": record.config, "inputs": record.inputs}
    here = {"config": config_of(config), "inputs": dict(inputs)}
    return Found(record=record, differences=tuple(_differences(there, here)))


def _differences(there: Any, here: Any, name: str = "") -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in there | here:
            inside = f"{name}.{key}" if name else key
            yield from _differences(there.get(key), here.get(key), inside)
    elif there != here:
        kind, _, field = name.partition(".")
        if kind == "inputs":
            yield f"{field} has changed since this stage was trained"
        else:
            yield f"{field} was {json.dumps(there)} and is {json.dumps(here)}"


def _file_digest(path: Path) -> str:
    """A hash of a file of weights, or of a checkpoint's folder."""
    if path.is_dir():
        return weights_digest(path)
    if not path.exists():
        raise TrainingError(f"{path} doesn't exist")
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:DIGITS]


def _check_shared(config: Mapping[str, Any], before: Path) -> None:
    stored = finished_record(before).config
    for name in SHARED:
        theirs, ours = stored, config
        for key in name.split("."):
            theirs, ours = theirs[key], ours[key]
        if theirs != ours:
            raise TrainingError(f"{before.name} was run with a different {name}: {theirs}")
