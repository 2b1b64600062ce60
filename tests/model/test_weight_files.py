"""Weight files: whole or in shards, safetensors or .bin; what is wrong is named before loading."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from med3dvlm.errors import CheckpointError
from med3dvlm.model import weight_files as module
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.weight_files import weight_files
from tests import released_maker as maker

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.arange(4), "c": torch.ones(5)}


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("style", ["safetensors", "bin"])
def test_headers_and_tensors_are_read(style: maker.Style, shards: int, tmp_path: Path) -> None:
    maker.write_state(tmp_path, STATE, style=style, shards=shards)
    files = weight_files(tmp_path)
    assert len(files.shards) == shards
    assert files.shapes == {"a.weight": (2, 3), "b": (4,), "c": (5,)}
    assert files.headers["b"].dtype == torch.int64
    assert files.largest_tensor == 32
    assert files.stored_bytes == sum(shard.stat().st_size for shard in files.shards)
    read = {name: t.clone() for shard in files.shards for name, t in files.read(shard)}
    assert read.keys() == STATE.keys()
    assert all(torch.equal(read[name], STATE[name]) for name in STATE)


@pytest.mark.parametrize("style", ["safetensors", "bin"])
def test_a_missing_shard_is_named_at_once(style: maker.Style, tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, style=style, shards=4)
    gone = sorted(folder.glob("*-00003-of-00004.*"))[0]
    gone.unlink()
    with pytest.raises(CheckpointError, match=rf"1 of 4 shards are missing \({gone.name}\)"):
        load_vlm(folder)


@pytest.mark.parametrize("style", ["safetensors", "bin"])
def test_a_cut_shard_is_named(style: maker.Style, tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, style=style, shards=3)
    cut = sorted(folder.glob("*-00002-of-00003.*"))[0]
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    with pytest.raises(CheckpointError, match=rf"{cut.name} is damaged.*copy it again"):
        load_vlm(folder)


def test_shards_of_two_downloads_are_refused(tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, shards=3)
    shard = folder / "model-00002-of-00003.safetensors"
    state = load_file(shard)
    lost = min(state)
    del state[lost]
    save_file(state, shard)
    with pytest.raises(CheckpointError, match=rf"lacks 1 tensors .*{lost}"):
        weight_files(folder)


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, shards=2)
    index = folder / "model.safetensors.index.json"
    for text in ("{", "{}", '{"weight_map": {}}', "[1]"):
        index.write_text(text)
        with pytest.raises(CheckpointError, match="is not an index of shards"):
            weight_files(folder)


def test_an_index_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.safetensors"
    save_file({"secret": torch.ones(1)}, outside)
    folder = tmp_path / "model"
    folder.mkdir()
    listed = {"weight_map": {"secret": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(listed))
    with pytest.raises(CheckpointError, match="1 of 1 shards are missing"):
        weight_files(folder)


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self):
        return (os.system, (f"touch {self.proof}",))


def test_code_in_a_bin_file_does_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    torch.save({"a": torch.ones(1), "evil": Evil(proof)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="contains more than tensors and could run code"):
        weight_files(tmp_path)
    assert not proof.exists()


def test_a_bin_file_that_is_no_table_of_tensors_is_refused(tmp_path: Path) -> None:
    torch.save([torch.ones(1)], tmp_path / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="not a table of tensors"):
        weight_files(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"not a zip file at all")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin"):
        weight_files(tmp_path)


def test_safetensors_come_before_bin(tmp_path: Path) -> None:
    maker.write_state(tmp_path, STATE, style="bin")
    maker.write_state(tmp_path, STATE)
    assert [shard.name for shard in weight_files(tmp_path).shards] == ["model.safetensors"]


def test_an_empty_folder_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"neither model.safetensors nor pytorch_model.bin"):
        weight_files(tmp_path)


def test_a_type_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    small = {"w": torch.zeros(4, dtype=torch.float8_e4m3fn)}
    save_file(small, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="w is stored as F8_E4M3"):
        weight_files(tmp_path)


def test_large_files_are_told_apart_by_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HASHED_WHOLE", 1000)
    monkeypatch.setattr(module, "BLOCK", 256)
    state = {"w": torch.zeros(20_000)}
    maker.write_state(tmp_path / "one", state)
    state["w"][-1] = 1
    maker.write_state(tmp_path / "other", state)
    assert weight_files(tmp_path / "one").digest != weight_files(tmp_path / "other").digest
    assert weight_files(tmp_path / "one").digest == weight_files(tmp_path / "one").digest
