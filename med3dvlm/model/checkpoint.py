"""A checkpoint is a folder: config.json, model.safetensors, the tokenizer, and a model card.

save_vlm(folder, model, prompt, spec=spec, info=info)
loaded = load_vlm(folder)                    # strict: every tensor has its place
describe(folder).kind                        # "vlm" or "dual encoder", without loading
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.dual_encoder import DualEncoder, DualEncoderConfig
from med3dvlm.model.prompt import Prompt, PromptConfig
from med3dvlm.model.vlm import VLM, VLMConfig
from med3dvlm.values import from_dict, to_json
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice, ModelInput, to_model_grid
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window, model_window

FORMAT = 1
CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"
TIED_HEAD = "language_model.lm_head.weight"

Kind = Literal["vlm", "dual encoder"]
Grid = tuple[int, int, int]
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


@dataclass(frozen=True, slots=True)
class LoadedVLM:
    """A VLM ready for use."""

    model: VLM
    prompt: Prompt
    input: InputSpec
    info: ModelInfo
    digest: str


@dataclass(frozen=True, slots=True)
class LoadedDualEncoder:
    """A dual encoder ready for use."""

    model: DualEncoder
    tokenizer: PreTrainedTokenizerBase
    input: InputSpec
    info: ModelInfo
    digest: str


def save_vlm(
    folder: Path,
    model: VLM,
    prompt: Prompt,
    *,
    spec: InputSpec,
    info: ModelInfo,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a VLM into a folder; `dtype` is that of the stored weights."""
    written = VLMFile(
        format=FORMAT, kind="vlm", info=info, input=spec, model=model.config, prompt=prompt.config
    )
    _write(folder, to_json(written), model, dtype)
    prompt.tokenizer.save_pretrained(folder)


def save_dual_encoder(
    folder: Path,
    model: DualEncoder,
    tokenizer: PreTrainedTokenizerBase,
    *,
    spec: InputSpec,
    info: ModelInfo,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a dual encoder into a folder; `dtype` is that of the stored weights."""
    written = DualEncoderFile(
        format=FORMAT, kind="dual encoder", info=info, input=spec, model=model.config
    )
    _write(folder, to_json(written), model, dtype)
    tokenizer.save_pretrained(folder)


def load_vlm(folder: Path, *, device: str = "cpu") -> LoadedVLM:
    """Load a VLM in float32, in evaluation mode.

    Raises:
        CheckpointError: the folder is missing, incomplete, damaged or of another kind.
    """
    stored = _read_config(folder, VLMFile)
    model = VLM(stored.model)
    _read_weights(folder, model)
    prompt = Prompt(_read_tokenizer(folder), stored.prompt)
    return LoadedVLM(
        model.to(device).eval(), prompt, stored.input, stored.info, weights_digest(folder)
    )


def load_dual_encoder(folder: Path, *, device: str = "cpu") -> LoadedDualEncoder:
    """Load a dual encoder in float32, in evaluation mode; raises like `load_vlm`."""
    stored = _read_config(folder, DualEncoderFile)
    model = DualEncoder(stored.model)
    _read_weights(folder, model)
    return LoadedDualEncoder(
        model.to(device).eval(),
        _read_tokenizer(folder),
        stored.input,
        stored.info,
        weights_digest(folder),
    )


def describe(folder: Path) -> VLMFile | DualEncoderFile:
    """What a checkpoint is, without its weights; raises like `load_vlm`."""
    kind = _read_object(folder).get("kind")
    if kind == "vlm":
        return _read_config(folder, VLMFile)
    return _read_config(folder, DualEncoderFile)


def weights_digest(folder: Path) -> str:
    """Hash of the weights file, to tell checkpoints apart."""
    seal = hashlib.sha256()
    with (folder / WEIGHTS).open("rb") as stream:
        while block := stream.read(1 << 20):
            seal.update(block)
    return seal.hexdigest()[:16]


def _write(folder: Path, config: str, model: nn.Module, dtype: torch.dtype) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in model.state_dict().items()
        if not (name == TIED_HEAD and _tied(model))
    }
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(config + "\n")


def _tied(model: nn.Module) -> bool:
    return isinstance(model, VLM) and model.config.language.tied


def _read_object(folder: Path) -> dict[str, Any]:
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


def _read_config(folder: Path, kind: type[FileT]) -> FileT:
    stored = _read_object(folder)
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


def _read_weights(folder: Path, model: nn.Module) -> None:
    """Fill a model strictly; a tied head is not in the file."""
    own = model.state_dict()
    if _tied(model):
        own.pop(TIED_HEAD)
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as stored:
            names = set(stored.keys())
            _check(folder, names, set(own))
            with torch.no_grad():
                for name in sorted(names):
                    _fill(folder, name, own[name], stored.get_tensor(name))
    except FileNotFoundError:
        raise CheckpointError(f"{folder} has no {WEIGHTS}: copy the whole folder again") from None
    except SafetensorError as error:
        raise CheckpointError(f"{folder / WEIGHTS} is damaged ({error}): copy it again") from None


def _check(folder: Path, stored: set[str], own: set[str]) -> None:
    missing, surplus = sorted(own - stored), sorted(stored - own)
    if missing or surplus:
        raise CheckpointError(
            f"{folder}: {len(missing)} tensors are missing (first: {missing[:2]}) and "
            f"{len(surplus)} have no place in the model (first: {surplus[:2]}). "
            f"Are {CONFIG} and {WEIGHTS} of one model? Copy the whole folder again."
        )


def _fill(folder: Path, name: str, place: Tensor, value: Tensor) -> None:
    if place.shape != value.shape:
        raise CheckpointError(
            f"{folder}: {name} has shape {tuple(value.shape)}, the model needs {tuple(place.shape)}"
        )
    place.copy_(value)


def _read_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{folder} has no readable tokenizer ({error}): copy its files again"
        ) from None
    return tokenizer
