"""Loads weights from a checkpoint's files into a model, one tensor at a time.

    model = load_weights(lambda: VLM(config), stored, plan)

The model is built without allocating memory (accelerate), every tensor of every shard is put where
it belongs, in its precision, and the file is closed before the next one is opened. So the host
never holds more than the loaded model and the largest shard. Layers for bitsandbytes are quantised
as they are loaded. accelerate spreads a language model that is larger than one GPU.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from accelerate import dispatch_model, infer_auto_device_map, init_empty_weights
from accelerate.utils import CustomDtype, get_max_memory, set_module_tensor_to_device
from torch import Tensor, nn
from transformers import BitsAndBytesConfig

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint_file import DualEncoderFile, VLMFile
from med3dvlm.model.precision import DTYPES, QUANTISED, Precision, is_quantised
from med3dvlm.model.stored import Stored
from med3dvlm.model.vlm import VLM

ModelT = TypeVar("ModelT", bound=nn.Module)
AnyStored = Stored[VLMFile] | Stored[DualEncoderFile]
# Takes a message about what is being read, and the share of the bytes read so far.
Tell = Callable[[str, float], None]
TELL_STEP = 0.01
UNDIVIDED = ["Qwen2DecoderLayer"]

logger = logging.getLogger(__name__)


def nobody(_what: str, _share: float) -> None:
    """Ignores progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """Device and precision of a model to load, and a callback for progress."""

    device: str = "cpu"
    precision: Precision = "fp32"
    tell: Tell = nobody


def load_weights(build: Callable[[], ModelT], stored: AnyStored, plan: LoadPlan) -> ModelT:
    """Build a model and fill it strictly, in evaluation mode.

    Raises:
        CheckpointError: a tensor is missing, unexpected, or has the wrong shape.
    """
    with init_empty_weights(include_buffers=False):
        model = build()
    check_shapes(stored, own_shapes(model))
    if plan.precision in QUANTISED and isinstance(model, VLM):
        quantise_layers(model.language_model, plan)
    places = device_map(model, plan)
    _fill(model, stored, plan, places)
    if isinstance(model, VLM):
        if model.config.language.tied:
            model.language_model.tie_weights()
        _spread(model, places)
    if "" in places:
        _move_computed(model, places[""])
    return model.eval()


def own_shapes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    """Shapes by name; a tied head is not counted as a tensor of its own."""
    tied = isinstance(model, VLM) and model.config.language.tied
    return {
        name: tuple(tensor.shape)
        for name, tensor in model.state_dict().items()
        if not (tied and name == "language_model.lm_head.weight")
    }


def check_shapes(stored: AnyStored, own: Mapping[str, tuple[int, ...]]) -> None:
    """Compare names and shapes with the model's, before anything is read.

    Raises:
        CheckpointError: they differ.
    """
    found, folder = stored.shapes, stored.folder
    missing, surplus = sorted(set(own) - set(found)), sorted(set(found) - set(own))
    if missing or surplus:
        raise CheckpointError(
            f"{folder}: {len(missing)} tensors are missing (first: {missing[:2]}) and "
            f"{len(surplus)} have no place in the model (first: {surplus[:2]}). "
            "Do config.json and the weights belong together? Copy the whole folder again."
        )
    for name, shape in found.items():
        if shape != own[name]:
            raise CheckpointError(
                f"{folder}: {name} has shape {shape}, but the model needs {own[name]}"
            )


def device_map(model: nn.Module, plan: LoadPlan) -> dict[str, str | int]:
    """The device of each part of the language model; "" means everything.

    One device if that is enough; else accelerate spreads the layers over all GPUs. Layers that
    don't fit stay on the host and are moved in when needed.
    """
    whole: dict[str, str | int] = {"": plan.device}
    if plan.device != "cuda" or torch.cuda.device_count() < 2 or not isinstance(model, VLM):
        return whole
    if _size(model, plan.precision) < 0.9 * torch.cuda.mem_get_info(0)[0]:
        return whole
    return spread_map(model, plan.precision, get_max_memory())


def spread_map(
    model: VLM, precision: Precision, free: Mapping[int | str, int]
) -> dict[str, str | int]:
    """Layers of the language model to devices with `free` bytes each."""
    quantised = {"int8": CustomDtype.FP8, "nf4": CustomDtype.INT4}.get(precision)
    special = {
        name: quantised
        for name, tensor in model.language_model.named_parameters()
        if quantised and is_quantised(f"language_model.{name}", tuple(tensor.shape))
    }
    found: dict[str, str | int] = infer_auto_device_map(
        model.language_model,
        max_memory=dict(free),
        no_split_module_classes=UNDIVIDED,
        dtype=DTYPES[precision],
        special_dtypes=special or None,
    )
    if "disk" in found.values():
        raise CheckpointError(
            "The language model doesn't fit in the memory of the GPUs and the host together. "
            "Set MED3DVLM_PRECISION=nf4, or use a machine with more memory."
        )
    return found


def _size(model: nn.Module, precision: Precision) -> int:
    return DTYPES[precision].itemsize * sum(tensor.numel() for tensor in model.parameters())


def _fill(
    model: nn.Module, stored: AnyStored, plan: LoadPlan, places: Mapping[str, str | int]
) -> None:
    fixed = isinstance(stored.file, DualEncoderFile)
    dtype = torch.float32 if fixed else DTYPES[plan.precision]
    with torch.no_grad():
        for name, tensor in _tensors(stored, plan.tell):
            ours = stored.names[name]
            value = stored.tensor(name, tensor)
            _place(model, ours, value, _place_of(ours, places, plan.device), dtype)


def _tensors(stored: AnyStored, tell: Tell) -> Iterator[tuple[str, Tensor]]:
    """All needed tensors, shard by shard, reporting progress."""
    files = stored.files
    total = max(sum(header.size for header in files.headers.values()), 1)
    done, told = 0, -1.0
    for number, shard in enumerate(files.shards, start=1):
        what = f"Reading weights, file {number} of {len(files.shards)}."
        logger.info("%s %s", stored.file.info.name, what)
        for name, tensor in files.read(shard):
            if done / total - told >= TELL_STEP:
                told = done / total
                tell(what, told)
            done += files.headers[name].size
            if name in stored.names:
                yield name, tensor
    tell("All weights have been read.", 1.0)


def _place_of(ours: str, places: Mapping[str, str | int], device: str) -> str | int:
    """The device of a tensor: that of its layer, or the first one outside the language model."""
    if "" in places:
        return places[""]
    inside = ours.removeprefix("language_model.")
    if inside == ours:
        return f"{device}:0"
    longest = max((part for part in places if f"{inside}.".startswith(f"{part}.")), key=len)
    return places[longest]


def _place(
    model: nn.Module, name: str, value: Tensor, device: str | int, dtype: torch.dtype
) -> None:
    module_name, _, leaf = name.rpartition(".")
    module = model.get_submodule(module_name)
    parameter = getattr(module, leaf)
    kind = type(parameter).__name__
    if kind in {"Params4bit", "Int8Params"}:
        fresh = type(parameter)(value.to(dtype), requires_grad=False, **vars(parameter))
        setattr(module, leaf, fresh.to(device))
        return
    kept = dtype if value.is_floating_point() else value.dtype
    # A view into the file would keep the file open and change with it, so copy.
    value = value.to(kept, copy=device == "cpu")
    set_module_tensor_to_device(
        model, name, device, value=value, dtype=value.dtype, clear_cache=False
    )


def quantise_layers(language_model: nn.Module, plan: LoadPlan) -> None:
    """Replace the large linear layers with empty bitsandbytes layers."""
    from transformers.integrations.bitsandbytes import replace_with_bnb_linear

    _quieten()
    replace_with_bnb_linear(
        language_model,
        modules_to_not_convert=["lm_head"],
        quantization_config=quantisation(plan.precision),
    )


def quantisation(precision: Precision) -> BitsAndBytesConfig:
    """The bitsandbytes settings for a precision."""
    chosen = (
        {"load_in_8bit": True}
        if precision == "int8"
        else {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": True,
            "bnb_4bit_compute_dtype": DTYPES[precision],
        }
    )
    return BitsAndBytesConfig(**chosen)  # type: ignore[no-untyped-call]


def _quieten() -> None:
    """Silence the message per layer and step that 8 bit computes in float16, as intended."""
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)


def _move_computed(model: nn.Module, device: str | int) -> None:
    """Move buffers that are in no file, such as the frequencies of the rotary embedding."""
    for name, buffer in list(model.named_buffers()):
        if buffer.device != torch.device(device):
            set_module_tensor_to_device(model, name, device, clear_cache=False)


def _spread(model: VLM, places: Mapping[str, str | int]) -> None:
    if "" not in places:
        logger.info("The language model is spread over %s", sorted(set(map(str, places.values()))))
        dispatch_model(model.language_model, device_map=dict(places))
