"""How weights are held in memory: five precisions, what each needs, and which one fits.

    needs = needs_of(stored)
    chosen = choose_precision(needs, "auto", device="cuda")     # or raises with what would fit

The two quantised ones (bitsandbytes: 8 bit, and 4-bit nf4 with its scales quantised again) hold
for the large linear layers of the language model alone; all else of a VLM is then bfloat16. A dual
encoder is small and always float32: ranking many neighbours needs the digits.
"""

import importlib.util
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import torch

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint_file import DualEncoderFile, VLMFile
from med3dvlm.model.memory import RESERVED, Room, gib, room
from med3dvlm.model.stored import Stored

Precision = Literal["fp32", "bf16", "fp16", "int8", "nf4"]
Wanted = Literal["auto", "fp32", "bf16", "fp16", "int8", "nf4"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
QUANTISED = {"int8", "nf4"}
BITS = {"fp32": "32 bit", "bf16": "16 bit (bfloat16)", "fp16": "16 bit (float16)",
        "int8": "8 bit", "nf4": "4 bit (nf4)"}  # fmt: skip
DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
    "int8": torch.bfloat16,
    "nf4": torch.bfloat16,
}
# nf4: 4 bits, an 8-bit scale for 64 weights, and a 32-bit scale for 256 of those.
NF4_BYTES = (4 + 8 / 64 + 32 / (64 * 256)) / 8
INT8_ROW_BYTES = 4
QUANTISED_LAYERS = "language_model.model.layers."
# Above this size a CPU spends its time on reading weights, so halves come before whole ones.
SMALL = 1_000_000_000
ORDER_ON_GPU: tuple[Precision, ...] = ("bf16", "int8", "nf4")
ORDER_ON_CPU: tuple[Precision, ...] = ("bf16", "int8", "nf4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What decides the memory of one checkpoint.

    Attributes:
        quantised: elements of the layers that int8 and nf4 hold for.
        rows: output rows of those layers.
        rest: all other elements.
        fixed: whether everything stays float32 (a dual encoder).
        largest: bytes of the largest stored tensor, which passes through the host's memory.
    """

    quantised: int
    rows: int
    rest: int
    fixed: bool
    largest: int

    @property
    def total(self) -> int:
        """All elements."""
        return self.quantised + self.rest

    def bytes_as(self, precision: Precision) -> int:
        """Bytes of the loaded weights."""
        if self.fixed:
            return 4 * self.total
        if precision == "int8":
            return self.quantised + INT8_ROW_BYTES * self.rows + 2 * self.rest
        if precision == "nf4":
            return math.ceil(NF4_BYTES * self.quantised) + 2 * self.rest
        return DTYPES[precision].itemsize * self.total


def is_quantised(name: str, shape: tuple[int, ...]) -> bool:
    """Whether int8 and nf4 hold for a tensor of ours."""
    return name.startswith(QUANTISED_LAYERS) and len(shape) == 2


def needs_of(stored: Stored[VLMFile] | Stored[DualEncoderFile]) -> Needs:
    """Count a checkpoint's elements from its headers."""
    return needs_of_shapes(
        stored.shapes,
        fixed=isinstance(stored.file, DualEncoderFile),
        largest=stored.files.largest_tensor,
    )


def needs_of_shapes(shapes: Mapping[str, tuple[int, ...]], *, fixed: bool, largest: int) -> Needs:
    """The same from shapes by our names."""
    large = [shape for name, shape in shapes.items() if is_quantised(name, shape)]
    quantised = sum(math.prod(shape) for shape in large)
    return Needs(
        quantised=quantised,
        rows=sum(shape[0] for shape in large),
        rest=sum(math.prod(shape) for shape in shapes.values()) - quantised,
        fixed=fixed,
        largest=largest,
    )


def choose_precision(needs: Needs, wanted: Wanted, *, device: str) -> Precision:
    """The precision to load in: the wanted one, or for `auto` the best that fits.

    Raises:
        CheckpointError: it does not fit, or bitsandbytes is missing; the message names what would.
    """
    here = room(device)
    candidates = order(needs, device) if wanted == "auto" else (wanted,)
    for precision in candidates:
        if fits(needs, precision, here) and (wanted != "auto" or available(precision)):
            _refuse_missing(needs, precision, here)
            return precision
    smallest = candidates[-1]
    raise CheckpointError(
        f"Too little memory: the weights need {gib(needs.bytes_as(smallest))} as {smallest}, "
        f"{here} {_offer(needs, here)}"
    )


def order(needs: Needs, device: str) -> tuple[Precision, ...]:
    """What `auto` tries, best first."""
    if needs.fixed:
        return ("fp32",)
    if device.startswith("cuda"):
        return ORDER_ON_GPU
    return ("fp32", *ORDER_ON_CPU) if needs.total < SMALL else ORDER_ON_CPU


def fits(needs: Needs, precision: Precision, here: Room) -> bool:
    """Whether the loaded weights fit, and on the way there the largest tensor into the host."""
    loaded = needs.bytes_as(precision)
    if here.device == "cpu":
        return loaded + needs.largest + RESERVED <= here.host
    return loaded + RESERVED <= here.device_bytes and 2 * needs.largest + RESERVED <= here.host


def fitting(needs: Needs, here: Room) -> Iterator[Precision]:
    """Every precision that fits, in the order of the table."""
    seen = ("fp32",) if needs.fixed else PRECISIONS
    return (precision for precision in seen if fits(needs, precision, here))


def available(precision: Precision) -> bool:
    """Whether the libraries for a precision are installed."""
    return precision not in QUANTISED or importlib.util.find_spec("bitsandbytes") is not None


def _refuse_missing(needs: Needs, precision: Precision, here: Room) -> None:
    if available(precision):
        return
    other = [p for p in fitting(needs, here) if available(p)]
    instead = f", or set MED3DVLM_PRECISION={other[-1]}, which fits" if other else ""
    raise CheckpointError(
        f"{precision} needs the package bitsandbytes: pip install bitsandbytes{instead}."
    )


def _offer(needs: Needs, here: Room) -> str:
    """What would fit instead, in words."""
    found = list(fitting(needs, here))
    if not found:
        smallest: Precision = "fp32" if needs.fixed else "nf4"
        return (
            f"Even {smallest} ({gib(needs.bytes_as(smallest))}) does not fit: end other programs, "
            "or take a machine with more memory."
        )
    best = found[0]
    missing = "" if available(best) else " (after pip install bitsandbytes)"
    return (
        f"What fits is {', '.join(found)}: set MED3DVLM_PRECISION={best}{missing}, which needs "
        f"{gib(needs.bytes_as(best))}, or auto."
    )
