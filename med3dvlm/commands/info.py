"""What a checkpoint is, and whether it will fit here.

for line in told(folder):
    print(line)
"""

from collections.abc import Iterator
from pathlib import Path

import psutil

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import CONFIG, describe, weights_digest
from med3dvlm.model.inventory import inventory

PARTS = ("vlm", "dual_encoder")
# Kept free for the page, the scan and the steps of an answer.
RESERVED_BYTES = 2**30
MEBI = 2**20


def told(folder: Path) -> Iterator[str]:
    """Lines about a model folder (`vlm` and `dual_encoder`) or about a single checkpoint.

    Raises:
        CheckpointError: the folder is neither, or incomplete.
    """
    if (folder / CONFIG).exists():
        yield from _checkpoint(folder)
        return
    found = [folder / part for part in PARTS if (folder / part / CONFIG).exists()]
    if not found:
        raise CheckpointError(
            f"{folder} is no model: name a folder with {CONFIG}, or one that holds "
            f"{' and '.join(PARTS)}"
        )
    for checkpoint in found:
        yield from _checkpoint(checkpoint)
        yield ""


def _checkpoint(folder: Path) -> Iterator[str]:
    stored, held = describe(folder), inventory(folder)
    info = stored.info
    yield f"{info.name} ({stored.kind})"
    yield f"  trained on         {info.trained_on}"
    yield f"  sees               {' x '.join(map(str, stored.input.grid))} voxels"
    for part, count in held.parameters.items():
        yield f"  {part:18} {count:>14,} parameters"
    types = ", ".join(f"{kind} {100 * n / held.total:.0f} %" for kind, n in held.dtypes.items())
    yield f"  stored as          {types}; {held.stored_bytes / MEBI:.1f} MiB"
    yield f"  weights' hash      {weights_digest(folder)}"
    free = psutil.virtual_memory().available - RESERVED_BYTES
    need = held.needs(4)
    verdict = "fits" if need <= free else "does not fit: free some memory or take another machine"
    yield (
        f"  in memory          {need / MEBI:.0f} MiB as float32, "
        f"{max(free, 0) / MEBI:.0f} MiB can be had here: {verdict}"
    )
    for limit in info.limits:
        yield f"  limit              {limit}"
    for name, value in info.facts.items():
        yield f"  {name:18} {value}"
