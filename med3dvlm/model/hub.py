"""A model by its name on the hub: from the hub's local cache, else downloaded into it.

    folder = local_folder("MagicXin/Med3DVLM-Qwen-2.5-7B")    # or name@revision
    folder = local_folder("models/mine")                      # a folder is used as it is

Only what a checkpoint needs is downloaded: no code, and safetensors if there are two sets of
weights.
"""

import re
import shutil
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from huggingface_hub import HfApi, constants, snapshot_download

# Of whichever HTTP library the hub's client uses in its version.
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from med3dvlm.errors import CheckpointError
from med3dvlm.model.memory import gib

NAME = re.compile(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?")
TEXTS = ("*.json", "*.txt", "tokenizer.model", "README.md")
SAFE_WEIGHTS = ("model.safetensors", "model-*.safetensors")
BIN_WEIGHTS = ("pytorch_model.bin", "pytorch_model-*.bin")
SPARE_DISK = 2**30


def local_folder(name: str, *, patterns: Iterable[str] | None = None) -> Path:
    """The folder of a model, by path or by its name on the hub.

    Args:
        name: a folder, or `OWNER/NAME`, optionally with `@REVISION`.
        patterns: files to download; None means what a checkpoint needs.

    Raises:
        CheckpointError: it is neither, or can't be downloaded; the message says how to get it.
    """
    path = Path(name).expanduser()
    if path.exists() or not NAME.fullmatch(name):
        return path
    wanted = None if patterns is None else list(patterns)
    cached = _cached(name)
    if cached is not None and (wanted is not None or _complete(cached)):
        return cached
    return _download(name, wanted)


def is_hub_name(name: str) -> bool:
    """Whether a name refers to a model on the hub rather than a local folder."""
    return not Path(name).expanduser().exists() and bool(NAME.fullmatch(name))


def _cached(name: str) -> Path | None:
    repository, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _complete(folder: Path) -> bool:
    """Whether a snapshot contains weights; missing shards are detected on opening."""
    return any(next(folder.glob(pattern), None) for pattern in (*SAFE_WEIGHTS, *BIN_WEIGHTS))


def _download(name: str, patterns: list[str] | None) -> Path:
    repository, _, revision = name.partition("@")
    try:
        if patterns is None:
            patterns = _needed(repository, revision or None)
        return Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=patterns)
        )
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError):
        raise CheckpointError(
            f"There is no model {name} on the hub that you can access, and no local folder of "
            "that name. Check the name; for a private model, log in with: hf auth login"
        ) from None
    except (OfflineModeIsEnabled, LocalEntryNotFoundError, HTTPError, OSError) as error:
        raise CheckpointError(
            f"{name} is not a local folder, is not in the hub's cache, and can't be downloaded "
            f"({type(error).__name__}). "
            f"On a machine with network access: hf download {repository} --local-dir FOLDER; copy "
            "the folder here and name it in MED3DVLM_MODEL. Or unset HF_HUB_OFFLINE."
        ) from None


def _needed(repository: str, revision: str | None) -> list[str]:
    """Patterns of the files to download, after checking that they fit on the disk."""
    sizes = {
        file.rfilename: file.size or 0
        for file in HfApi().model_info(repository, revision=revision, files_metadata=True).siblings
        or ()
    }
    weights = SAFE_WEIGHTS if _matching(sizes, SAFE_WEIGHTS) else BIN_WEIGHTS
    if not _matching(sizes, weights):
        raise CheckpointError(
            f"{repository} contains neither {SAFE_WEIGHTS[0]} nor {BIN_WEIGHTS[0]}: is it a model?"
        )
    patterns = [*TEXTS, *weights]
    _check_disk(repository, sum(sizes[name] for name in _matching(sizes, patterns)))
    return patterns


def _matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    patterns = tuple(patterns)
    return [n for n in names if any(fnmatchcase(n, p) for p in patterns)]


def _check_disk(repository: str, size: int) -> None:
    cache = Path(constants.HF_HUB_CACHE)
    there = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if size + SPARE_DISK > free:
        raise CheckpointError(
            f"{repository} needs {gib(size)}, but the disk with the hub's cache has {gib(free)} "
            "free. Free some space, or set HF_HOME to a folder on a larger disk."
        )
