"""Checkpoints: what is saved is loaded to the bit, and what is wrong is named with a remedy."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from med3dvlm.errors import CheckpointError
from med3dvlm.model.checkpoint import (
    CONFIG,
    TIED_HEAD,
    WEIGHTS,
    describe,
    load_dual_encoder,
    load_vlm,
    save_dual_encoder,
    save_vlm,
    weights_digest,
)
from tests.engine_maker import INFO, SPEC


@pytest.fixture
def vlm(random_model: Path, tmp_path: Path) -> Path:
    """A VLM's folder to be damaged."""
    return Path(shutil.copytree(random_model / "vlm", tmp_path / "vlm"))


def edit(folder: Path, **changes: Any) -> None:
    stored = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(stored | changes))


def equal(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_vlm_comes_back_to_the_bit(random_model: Path, tmp_path: Path) -> None:
    loaded = load_vlm(random_model / "vlm")
    save_vlm(tmp_path, loaded.model, loaded.prompt, spec=loaded.input, info=loaded.info)
    again = load_vlm(tmp_path)
    assert equal(loaded.model, again.model)
    assert again.digest == loaded.digest == weights_digest(tmp_path)
    assert (again.input, again.info) == (SPEC, INFO)
    assert again.model.config == loaded.model.config
    assert again.prompt.config == loaded.prompt.config
    question = "Is there a 14 mm kidney stone?"
    assert again.prompt.question_ids((), question) == loaded.prompt.question_ids((), question)
    assert not again.model.training


def test_a_dual_encoder_comes_back_to_the_bit(random_model: Path, tmp_path: Path) -> None:
    loaded = load_dual_encoder(random_model / "dual_encoder")
    save_dual_encoder(tmp_path, loaded.model, loaded.tokenizer, spec=loaded.input, info=loaded.info)
    again = load_dual_encoder(tmp_path)
    assert equal(loaded.model, again.model)
    assert again.digest == loaded.digest
    assert again.model.config == loaded.model.config
    text = "renal cyst, right kidney"
    assert again.tokenizer(text)["input_ids"] == loaded.tokenizer(text)["input_ids"]


@torch.inference_mode()
def test_half_precision_is_half_the_file_and_nearly_the_same(
    random_model: Path, tmp_path: Path
) -> None:
    loaded = load_vlm(random_model / "vlm")
    save_vlm(tmp_path, loaded.model, loaded.prompt, spec=SPEC, info=INFO, dtype=torch.float16)
    again = load_vlm(tmp_path)
    sizes = [(folder / WEIGHTS).stat().st_size for folder in (tmp_path, random_model / "vlm")]
    assert sizes[0] < 0.55 * sizes[1]
    state = again.model.state_dict()
    assert {tensor.dtype for tensor in state.values()} <= {torch.float32, torch.int64}
    for name, tensor in loaded.model.state_dict().items():
        torch.testing.assert_close(state[name], tensor, atol=1e-6, rtol=1e-3)
    volume = torch.rand(1, 1, *SPEC.grid, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        again.model.encode(volume), loaded.model.encode(volume), atol=2e-2, rtol=2e-2
    )
    assert again.digest != loaded.digest


def test_a_tied_head_is_stored_once_and_stays_tied(random_model: Path) -> None:
    with (random_model / "vlm" / CONFIG).open() as stream:
        assert json.load(stream)["model"]["language"]["tied"]
    assert TIED_HEAD not in load_file(random_model / "vlm" / WEIGHTS)
    language_model = load_vlm(random_model / "vlm").model.language_model
    assert language_model.lm_head.weight is language_model.get_input_embeddings().weight


def test_a_checkpoint_says_what_it_is_without_its_weights(vlm: Path, random_model: Path) -> None:
    (vlm / WEIGHTS).unlink()
    assert (describe(vlm).kind, describe(vlm).info) == ("vlm", INFO)
    assert describe(random_model / "dual_encoder").kind == "dual encoder"


def test_a_folder_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        for look in (load_vlm, load_dual_encoder, describe):
            with pytest.raises(CheckpointError, match="Name the folder that contains it"):
                look(folder)


def test_a_file_in_place_of_the_folder_is_refused(vlm: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        load_vlm(vlm / WEIGHTS)


def test_the_other_kind_is_refused_by_its_name(random_model: Path) -> None:
    """The message was about a missing key, since the whole file was read as the wanted kind."""
    with pytest.raises(CheckpointError, match=r"and kind 'dual encoder'; name a folder .* 'vlm'"):
        load_vlm(random_model / "dual_encoder")
    with pytest.raises(CheckpointError, match=r"and kind 'vlm'; name a folder .* 'dual encoder'"):
        load_dual_encoder(random_model / "vlm")


def test_a_later_format_and_foreign_folders_are_refused(vlm: Path) -> None:
    edit(vlm, format=2)
    with pytest.raises(CheckpointError, match="has format 2"):
        load_vlm(vlm)
    (vlm / CONFIG).write_text('{"architectures": ["Qwen2ForCausalLM"]}')
    with pytest.raises(CheckpointError, match="has format None and kind None"):
        load_vlm(vlm)


@pytest.mark.parametrize("text", ["[1, 2]", "{", "\x00\xff"])
def test_a_configuration_that_is_no_json_object_is_refused(vlm: Path, text: str) -> None:
    (vlm / CONFIG).write_text(text)
    for look in (load_vlm, describe):
        with pytest.raises(CheckpointError, match="not a JSON object: copy it again"):
            look(vlm)


def test_unknown_missing_and_impossible_settings_are_refused(vlm: Path) -> None:
    edit(vlm, colour="blue")
    with pytest.raises(CheckpointError, match=r"unknown key 'colour'\. Was it written by another"):
        load_vlm(vlm)
    stored = json.loads((vlm / CONFIG).read_text())
    del stored["colour"], stored["prompt"]
    (vlm / CONFIG).write_text(json.dumps(stored))
    with pytest.raises(CheckpointError, match="missing key 'prompt'"):
        load_vlm(vlm)


def test_parts_that_do_not_fit_each_other_are_refused(vlm: Path) -> None:
    model = json.loads((vlm / CONFIG).read_text())["model"]
    for wrong, words in ((model["grid"][:2], "3 values are needed"), ([32, 64, 64], "tokens")):
        edit(vlm, model=model | {"grid": wrong})
        with pytest.raises(CheckpointError, match=words):
            load_vlm(vlm)


def test_missing_weights_are_refused(vlm: Path) -> None:
    (vlm / WEIGHTS).unlink()
    with pytest.raises(CheckpointError, match="copy the whole folder again"):
        load_vlm(vlm)


def test_damaged_weights_are_refused(vlm: Path) -> None:
    path = vlm / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"is damaged .*: copy it again"):
        load_vlm(vlm)


def test_a_tensor_under_another_name_is_refused_with_both_names(vlm: Path) -> None:
    state = load_file(vlm / WEIGHTS)
    name = min(state)
    state["renamed"] = state.pop(name)
    save_file(state, vlm / WEIGHTS)
    with pytest.raises(CheckpointError, match="1 tensors are missing") as refused:
        load_vlm(vlm)
    assert name in str(refused.value)
    assert "renamed" in str(refused.value)


def test_a_tensor_of_another_shape_is_refused_with_both_shapes(vlm: Path) -> None:
    state = load_file(vlm / WEIGHTS)
    name = min(state)
    state[name] = torch.zeros(1, 2, 3)
    save_file(state, vlm / WEIGHTS)
    with pytest.raises(CheckpointError, match=r"has shape \(1, 2, 3\), but the model needs"):
        load_vlm(vlm)


def test_a_missing_tokenizer_is_refused(vlm: Path) -> None:
    for path in vlm.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(CheckpointError, match="no readable tokenizer"):
        load_vlm(vlm)
