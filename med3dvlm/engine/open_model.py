"""An engine from a model's name: the embedded model, folders, or models on the hub.

    engine = open_engine("embedded")
    engine = open_engine("MagicXin/Med3DVLM-Qwen-2.5-7B+MagicXin/DCFormer_SigLIP", device="auto")

A name is a folder or `OWNER/NAME` on the hub. It holds a VLM, or the folders `vlm`, `dual_encoder`
and, if it understands free questions, `reader`; two names joined by `+` are a VLM and a dual
encoder, in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from med3dvlm.config import (
    DEFAULT_MODEL,
    DUAL_ENCODER_FOLDER,
    EMBEDDED,
    JOINED,
    READER_FOLDER,
    VLM_FOLDER,
)
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.fitted import read_fitted
from med3dvlm.engine.prefix_cache import DEFAULT_LIMIT_BYTES
from med3dvlm.engine.search_scores import read_search_scores
from med3dvlm.engine.understanding.opening import open_understanding
from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import CONFIG, CheckpointKind, describe, load_dual_encoder, load_vlm
from med3dvlm.model.hub import is_hub_name, local_folder
from med3dvlm.model.loading import Tell, nobody
from med3dvlm.model.precision import Wanted


@dataclass(frozen=True, slots=True)
class ModelFolders:
    """The checkpoints of one model."""

    vlm: Path | None
    dual_encoder: Path | None
    reader: Path | None = None

    @property
    def all(self) -> tuple[Path, ...]:
        """The folders that exist."""
        return tuple(folder for folder in (self.vlm, self.dual_encoder) if folder)


def open_engine(
    name: str,
    *,
    device: str = "cpu",
    precision: Wanted = "auto",
    tell: Tell = nobody,
    prefix_bytes: int = DEFAULT_LIMIT_BYTES,
) -> Engine:
    """Find a model, download it if necessary, and load it.

    Args:
        name: see above.
        device: `auto`, `cpu`, `cuda` or `cuda:1`.
        precision: of the language model; `auto` takes the best that fits.
        tell: called with the current step and the share that is done.
        prefix_bytes: limits the prefix cache; 0 disables it.

    Raises:
        CheckpointError: it can't be found, downloaded or read, is too large for this machine, or
            there is no such device.
    """
    place = best_device() if device == "auto" else checked_device(device)
    folders = model_folders(name, tell)
    if folders.vlm is None:
        raise CheckpointError(
            f"{name} is only a dual encoder: it can search but not answer. Add a "
            f"vision-language model: MED3DVLM_MODEL=VLM{JOINED}{name}"
        )
    vlm = load_vlm(folders.vlm, device=place, precision=precision, tell=tell)
    dual, fitted = None, read_fitted(folders.vlm, vlm.digest)
    if folders.dual_encoder is not None:
        dual = load_dual_encoder(folders.dual_encoder, device=place, tell=tell)
        fitted = replace(fitted, search=read_search_scores(folders.dual_encoder, dual.digest))
    # A model that is spread over several GPUs takes its inputs on the first one.
    return Engine(
        vlm, dual, device=place, prefix_bytes=prefix_bytes, fitted=fitted,
        understanding=open_understanding(folders.reader) if folders.reader else None,
    )  # fmt: skip


def checked_device(name: str) -> str:
    """A device that this machine has.

    Raises:
        CheckpointError: it has none of that name.
    """
    try:
        device = torch.device(name)
    except RuntimeError:
        raise CheckpointError(f"There is no device {name!r}. Use auto, cpu or cuda.") from None
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device.type == "cuda" and (device.index or 0) >= count:
        found = (
            f"{count} CUDA devices" if count else "no CUDA device (or PyTorch was built without)"
        )
        raise CheckpointError(f"{name}: this machine has {found}. Use cpu or auto as the device.")
    return name


def best_device() -> str:
    """A GPU if there is one, else the CPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def model_folders(name: str, tell: Tell = nobody) -> ModelFolders:
    """Folders of a model's checkpoints, downloaded if they are not in the hub's cache.

    Raises:
        CheckpointError: there is none, it can't be downloaded, or there are two of one kind.
    """
    found: dict[CheckpointKind, Path] = {}
    reader = None
    for part in name.split(JOINED):
        fetched = _fetched(part.strip(), tell)
        if (fetched / READER_FOLDER / CONFIG).exists():
            reader = fetched / READER_FOLDER
        for folder in _checkpoints(fetched):
            kind = describe(folder).kind
            if kind in found:
                raise CheckpointError(
                    f"{found[kind]} and {folder} are both a {kind}, but a model consists of one "
                    "vlm and one dual encoder. Separate several models to choose from by commas."
                )
            found[kind] = folder
    return ModelFolders(found.get("vlm"), found.get("dual encoder"), reader)


def _fetched(part: str, tell: Callable[[str, float], None]) -> Path:
    if part == EMBEDDED:
        return DEFAULT_MODEL
    if is_hub_name(part):
        tell(f"Looking for {part} in the hub's cache, or downloading it.", 0.0)
    return local_folder(part)


def _checkpoints(folder: Path) -> list[Path]:
    if (folder / CONFIG).exists():
        return [folder]
    inside = [folder / name for name in (VLM_FOLDER, DUAL_ENCODER_FOLDER)]
    found = [path for path in inside if (path / CONFIG).exists()]
    if not found:
        raise CheckpointError(
            f"{folder} is not a model: name a folder with {CONFIG}, or one that contains "
            f"{VLM_FOLDER} and {DUAL_ENCODER_FOLDER}, or OWNER/NAME of a model on the hub"
        )
    return found
