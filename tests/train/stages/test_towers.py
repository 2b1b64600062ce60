"""Models to start from: stored ones by folder, new ones, and what is kept frozen of them."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import DistilBertModel, PreTrainedTokenizerBase, Qwen2ForCausalLM

from med3dvlm.errors import TrainingError
from med3dvlm.model.dual_encoder import DualEncoder
from med3dvlm.model.prompt import PLACEHOLDER
from tests.train.m3d_sample import SIZES
from train.data.m3d.sources import corpus
from train.loop.stage import Batch
from train.recipes.m3d import sample_alignment, sample_contrastive
from train.recipes.opening import Place, open_stage
from train.stages.config import ContrastiveConfig, LanguageSource, TextSource
from train.stages.contrastive import Pairing, pace
from train.stages.settings import with_settings
from train.stages.towers import open_dual_encoder, open_language, text_key


def test_a_stored_language_model_gets_its_placeholder(
    stored_language: Path, ready_sample: Path
) -> None:
    source = LanguageSource(name=str(stored_language))
    language = open_language(source, partial(corpus, ready_sample))
    place = language.tokenizer.get_vocab()[PLACEHOLDER]
    assert place == len(language.tokenizer) - 1
    assert language.config == replace(SIZES, vocabulary=len(language.tokenizer))
    assert language.tokenizer.pad_token_id is not None
    model = language.make()
    plain = Qwen2ForCausalLM.from_pretrained(stored_language)
    for table, before in ((model.model.embed_tokens, plain.model.embed_tokens),
                          (model.lm_head, plain.lm_head)):  # fmt: skip
        assert torch.equal(table.weight[:place], before.weight[:place])
        torch.testing.assert_close(table.weight[place], before.weight[:place].mean(dim=0))
    half = open_language(source, partial(corpus, ready_sample), dtype=torch.bfloat16).make()
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}


def test_a_new_language_model_is_the_same_each_time(ready_sample: Path) -> None:
    source = LanguageSource(config=SIZES)
    one, other = (
        open_language(source, partial(corpus, ready_sample)).make().state_dict() for _ in range(2)
    )
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def config(**changes: object) -> ContrastiveConfig:
    return replace(sample_contrastive(), **changes)


def opened(config: ContrastiveConfig, ready: Path) -> tuple[PreTrainedTokenizerBase, DualEncoder]:
    tokenizer, make = open_dual_encoder(config, partial(corpus, ready), run=Path())
    return tokenizer, make()


def test_a_stored_text_tower_is_taken_over(ready_sample: Path, stored_text: Path) -> None:
    source = TextSource(name=str(stored_text), max_length=64)
    tokenizer, model = opened(config(text=source), ready_sample)
    assert (model.config.text.layers, model.config.text.dropout) == (1, 0.25)
    plain = DistilBertModel.from_pretrained(stored_text).state_dict()
    assert all(torch.equal(t, plain[name]) for name, t in model.text.state_dict().items())
    assert len(tokenizer) <= 300


def test_a_language_model_is_no_text_tower(stored_language: Path, ready_sample: Path) -> None:
    with pytest.raises(TrainingError, match="is a qwen2, expected a DistilBERT"):
        opened(config(text=TextSource(name=str(stored_language))), ready_sample)


def test_a_supervised_warm_start_is_taken_over(ready_sample: Path, tmp_path: Path) -> None:
    _, fresh = opened(config(), ready_sample)
    state = {f"encoder.{name}": t + 1 for name, t in fresh.encoder.state_dict().items()}
    save_file(state | {"pooled.bias": torch.zeros(2)}, tmp_path / "supervised.safetensors")
    warm = config(encoder_weights=str(tmp_path / "supervised.safetensors"))
    encoder = opened(warm, ready_sample)[1].encoder.state_dict()
    assert all(torch.equal(t, state[f"encoder.{name}"]) for name, t in encoder.items())


def batch_of(config: ContrastiveConfig, ready: Path, rows: list[int]) -> tuple[Pairing, Batch]:
    stage = open_stage(config, Place(run=Path(), data=ready))
    torch.manual_seed(0)
    model = stage.build()
    assert isinstance(model, Pairing)
    return model, stage.batch(0, np.array(rows))


def gradients(model: Pairing, batch: Batch) -> dict[str, Tensor]:
    model.train()
    model(batch)["loss"].backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_a_batch_in_chunks_has_the_gradients_of_the_whole(ready_sample: Path) -> None:
    """What bounds a batch is then no longer memory."""
    found, statistics = [], []
    for chunk in (0, 2, 4):
        model, batch = batch_of(config(chunk=chunk), ready_sample, list(range(8)))
        found.append(gradients(model, batch))
        statistics.append({n: b for n, b in model.named_buffers() if b.is_floating_point()})
    for other in found[1:]:
        for name, tensor in found[0].items():
            torch.testing.assert_close(other[name], tensor, atol=2e-5, rtol=1e-4, msg=name)
    for other in statistics[1:]:
        for name, tensor in statistics[0].items():
            torch.testing.assert_close(other[name], tensor, msg=name)


def test_a_bias_before_normalisation_does_not_learn(ready_sample: Path) -> None:
    """Its gradient is rounding alone, which AdamW would make whole steps of."""
    rates = pace(config())
    model, batch = batch_of(config(chunk=0), ready_sample, list(range(8)))
    found = gradients(model.double(), batch)
    cancelled = [name for name in found if rates(name) == 0]
    assert len(cancelled) == sum(1 for n in found if n.endswith(".norm.bias") and "encoder" in n)
    for name in cancelled:
        felt = found[name.replace(".bias", ".weight")].abs().max()
        assert found[name].abs().max() < 1e-10 * felt, name


def test_a_frozen_text_tower_stays_while_its_head_learns(
    ready_sample: Path, stored_text: Path
) -> None:
    frozen = config(
        text=TextSource(name=str(stored_text), max_length=64), train_text=False, chunk=0
    )
    rates = pace(frozen)
    assert rates("model.text.embeddings.word_embeddings.weight") == 0
    assert rates("model.text_head.weight") == rates("model.encoder.stem.0.depth.conv.weight") == 1
    model, batch = batch_of(frozen, ready_sample, [0, 1])
    model.train()
    assert model.model.encoder.training
    once, again = (model.texts(batch["ids"], batch["mask"]) for _ in range(2))
    assert torch.equal(once, again), "no dropout in a tower that doesn't learn"


def test_the_same_caption_is_no_negative(ready_sample: Path) -> None:
    """Two series of one case share their caption: rows 1 and 2 of the training split."""
    model, batch = batch_of(config(chunk=0), ready_sample, [1, 2, 0, 3])
    assert batch["key"][0] == batch["key"][1] != batch["key"][2]
    strict, _ = batch_of(config(chunk=0, same_text=False), ready_sample, [1, 2, 0, 3])
    strict.load_state_dict(model.state_dict())
    with torch.no_grad():
        model.model.bias.fill_(0.0)
        strict.model.bias.fill_(-0.0)
        model.eval(), strict.eval()
        assert not torch.equal(model(batch)["loss"], strict(batch)["loss"])
    assert text_key("a") == text_key("a") != text_key("b")


def test_configurations_of_one_run_share_their_parts() -> None:
    two = sample_alignment()
    assert with_settings(two, ["splice=published"]).projector == two.projector


def test_what_is_known_to_be_true_counts_beside_the_own_text(ready_sample: Path) -> None:
    """Phantoms bring it with the batch; here row 3's volume shows what row 0's text says."""
    model, batch = batch_of(config(chunk=0, same_text=False), ready_sample, [0, 1, 2, 3])
    known = torch.zeros(4, 4, dtype=torch.bool)
    known[3, 0] = True
    expected = torch.eye(4, dtype=torch.bool)
    assert torch.equal(model.positives(batch), expected)
    assert torch.equal(model.positives(batch | {"positives": known}), expected | known)
