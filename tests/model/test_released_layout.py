"""The published layout: every name of both released models, leftovers, and back again."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import init_empty_weights

from med3dvlm.errors import CheckpointError, ConfigError
from med3dvlm.model.checkpoint import describe, load_dual_encoder, load_vlm
from med3dvlm.model.dual_encoder import DualEncoder
from med3dvlm.model.inventory import inventory
from med3dvlm.model.leftovers import plain_names
from med3dvlm.model.loading import own_shapes
from med3dvlm.model.released import (
    KERNEL_ENDING,
    TO_PUBLISHED,
    KeyTable,
    dual_encoder_table,
    vlm_table,
)
from med3dvlm.model.released_config import (
    dual_encoder_file,
    name_of,
    released_kind,
    rope_theta,
    vlm_file,
)
from med3dvlm.model.released_export import save_published_vlm
from med3dvlm.model.vlm import VLM
from tests import released_maker as maker
from tests.engine_maker import INFO

PARAMETERS = {"vlm": 7_678_229_696, "dual encoder": 154_160_066}
WIDTH_512 = 153_766_338
ENTRIES = {"vlm": 813, "dual encoder": 532}


def released_vlm() -> tuple[VLM, KeyTable]:
    """The whole released architecture, of shapes alone."""
    shapes = maker.manifest("vlm_qwen")
    file = vlm_file(Path("MagicXin"), maker.vlm_config(maker.RELEASED), shapes, 151_665)
    with init_empty_weights():
        model = VLM(file.model)
    language = file.model.language
    table = vlm_table(
        file.model.encoder, file.model.projector, layers=language.layers, tied=language.tied
    )
    return model, table


def released_dual(shapes: dict[str, tuple[int, ...]]) -> tuple[DualEncoder, KeyTable]:
    config = maker.dual_config(maker.RELEASED_CLIP, text_config=False)
    file = dual_encoder_file(Path("MagicXin"), config, shapes)
    with init_empty_weights():
        model = DualEncoder(file.model)
    return model, dual_encoder_table(file.model.encoder, text_layers=file.model.text.layers)


def assert_fits(shapes: dict[str, tuple[int, ...]], model: torch.nn.Module, table: KeyTable):
    """Every name has a place of its shape, every place a name, in both directions."""
    own = own_shapes(model)
    assert set(table.names) == set(shapes)
    assert set(table.published) == set(own)
    for published, ours in table.names.items():
        assert table.published[ours] == published
        assert table.shape_to_ours(ours, shapes[published]) == own[ours], published
        if ours.endswith(KERNEL_ENDING):
            assert tuple(own[ours][i] for i in TO_PUBLISHED) == shapes[published]


def test_every_tensor_of_the_released_vlm_has_its_place() -> None:
    shapes = maker.manifest("vlm_qwen")
    model, table = released_vlm()
    assert len(shapes) == ENTRIES["vlm"]
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS["vlm"]
    assert_fits(shapes, model, table)
    assert model.config.grid == (128, 256, 256)
    assert model.config.language.vocabulary == 151_666


@pytest.mark.parametrize("width", [768, 512])
def test_every_tensor_of_the_released_dual_encoder_has_its_place(width: int) -> None:
    """At the width of the training script, and at the default of its configuration."""
    shapes = maker.dual_shapes(maker.DualSizes(**{**vars(maker.RELEASED_CLIP), "width": width}))
    model, table = released_dual(shapes)
    assert len(shapes) == ENTRIES["dual encoder"]
    count = sum(p.numel() for p in model.parameters())
    assert count == (PARAMETERS["dual encoder"] if width == 768 else WIDTH_512)
    assert_fits(shapes, model, table)
    assert (model.config.text.heads, model.config.text.layers) == (12, 6)


def test_the_full_manifests_are_the_small_copies() -> None:
    full = Path(maker.__file__).resolve().parents[2] / "shared" / "golden"
    if not full.is_dir():
        pytest.skip("../shared/golden is absent")
    vlm = json.loads((full / "manifest_full_vlm.json").read_text())
    clip = json.loads((full / "manifest_full_clip.json").read_text())
    for kind, entries, counts in (
        ("vlm_qwen", vlm["tensors"], vlm["_counts"]),
        ("dec_clip", clip["768"]["tensors"], clip["768"]["_counts"]),
    ):
        stored = {n: tuple(s) for n, (s, _) in entries.items() if not n.endswith(maker.NOT_STORED)}
        assert stored == maker.manifest(kind)
        assert counts["state_dict_entries"] == len(stored)
    file = vlm_file(Path("x"), vlm["_config"], maker.manifest("vlm_qwen"), 151_665)
    assert file.model == released_vlm()[0].config
    dual = dual_encoder_file(Path("x"), clip["768"]["_config"], maker.manifest("dec_clip"))
    assert dual.model == released_dual(maker.manifest("dec_clip"))[0].config


@pytest.mark.parametrize("style", ["safetensors", "bin"])
@pytest.mark.parametrize("shards", [1, 4])
def test_every_value_lands_where_its_name_says(
    style: maker.Style, shards: int, tmp_path: Path
) -> None:
    model = load_vlm(maker.make_vlm(tmp_path, style=style, shards=shards)).model
    expected = maker.values(maker.vlm_shapes(maker.TINY))
    config = model.config
    table = vlm_table(config.encoder, config.projector, layers=3, tied=False)
    found = table.to_published(model.state_dict())
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_a_vlm_saved_in_the_published_layout_comes_back_equal(tmp_path: Path) -> None:
    loaded = load_vlm(maker.make_vlm(tmp_path / "theirs"))
    save_published_vlm(tmp_path / "ours", loaded.model, loaded.prompt.tokenizer, shard="200KB")
    assert len(list((tmp_path / "ours").glob("model-*.safetensors"))) > 2
    again = load_vlm(tmp_path / "ours")
    assert again.model.config == loaded.model.config
    assert again.input == loaded.input
    one, other = loaded.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert again.prompt.question_ids((), "Is it?") == loaded.prompt.question_ids((), "Is it?")


def test_a_corrected_model_is_not_written_in_the_published_layout(
    random_model: Path, tmp_path: Path
) -> None:
    """It would load and answer otherwise: that layout can't say how image and text are joined."""
    loaded = load_vlm(random_model / "vlm")
    with pytest.raises(ConfigError, match="corrected way"):
        save_published_vlm(tmp_path, loaded.model, loaded.prompt.tokenizer)


QUIRKS: dict[str, dict[str, Any]] = {
    "class in a list": {"architectures": ["VLMQwenForCausalLM"]},
    "class alone": {"model_type": None},
    "type alone": {"architectures": None},
    "rotation inside": {
        "rope_theta": None, "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"},
    },
    "keys of training": {"torch_dtype": "bfloat16", "wb_name": "x", "pretrained_model": None},
    "sizes of another encoder": {"dim": 1024, "patch_size": [8, 8, 8]},
}  # fmt: skip


@pytest.mark.parametrize("name", QUIRKS)
def test_a_configuration_of_any_age_is_read(name: str, tmp_path: Path) -> None:
    plain = load_vlm(maker.make_vlm(tmp_path / "plain"))
    quirky = load_vlm(maker.make_vlm(tmp_path / "quirky", **QUIRKS[name]))
    assert quirky.model.config == plain.model.config
    assert quirky.model.config.language.rope_theta == 1e6


def test_the_rotation_counts_wherever_it_stands() -> None:
    assert rope_theta({"rope_theta": 5e5}) == 5e5
    assert rope_theta({"rope_parameters": {"rope_theta": 1e4}, "rope_theta": 7}) == 1e4
    assert rope_theta({"rope_parameters": None}) == 1e6


def test_kinds_are_told_by_type_or_class() -> None:
    assert released_kind({"architectures": "DEC_CLIP"}) == "dual encoder"
    assert released_kind({"architectures": ["VLMQwenForCausalLM"]}) == "vlm"
    assert released_kind({"model_type": "dec_clip"}) == "dual encoder"
    assert released_kind({"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}) is None


def test_the_name_is_the_folders_or_the_hubs(tmp_path: Path) -> None:
    assert name_of(tmp_path / "mine") == "mine"
    snapshot = tmp_path / "models--MagicXin--DCFormer_SigLIP" / "snapshots" / "0123abc"
    assert name_of(snapshot) == "MagicXin/DCFormer_SigLIP"


def test_a_released_model_says_its_limits(tmp_path: Path) -> None:
    info = describe(maker.make_vlm(tmp_path)).info
    assert not info.phantom
    said = " ".join(info.limits)
    for word in ("Left and right", "one question at a time", "61.00", "19.10", "not like for like"):
        assert word in said


def test_a_missing_text_config_is_made_up_for_by_shapes(tmp_path: Path) -> None:
    """The released folder names ClinicalBERT and does not bring its configuration."""
    with_config = load_dual_encoder(maker.make_dual_encoder(tmp_path / "with"))
    without = load_dual_encoder(maker.make_dual_encoder(tmp_path / "no", text_config=False))
    assert without.model.config == with_config.model.config
    assert without.model.config.text.heads == 1


def test_heads_that_can_not_be_told_are_asked_for(tmp_path: Path) -> None:
    folder = maker.make_dual_encoder(tmp_path, maker.GOLDEN_CLIP, text_config=False)
    with pytest.raises(CheckpointError, match="add 'language_model' with the tower's config"):
        load_dual_encoder(folder)


BUFFERS = {
    "model.rotary_emb.inv_freq": torch.ones(8),
    "model.rotary_emb.original_inv_freq": torch.ones(8),
    "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8),
}


def test_stored_buffers_are_left_out_and_named(tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path / "vlm", extra=BUFFERS)
    assert load_vlm(folder).model.config.language.layers == 3
    assert set(inventory(folder).left_out) == set(BUFFERS)
    ids = {"language_encoder.embeddings.position_ids": torch.arange(64)[None]}
    dual = maker.make_dual_encoder(tmp_path / "dual", extra=ids)
    load_dual_encoder(dual)
    assert inventory(dual).left_out == tuple(ids)


def rewrite(folder: Path, state: dict[str, torch.Tensor]) -> Path:
    for path in folder.glob("model*"):
        path.unlink()
    maker.write_state(folder, state)
    return folder


def test_wrappers_of_training_are_taken_off(tmp_path: Path) -> None:
    """A merged LoRA state may keep the wrapper's prefixes and the names of layers it copied."""
    state = maker.values(maker.vlm_shapes(maker.TINY))
    wrapped = {}
    for name, value in state.items():
        if name in {"lm_head.weight", "model.embed_tokens.weight"}:
            stem = name.removesuffix("weight")
            wrapped[f"module.base_model.model.{stem}modules_to_save.default.weight"] = value
            wrapped[f"module.base_model.model.{stem}original_module.weight"] = value + 1
        elif "self_attn" in name:
            head, leaf = name.rsplit(".", 1)
            wrapped[f"module.base_model.model.{head}.base_layer.{leaf}"] = value
        else:
            wrapped[f"module.base_model.model.{name}"] = value
    folder = rewrite(maker.make_vlm(tmp_path / "wrapped"), wrapped)
    one = load_vlm(folder).model.state_dict()
    other = load_vlm(maker.make_vlm(tmp_path / "plain")).model.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in other)


def test_an_unmerged_adapter_is_refused(tmp_path: Path) -> None:
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight"
    folder = maker.make_vlm(tmp_path, extra={name: torch.zeros(16, 64)})
    with pytest.raises(CheckpointError, match=r"not a merged model .*lora_A.*merge_and_unload"):
        load_vlm(folder)


def test_two_names_of_one_tensor_are_refused() -> None:
    with pytest.raises(CheckpointError, match="same tensor under two names"):
        plain_names(["lm_head.weight", "module.lm_head.weight"])


def test_a_renamed_head_is_found(tmp_path: Path) -> None:
    state = maker.values(maker.vlm_shapes(maker.TINY))
    head = state.pop("lm_head.weight")
    folder = rewrite(maker.make_vlm(tmp_path), state | {"model.lm_head.weight": head})
    assert torch.equal(load_vlm(folder).model.language_model.lm_head.weight, head)


def test_a_lost_head_is_named_and_a_tied_one_is_tied(tmp_path: Path) -> None:
    state = maker.values(maker.vlm_shapes(maker.TINY))
    del state["lm_head.weight"]
    folder = rewrite(maker.make_vlm(tmp_path / "lost"), state)
    with pytest.raises(CheckpointError, match=r"no lm_head.weight, and config.json doesn't tie"):
        load_vlm(folder)
    tied = maker.make_vlm(tmp_path / "tied", tie_word_embeddings=True)
    model = load_vlm(tied).model.language_model
    assert model.lm_head.weight is model.get_input_embeddings().weight
    assert torch.equal(model.lm_head.weight, state["model.embed_tokens.weight"])
    assert inventory(tied).left_out == ("lm_head.weight",)


def test_another_type_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    vlm = maker.make_vlm(tmp_path / "vlm")
    dual = maker.make_dual_encoder(tmp_path / "dual")
    with pytest.raises(CheckpointError, match=r"\(vlm_qwen\); this needs a dual encoder \(dec_"):
        load_dual_encoder(vlm)
    with pytest.raises(CheckpointError, match=r"\(dec_clip\); this needs a vlm \(vlm_qwen\)"):
        load_vlm(dual)
    foreign = maker.make_vlm(tmp_path / "q", model_type="qwen2", architectures=["Qwen2"])
    for look in (load_vlm, describe):
        with pytest.raises(CheckpointError, match=r"type 'qwen2'; supported are .*vlm_qwen"):
            look(foreign)


def test_the_other_loss_is_refused(tmp_path: Path) -> None:
    extra = {"logit_scale": torch.tensor(2.0)}
    folder = maker.make_dual_encoder(tmp_path, extra=extra, loss_type="nce")
    with pytest.raises(CheckpointError, match="loss 'nce'"):
        load_dual_encoder(folder)


@pytest.mark.parametrize("gone", ["lm_head", "mm_projector.low_mixer.1", "s3.1.scale", "norm.w"])
def test_any_missing_tensor_is_an_error(gone: str, tmp_path: Path) -> None:
    state = maker.values(maker.vlm_shapes(maker.TINY))
    kept = {name: value for name, value in state.items() if gone not in name}
    folder = rewrite(maker.make_vlm(tmp_path), kept)
    with pytest.raises(CheckpointError, match=r"missing|no tensor|no lm_head|both streams"):
        load_vlm(folder)


def test_a_surplus_tensor_is_an_error(tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, extra={"model.mm_projector.query": torch.ones(2)})
    with pytest.raises(CheckpointError, match=r"1 have no place .*mm_projector.query"):
        load_vlm(folder)


def test_another_volume_size_than_the_mixer_is_refused(tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path, input_size=[128, 128, 64])
    with pytest.raises(CheckpointError, match=r"stage 3 .*input_size \[128, 128, 64\]"):
        load_vlm(folder)


def test_a_foreign_tokenizer_is_refused(tmp_path: Path) -> None:
    folder = maker.make_vlm(tmp_path)
    maker.save_tokenizer(folder, "Qwen2Tokenizer", 400)
    with pytest.raises(CheckpointError, match=r"<im_patch> the id 399, but the model has 300"):
        load_vlm(folder)
    maker.save_tokenizer(folder, "DistilBertTokenizer", 120)
    with pytest.raises(CheckpointError, match="has no <im_patch>"):
        load_vlm(folder)


def test_a_text_tokenizer_that_is_not_at_hand_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    folder = maker.make_dual_encoder(tmp_path / "dual")
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(CheckpointError, match=r"medicalai/ClinicalBERT is not available. Put its"):
        load_dual_encoder(folder)


def test_our_own_format_stays_what_it_was(random_model: Path) -> None:
    assert describe(random_model / "vlm").info == INFO
    assert describe(random_model / "vlm").model.splice == "corrected"
