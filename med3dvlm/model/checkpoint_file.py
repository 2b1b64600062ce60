"""config.json of our checkpoints: what the model is, what it sees, and what a user must know of it.

stored = read_config(folder, VLMFile)        # strict: unknown and missing keys are errors
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.dual_encoder import DualEncoderConfig
from med3dvlm.model.prompt import PromptConfig
from med3dvlm.model.vlm import VLMConfig
from med3dvlm.values import from_dict
from med3dvlm.volumes.grid import AS_TRAINED, Grid, InputChoice, ModelInput, to_model_grid
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window, model_window

FORMAT = 1
CONFIG, CARD = "config.json", "README.md"

CheckpointKind = Literal["vlm", "dual encoder"]
FileT = TypeVar("FileT", "VLMFile", "DualEncoderFile")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """What the model was trained to see.

    Attributes:
        grid: voxels along D, H, W.
        window: grey scale for data in HU; None takes the whole range of the data.
        published: resize and crop as the published training data was made.
    """

    grid: Grid
    window: Window | None = None
    published: bool = False

    def prepare(self, volume: Volume, choice: InputChoice = AS_TRAINED) -> ModelInput:
        """The tensor the model sees of a volume, made otherwise on request."""
        window = choice.window
        if window is None:
            window = self.window if self.window and volume.unit == "HU" else model_window(volume)
        published = self.published if choice.published is None else choice.published
        return to_model_grid(volume, window, self.grid, crop=choice.crop, published=published)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What a user must know of a model.

    Attributes:
        name: as the page shows it.
        trained_on: one sentence about its data.
        phantom: trained on phantoms alone, so its answers mean nothing for real patients.
        limits: what it is known to do badly, one sentence each.
        facts: further figures for the model card (seed, time, data digest ...).
    """

    name: str
    trained_on: str
    phantom: bool
    limits: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VLMFile:
    """config.json of a VLM."""

    format: int
    kind: Literal["vlm"]
    info: ModelInfo
    input: InputSpec
    model: VLMConfig
    prompt: PromptConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class DualEncoderFile:
    """config.json of a dual encoder."""

    format: int
    kind: Literal["dual encoder"]
    info: ModelInfo
    input: InputSpec
    model: DualEncoderConfig


def read_object(folder: Path) -> dict[str, Any]:
    """config.json of a folder, of whatever model.

    Raises:
        CheckpointError: there is none, or it is no JSON object.
    """
    try:
        stored = json.loads((folder / CONFIG).read_text())
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(
            f"{folder} is no checkpoint: it has no {CONFIG}. Name the folder that holds it."
        ) from None
    except ValueError:
        stored = None
    if not isinstance(stored, dict):
        raise CheckpointError(f"{folder / CONFIG} is not a JSON object: copy it again")
    return stored


def read_config(folder: Path, kind: type[FileT]) -> FileT:
    """config.json of a checkpoint of ours.

    Raises:
        CheckpointError: it is of another kind, or does not fit.
    """
    stored = read_object(folder)
    wanted = "vlm" if kind is VLMFile else "dual encoder"
    if (stored.get("format"), stored.get("kind")) != (FORMAT, wanted):
        raise CheckpointError(
            f"{folder} holds format {stored.get('format')} of kind {stored.get('kind')!r}; "
            f"name a folder with format {FORMAT} of kind {wanted!r}"
        )
    try:
        return from_dict(kind, stored)
    except ConfigError as error:
        raise CheckpointError(
            f"{folder / CONFIG} doesn't fit: {error}. Was it written by another version?"
        ) from None
