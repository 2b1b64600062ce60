"""A checkpoint is a folder: config.json, weights, the tokenizer, and a model card.

save_vlm(folder, model, prompt, spec=spec, info=info)
loaded = load_vlm(folder)                    # strict: names and shapes must match
loaded = load_vlm(folder, device="cuda", precision="auto")     # the best that fits
describe(folder).kind                        # "vlm" or "dual encoder", without loading

Loading accepts both our own format and the published layout (`vlm_qwen`, `dec_clip`).
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import PreTrainedTokenizerBase

from med3dvlm.model.checkpoint_file import (
    CARD,
    CONFIG,
    FORMAT,
    CheckpointKind,
    DualEncoderFile,
    InputSpec,
    ModelInfo,
    VLMFile,
)
from med3dvlm.model.dual_encoder import DualEncoder
from med3dvlm.model.loading import LoadPlan, Tell, load_weights, nobody
from med3dvlm.model.precision import Precision, Wanted, choose_precision, needs_of
from med3dvlm.model.prompt import Prompt
from med3dvlm.model.stored import (
    describe,
    open_kind,
    tokenizer_of,
)
from med3dvlm.model.vlm import VLM
from med3dvlm.model.weight_files import WEIGHTS, weight_files
from med3dvlm.values import to_json

__all__ = [
    "CARD", "CONFIG", "FORMAT", "TIED_HEAD", "WEIGHTS", "CheckpointKind", "DualEncoderFile",
    "InputSpec", "LoadedDualEncoder", "LoadedVLM", "ModelInfo", "VLMFile", "describe",
    "load_dual_encoder", "load_vlm", "save_dual_encoder", "save_vlm", "weights_digest",
]  # fmt: skip

TIED_HEAD = "language_model.lm_head.weight"


@dataclass(frozen=True, slots=True)
class LoadedVLM:
    """A VLM ready for use."""

    model: VLM
    prompt: Prompt
    input: InputSpec
    info: ModelInfo
    digest: str
    precision: Precision = "fp32"
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadedDualEncoder:
    """A dual encoder ready for use."""

    model: DualEncoder
    tokenizer: PreTrainedTokenizerBase
    input: InputSpec
    info: ModelInfo
    digest: str
    folder: Path | None = None

    @property
    def key(self) -> str:
        """Identifies what made a vector."""
        return f"{self.info.name} {self.digest}"


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


def load_vlm(
    folder: Path,
    *,
    device: str = "cpu",
    precision: Wanted = "fp32",
    tell: Tell = nobody,
) -> LoadedVLM:
    """Load a VLM, in evaluation mode.

    Args:
        folder: in our own format or the published layout.
        device: `cpu`, or `cuda` (all GPUs if one is not enough), or `cuda:1`.
        precision: of the language model (see `precision.py`); `auto` takes the best that fits.
        tell: called with what is being read and the share of the bytes read so far.

    Raises:
        CheckpointError: the folder is missing, incomplete, damaged or of another kind, or the
            weights don't fit in memory.
    """
    stored = open_kind(folder, VLMFile)
    chosen = choose_precision(needs_of(stored), precision, device=device)
    prompt = Prompt(tokenizer_of(stored), stored.file.prompt)
    plan = LoadPlan(device=device, precision=chosen, tell=tell)
    model = load_weights(lambda: VLM(stored.file.model), stored, plan)
    return LoadedVLM(
        model, prompt, stored.file.input, stored.file.info, stored.files.digest, chosen, folder
    )


def load_dual_encoder(
    folder: Path, *, device: str = "cpu", tell: Tell = nobody
) -> LoadedDualEncoder:
    """Load a dual encoder in float32, in evaluation mode; raises like `load_vlm`."""
    stored = open_kind(folder, DualEncoderFile)
    choose_precision(needs_of(stored), "fp32", device=device)
    tokenizer = tokenizer_of(stored)
    plan = LoadPlan(device=device, tell=tell)
    model = load_weights(lambda: DualEncoder(stored.file.model), stored, plan)
    return LoadedDualEncoder(
        model, tokenizer, stored.file.input, stored.file.info, stored.files.digest, folder
    )


def weights_digest(folder: Path) -> str:
    """Hash of the weights, to tell checkpoints apart."""
    return weight_files(folder).digest


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
