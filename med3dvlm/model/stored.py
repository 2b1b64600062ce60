"""A checkpoint folder as it lies on the disk, ours or published, opened without its weights.

stored = open_stored(folder)
stored.file.kind                       # "vlm" or "dual encoder"
stored.names["model.norm.weight"]      # our name of a stored tensor
stored.tensor(name, tensor)            # a stored tensor in our layout
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import Tensor
from transformers import (
    AutoTokenizer,
    DistilBertConfig,
    PretrainedConfig,
    PreTrainedTokenizerBase,
    Qwen2Config,
)

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint_file import (
    CONFIG,
    FORMAT,
    CheckpointKind,
    DualEncoderFile,
    VLMFile,
    read_config,
    read_object,
)
from med3dvlm.model.hub import local_folder
from med3dvlm.model.leftovers import plain_names
from med3dvlm.model.prompt import PLACEHOLDER
from med3dvlm.model.released import KeyTable, dual_encoder_table, vlm_table
from med3dvlm.model.released_config import (
    DUAL_TYPE,
    VLM_TYPE,
    dual_encoder_file,
    released_kind,
    text_model,
    vlm_file,
)
from med3dvlm.model.weight_files import WeightFiles, weight_files

FileT = TypeVar("FileT", VLMFile, DualEncoderFile)
AnyFile = VLMFile | DualEncoderFile
HEAD = "lm_head.weight"
TOKENIZER_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")


@dataclass(frozen=True, slots=True)
class Stored(Generic[FileT]):
    """What a checkpoint is and where its tensors go; `table` is None for our own format."""

    folder: Path
    file: FileT
    files: WeightFiles
    names: Mapping[str, str]
    table: KeyTable | None

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of our layout by our names."""
        found = {}
        for name, ours in self.names.items():
            shape = self.files.headers[name].shape
            found[ours] = shape if self.table is None else self.table.shape_to_ours(ours, shape)
        return found

    def tensor(self, name: str, tensor: Tensor) -> Tensor:
        """A stored tensor in our layout."""
        return tensor if self.table is None else self.table.permuted(self.names[name], tensor)


def open_stored(folder: Path) -> Stored[VLMFile] | Stored[DualEncoderFile]:
    """Open a checkpoint of either kind and either layout.

    Raises:
        CheckpointError: it is none, incomplete, or of a foreign type.
    """
    config = read_object(folder)
    kind = released_kind(config)
    if kind is None:
        _refuse_foreign(folder, config)
        if config.get("kind") == "vlm":
            return _own(folder, VLMFile)
        return _own(folder, DualEncoderFile)
    if kind == "vlm":
        return _published_vlm(folder, config)
    return _published_dual(folder, config)


def describe(folder: Path) -> AnyFile:
    """What a checkpoint is; of our own format without its weights; raises like `open_stored`."""
    config = read_object(folder)
    if released_kind(config) is not None:
        return open_stored(folder).file
    _refuse_foreign(folder, config)
    if config.get("kind") == "vlm":
        return read_config(folder, VLMFile)
    return read_config(folder, DualEncoderFile)


def open_kind(folder: Path, kind: type[FileT]) -> Stored[FileT]:
    """Open a checkpoint that must be of one kind.

    Raises:
        CheckpointError: it is not, or not readable.
    """
    config = read_object(folder)
    found = released_kind(config)
    if found is None:
        _refuse_foreign(folder, config)
        return _own(folder, kind)
    wanted: CheckpointKind = "vlm" if kind is VLMFile else "dual encoder"
    if found != wanted:
        raise CheckpointError(
            f"{folder} is a published {found} ({config.get('model_type')}); "
            f"a {wanted} ({VLM_TYPE if wanted == 'vlm' else DUAL_TYPE}) is needed here"
        )
    stored = _published_vlm(folder, config) if found == "vlm" else _published_dual(folder, config)
    assert isinstance(stored.file, kind)
    return stored


def _refuse_foreign(folder: Path, config: Mapping[str, Any]) -> None:
    if "kind" not in config and "model_type" in config:
        raise CheckpointError(
            f"{folder} is a model of type {config['model_type']!r}; known are our own checkpoints "
            f"(format {FORMAT}) and the published {VLM_TYPE} and {DUAL_TYPE}"
        )


def _own(folder: Path, kind: type[FileT]) -> Stored[FileT]:
    file = read_config(folder, kind)
    files = weight_files(folder)
    return Stored(folder, file, files, {name: name for name in files.headers}, None)


def _published_vlm(folder: Path, config: Mapping[str, Any]) -> Stored[VLMFile]:
    files = weight_files(folder)
    plain = plain_names(files.headers)
    shapes = {short: files.headers[name].shape for name, short in plain.items()}
    tokenizer = read_tokenizer(folder, Qwen2Config())
    file = vlm_file(folder, config, shapes, placeholder_of(folder, tokenizer))
    language = file.model.language
    if language.tied:  # the published code ties the head too, whatever the file holds
        plain = {name: short for name, short in plain.items() if short != HEAD}
    elif HEAD not in shapes:
        raise CheckpointError(
            f"{folder} has no {HEAD}, and {CONFIG} does not tie the head to the token embeddings: "
            "the head was lost in merging. Save the merged model again."
        )
    table = vlm_table(
        file.model.encoder, file.model.projector, layers=language.layers, tied=language.tied
    )
    return Stored(folder, file, files, _our_names(folder, plain, table), table)


def _published_dual(folder: Path, config: Mapping[str, Any]) -> Stored[DualEncoderFile]:
    files = weight_files(folder)
    plain = plain_names(files.headers)
    shapes = {short: files.headers[name].shape for name, short in plain.items()}
    file = dual_encoder_file(folder, config, shapes)
    table = dual_encoder_table(file.model.encoder, text_layers=file.model.text.layers)
    return Stored(folder, file, files, _our_names(folder, plain, table), table)


def _our_names(folder: Path, plain: Mapping[str, str], table: KeyTable) -> dict[str, str]:
    """Stored names to ours; every one must have a place."""
    known = table.names
    surplus = sorted(short for short in plain.values() if short not in known)
    missing = sorted(set(known) - set(plain.values()))
    if missing or surplus:
        raise CheckpointError(
            f"{folder}: {len(missing)} tensors are missing (first: {missing[:2]}) and "
            f"{len(surplus)} have no place in the model (first: {surplus[:2]}). "
            f"Is it complete, and of the published type? Copy or download the whole folder again."
        )
    return {name: known[short] for name, short in plain.items()}


def placeholder_of(folder: Path, tokenizer: PreTrainedTokenizerBase) -> int:
    """The id of `<im_patch>`.

    Raises:
        CheckpointError: the tokenizer has none.
    """
    found = tokenizer.convert_tokens_to_ids(PLACEHOLDER)
    if not isinstance(found, int) or found == tokenizer.unk_token_id:
        raise CheckpointError(
            f"{folder}: its tokenizer has no {PLACEHOLDER}, so it is not this checkpoint's own "
            "(the language model's original one lacks it). Copy the tokenizer files again."
        )
    return found


def read_tokenizer(folder: Path, config: PretrainedConfig | None = None) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder.

    Args:
        folder: where its files lie.
        config: stands for config.json where that is of a type that `transformers` does not know.

    Raises:
        CheckpointError: there is none that can be read.
    """
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, config=config, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{folder} has no readable tokenizer ({error}): copy its files again"
        ) from None
    return tokenizer


def tokenizer_of(stored: Stored[VLMFile] | Stored[DualEncoderFile]) -> PreTrainedTokenizerBase:
    """The tokenizer that goes with a checkpoint.

    A published dual encoder may leave it out; then it is that of the text model it was made from,
    from the hub's cache. Raises like `read_tokenizer`.
    """
    folder = stored.folder
    if stored.table is None:
        return read_tokenizer(folder)
    if isinstance(stored.file, VLMFile):
        return read_tokenizer(folder, Qwen2Config())
    if any(folder.glob("tokenizer*")) or (folder / "vocab.txt").exists():
        return read_tokenizer(folder, DistilBertConfig())
    source = text_model(read_object(folder))
    try:
        return read_tokenizer(local_folder(source, patterns=TOKENIZER_FILES))
    except CheckpointError as error:
        raise CheckpointError(
            f"{folder} has no tokenizer of its own, and that of {source} is not at hand. Put its "
            f"{', '.join(TOKENIZER_FILES)} into the folder. ({error})"
        ) from None
