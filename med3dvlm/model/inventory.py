"""What a checkpoint's weight files contain, read only from their headers.

found = inventory(folder)
found.parameters["language_model"], found.stored_bytes
found.needs.bytes_as("nf4")          # bytes in memory
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from med3dvlm.model.precision import Needs, needs_of
from med3dvlm.model.stored import AnyFile, open_stored
from med3dvlm.model.weight_files import TYPE_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Counts of one checkpoint.

    Attributes:
        file: what it is.
        parameters: numbers by part (the first word of a tensor's name in our layout).
        dtypes: numbers by stored type, in safetensors' notation (`F16`, `F32`, ...).
        files: names of the weight files.
        stored_bytes: size of the files.
        left_out: stored tensors that are not read, such as buffers of older libraries.
        needs: memory requirements.
        digest: identifies the checkpoint.
    """

    file: AnyFile
    parameters: Mapping[str, int]
    dtypes: Mapping[str, int]
    files: tuple[str, ...]
    stored_bytes: int
    left_out: tuple[str, ...]
    needs: Needs
    digest: str

    @property
    def total(self) -> int:
        """All parameters, buffers of normalisation layers included."""
        return sum(self.parameters.values())


def inventory(folder: Path) -> Inventory:
    """Count the weights of a checkpoint folder, of either layout, without loading them.

    Raises:
        CheckpointError: the folder is not a checkpoint, or its weights are missing or damaged.
    """
    stored = open_stored(folder)
    parameters: Counter[str] = Counter()
    dtypes: Counter[str] = Counter()
    for name, ours in stored.names.items():
        header = stored.files.headers[name]
        parameters[ours.partition(".")[0]] += header.count
        dtypes[TYPE_NAMES[header.dtype]] += header.count
    return Inventory(
        file=stored.file,
        parameters=parameters,
        dtypes=dtypes,
        files=tuple(shard.name for shard in stored.files.shards),
        stored_bytes=stored.files.stored_bytes,
        left_out=tuple(sorted(set(stored.files.headers) - set(stored.names))),
        needs=needs_of(stored),
        digest=stored.files.digest,
    )
