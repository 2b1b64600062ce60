"""A checkpoint's weight files: what they contain, and their tensors one at a time.

    files = weight_files(folder)           # only headers; raises if a shard is missing
    files.headers["bias"].shape
    for shard in files.shards:
        for name, tensor in files.read(shard):
            ...                            # one tensor in memory at a time

Safetensors or `.bin` (read with `weights_only`, so no pickled code runs), whole or in shards.
"""

import hashlib
import json
import math
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from med3dvlm.errors import CheckpointError

WEIGHTS = "model.safetensors"
BIN_WEIGHTS = "pytorch_model.bin"
# In the order of preference: safe formats first, and an index before a single file.
INDEXES = (f"{WEIGHTS}.index.json", f"{BIN_WEIGHTS}.index.json")
CANDIDATES = (INDEXES[0], WEIGHTS, INDEXES[1], BIN_WEIGHTS)

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "I8": torch.int8,
    "BOOL": torch.bool,
}
TYPE_NAMES = {kind: name for name, kind in DTYPES.items()}

# Files up to this size are hashed whole; of larger ones, evenly spaced blocks including the ends.
HASHED_WHOLE = 1 << 28
BLOCK = 1 << 20
BLOCKS = 32


@dataclass(frozen=True, slots=True)
class Header:
    """Shape, type and file of a stored tensor."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    shard: Path

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True)
class WeightFiles:
    """All weight files of one folder, with headers by tensor name."""

    folder: Path
    shards: tuple[Path, ...]
    headers: Mapping[str, Header]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name."""
        return {name: header.shape for name, header in self.headers.items()}

    @property
    def stored_bytes(self) -> int:
        """Size of all files."""
        return sum(shard.stat().st_size for shard in self.shards)

    @property
    def largest_tensor(self) -> int:
        """Bytes of the largest tensor as stored."""
        return max((header.size for header in self.headers.values()), default=0)

    def read(self, shard: Path) -> Iterator[tuple[str, Tensor]]:
        """The tensors of one file; each may be a view into the file, so copy what you keep.

        Raises:
            CheckpointError: the file is damaged.
        """
        if shard.suffix == ".bin":
            yield from sorted(_open_bin(shard, mapped=True).items())
            return
        try:
            with safe_open(shard, framework="pt") as stored:
                for name in sorted(stored.keys()):
                    yield name, stored.get_tensor(name)
        except SafetensorError as error:
            raise CheckpointError(f"{shard} is damaged ({error}): copy it again") from None

    @cached_property
    def digest(self) -> str:
        """16 digits that identify a checkpoint; files over 256 MiB are hashed only in samples."""
        seal = hashlib.sha256()
        for shard in self.shards:
            _hash_into(seal, shard)
        return seal.hexdigest()[:16]


def weight_files(folder: Path) -> WeightFiles:
    """Find the weight files of a folder and read their headers.

    Raises:
        CheckpointError: there are none, a shard is missing, or one is damaged.
    """
    found = next((folder / name for name in CANDIDATES if (folder / name).exists()), None)
    if found is None:
        raise CheckpointError(
            f"{folder} has neither {WEIGHTS} nor {BIN_WEIGHTS} (nor an index of shards): "
            "copy the whole folder again"
        )
    listed = _weight_map(found) if found.name in INDEXES else None
    shards = (found,) if listed is None else _shards(folder, set(listed.values()))
    headers: dict[str, Header] = {}
    for shard in shards:
        headers |= _headers(shard)
    if listed is not None and set(listed) - set(headers):
        absent = sorted(set(listed) - set(headers))
        raise CheckpointError(
            f"{folder / listed[absent[0]]} lacks {len(absent)} tensors that {found.name} lists "
            f"(first: {absent[0]}): the files come from two downloads, copy the whole folder again"
        )
    return WeightFiles(folder, shards, headers)


def _weight_map(index: Path) -> dict[str, str]:
    try:
        listed = json.loads(index.read_text())["weight_map"]
    except (ValueError, KeyError, TypeError):
        listed = None
    if not isinstance(listed, dict) or not listed:
        raise CheckpointError(f"{index} is not an index of shards: copy it again")
    # A shard lies next to its index: a path could lead out of the folder.
    return {str(name): Path(str(shard)).name for name, shard in listed.items()}


def _shards(folder: Path, names: set[str]) -> tuple[Path, ...]:
    shards = tuple(folder / name for name in sorted(names))
    missing = [shard.name for shard in shards if not shard.exists()]
    if missing:
        raise CheckpointError(
            f"{folder}: {len(missing)} of {len(shards)} shards are missing ({', '.join(missing)}). "
            "Copy or download them again."
        )
    return shards


def _headers(shard: Path) -> dict[str, Header]:
    if shard.suffix == ".bin":
        return {
            name: Header(tuple(tensor.shape), tensor.dtype, shard)
            for name, tensor in _open_bin(shard, mapped=False).items()
        }
    found = {}
    try:
        with safe_open(shard, framework="pt") as stored:
            for name in stored.keys():  # noqa: SIM118, the handle is no mapping
                tensor = stored.get_slice(name)
                dtype = DTYPES.get(tensor.get_dtype())
                if dtype is None:
                    raise CheckpointError(
                        f"{shard}: {name} is stored as {tensor.get_dtype()}, not supported here; "
                        "save the checkpoint as F32, F16 or BF16"
                    )
                found[name] = Header(tuple(tensor.get_shape()), dtype, shard)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{shard} is damaged ({error}): copy it again") from None
    return found


def _open_bin(shard: Path, *, mapped: bool) -> dict[str, Tensor]:
    """Tensors of a `.bin`: mapped from the file, or only their shapes."""
    try:
        stored = torch.load(
            shard, weights_only=True, mmap=True, map_location="cpu" if mapped else "meta"
        )
    except pickle.UnpicklingError:
        raise CheckpointError(
            f"{shard} contains more than tensors and could run code, so it is not opened. "
            "Save it again as safetensors at its source."
        ) from None
    except (RuntimeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"{shard} is damaged, or older than torch 1.6 ({type(error).__name__}): "
            "copy it again, or save it as safetensors"
        ) from None
    if not isinstance(stored, dict) or not all(isinstance(t, Tensor) for t in stored.values()):
        raise CheckpointError(f"{shard} is not a table of tensors: is it a checkpoint's weights?")
    return stored


def _hash_into(seal: "hashlib._Hash", shard: Path) -> None:
    size = shard.stat().st_size
    with shard.open("rb") as stream:
        if size <= HASHED_WHOLE:
            while block := stream.read(BLOCK):
                seal.update(block)
            return
        seal.update(size.to_bytes(8, "little"))
        for i in range(BLOCKS):
            stream.seek(i * (size - BLOCK) // (BLOCKS - 1))
            seal.update(stream.read(BLOCK))
