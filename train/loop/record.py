"""How a stage was trained: `run.json`, written next to every result.

record = read_record(folder)        # None where there is none
record.config["schedule"]["steps"], record.inputs["data"], record.finished
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from med3dvlm.errors import TrainingError
from med3dvlm.values import from_json

RUN = "run.json"


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """How a stage was trained.

    Attributes:
        config: the full configuration of the stage.
        inputs: digests of what it was trained from: the data, and results of other stages.
        command: as it was typed.
        seconds: total of all its sessions.
        hardware: of the last session.
        versions: of the libraries.
        result: digest of its result; empty until it is finished.
        figures: held-out figures at the end.
    """

    config: dict[str, Any]
    inputs: dict[str, str]
    command: str
    seconds: float
    hardware: str
    versions: dict[str, str]
    result: str = ""
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether the stage has finished."""
        return bool(self.result)


def read_record(folder: Path) -> RunRecord | None:
    """The record of a stage's folder, if there is one."""
    path = folder / RUN
    return from_json(RunRecord, path.read_text()) if path.exists() else None


def finished_record(folder: Path) -> RunRecord:
    """The record of a finished stage.

    Raises:
        TrainingError: it isn't finished.
    """
    record = read_record(folder)
    if record is None or not record.finished:
        raise TrainingError(f"{folder.name} isn't finished: run that stage first")
    return record


def write_record(folder: Path, record: RunRecord) -> None:
    """Write a record atomically: readers see either the new one or the previous one."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{RUN}.new"
    fresh.write_text(json.dumps(asdict(record), indent=1) + "\n")
    fresh.replace(folder / RUN)
