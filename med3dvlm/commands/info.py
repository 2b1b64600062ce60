"""What a checkpoint is, and whether it will fit here in each precision.

for line in told("MagicXin/Med3DVLM-Qwen-2.5-7B"):
    print(line)
"""

from collections.abc import Iterator
from pathlib import Path

import torch

from med3dvlm.engine.open_model import model_folders
from med3dvlm.errors import CheckpointError
from med3dvlm.model.inventory import Inventory, inventory
from med3dvlm.model.memory import RESERVED, Room, gib, room
from med3dvlm.model.precision import BITS, PRECISIONS, Needs, available, choose_precision, fits


def told(name: str | Path) -> Iterator[str]:
    """Lines about every checkpoint of a model.

    Args:
        name: `embedded`, a checkpoint's folder or hub name, two of them joined by `+`, or a folder
            that holds `vlm` and `dual_encoder`.

    Raises:
        CheckpointError: it is none of these, or incomplete.
    """
    for number, folder in enumerate(model_folders(str(name)).all):
        if number:
            yield ""
        yield from _checkpoint(folder)


def _checkpoint(folder: Path) -> Iterator[str]:
    held = inventory(folder)
    file = held.file
    yield f"{file.info.name} ({file.kind})"
    yield f"  trained on         {file.info.trained_on}"
    yield f"  sees               {' x '.join(map(str, file.input.grid))} voxels"
    for part, count in held.parameters.items():
        yield f"  {part:18} {count:>14,} parameters"
    yield from _files(held)
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        yield from _memory(held.needs, device)
    for limit in file.info.limits:
        yield f"  limit              {limit}"
    for fact, value in file.info.facts.items():
        yield f"  {fact:18} {value}"


def _files(held: Inventory) -> Iterator[str]:
    types = ", ".join(f"{kind} {100 * n / held.total:.0f} %" for kind, n in held.dtypes.items())
    count = "1 file" if len(held.files) == 1 else f"{len(held.files)} files"
    yield f"  stored as          {types}; {gib(held.stored_bytes)} in {count}"
    if held.left_out:
        first = ", ".join(held.left_out[:3])
        yield f"  not needed         {len(held.left_out)} stored tensors ({first} ...)"
    yield f"  weights' hash      {held.digest}"


def _memory(needs: Needs, device: str) -> Iterator[str]:
    """A line for each precision, and what `auto` would take."""
    here = room(device)
    where = "on the CPU" if device == "cpu" else "on the GPU"
    free = here.host if device == "cpu" else here.device_bytes
    yield (
        f"  memory {where:11} {gib(max(free - RESERVED, 0))} can be had "
        f"({gib(RESERVED)} stay free for the page and the answers)"
    )
    for precision in ("fp32",) if needs.fixed else PRECISIONS:
        verdict = "fits" if fits(needs, precision, here) else "does not fit"
        if not available(precision):
            verdict += "; needs pip install bitsandbytes"
        yield f"    {BITS[precision]:18} {gib(needs.bytes_as(precision)):>10}: {verdict}"
    yield f"    {_advice(needs, device, here)}"


def _advice(needs: Needs, device: str, here: Room) -> str:
    try:
        chosen = choose_precision(needs, "auto", device=device)
    except CheckpointError:
        return f"nothing fits: free some memory or take another machine. {here}"
    return f"MED3DVLM_PRECISION=auto takes {chosen}"
