"""Golden: a tiny whole VLM under the published rules, at two volume sizes.

It is loaded from a folder in the published layout, as a user's is.
"""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import DynamicCache

from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import decode
from med3dvlm.model.vlm import VLM
from tests import released_maker
from tests.golden import named_tensors
from tests.model import published

SIZES = {
    "half": (released_maker.GOLDEN_HALF, 2, 9),
    "full": (released_maker.GOLDEN_FULL, 1, 11),
}
LOSSES = {"half": 6.1196675300598145, "full": 5.4138007164001465}


@pytest.fixture(scope="module", params=list(SIZES))
def run(request: pytest.FixtureRequest) -> tuple[str, VLM, torch.Tensor, torch.Tensor]:
    size = request.param
    sizes, batch, length = SIZES[size]
    model = published.vlm(sizes)
    volume = torch.from_numpy(named_tensors.volume(f"vlm.{size}", (batch, 1, *sizes.grid)))
    question = named_tensors.integers(f"vlm.{size}.q", 0, 198, (batch, length))
    placeholders = np.full((batch, model.config.projector.image_tokens), 199)
    ids = torch.from_numpy(np.concatenate([placeholders, question], axis=1))
    golden = published.arrays("d_vlm_tiny")
    assert np.array_equal(ids.numpy(), golden[f"{size}.input_ids"])
    with torch.no_grad():
        features = model.encode(volume)
    return size, model, ids, features


def test_golden_image_features(run) -> None:
    size, _, _, features = run
    golden = published.arrays("d_vlm_tiny")[f"{size}.image_features"]
    assert published.relative_error(features, golden) < 3e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_golden_embeddings_and_logits(run, dtype: torch.dtype) -> None:
    """In both precisions to what single-precision rounding leaves (the golden is a float32 run)."""
    size, model, ids, features = run
    golden = published.arrays("d_vlm_tiny")
    if dtype == torch.float64:
        model = copy.deepcopy(model).double()
        shape = (SIZES[size][1], 1, *SIZES[size][0].grid)
        volume = torch.from_numpy(named_tensors.volume(f"vlm.{size}", shape))
        with torch.no_grad():
            features = model.encode(volume.double())
    with torch.no_grad():
        embeddings, logits = model.embed(ids, features), model(ids, features).logits
    for name, ours in (("inputs_embeds", embeddings), ("logits", logits)):
        expected = golden[f"{size}.{name}"]
        assert published.relative_error(ours[:, -expected.shape[1] :], expected) < 3e-5, name


def test_golden_masked_logits_and_loss(run) -> None:
    size, model, ids, features = run
    golden = published.arrays("d_vlm_tiny")
    mask, labels = (torch.from_numpy(golden[f"{size}.{n}"]) for n in ("attention_mask", "labels"))
    with torch.no_grad():
        output = model(ids, features, mask, labels)
    expected = golden[f"{size}.masked_logits"]
    kept = mask[:, -expected.shape[1] :].bool().numpy()
    ours = output.logits[:, -expected.shape[1] :].numpy()
    assert published.relative_error(ours[kept], expected[kept]) < 3e-5
    assert abs(float(output.loss) - LOSSES[size]) < 1e-5


@pytest.mark.parametrize(("key", "penalty"), [("generated", 1.0), ("generated_reppen1.3", 1.3)])
def test_golden_greedy_tokens(run, key: str, penalty: float) -> None:
    size, model, ids, features = run
    expected = published.arrays("d_vlm_tiny")[f"{size}.{key}"][0]
    decoding = Decoding(max_new_tokens=len(expected), repetition_penalty=penalty)
    with torch.no_grad():
        embeddings = model.embed(ids[:1], features[:1])
    steps = list(decode(model.language_model, embeddings, ends=(), decoding=decoding))
    assert [step.token for step in steps] == expected.tolist()


def test_golden_text_only_tokens(run) -> None:
    size, model, ids, _ = run
    expected = published.arrays("d_vlm_tiny")[f"{size}.generated_text_only"][0]
    question = ids[:1, model.config.projector.image_tokens :]
    decoding = Decoding(max_new_tokens=len(expected))
    with torch.no_grad():
        embeddings = model.embed(question, None)
    steps = list(decode(model.language_model, embeddings, ends=(), decoding=decoding))
    assert [step.token for step in steps] == expected.tolist()


def test_splice_rules_differ_by_one_place(run) -> None:
    """Published: one placeholder stays in front and the first question token is overwritten."""
    _, model, ids, features = run
    count = features.shape[1]
    corrected = VLM.__new__(VLM)
    torch.nn.Module.__init__(corrected)
    corrected.config = replace(model.config, splice="corrected")
    corrected.language_model = model.language_model
    table = model.language_model.get_input_embeddings()
    with torch.no_grad():
        theirs, ours = model.embed(ids, features), corrected.embed(ids, features)
    assert torch.equal(theirs[:, 0], table(ids[:, 0]))
    assert torch.equal(theirs[:, 1 : count + 1], features)
    assert torch.equal(theirs[:, count + 1 :], table(ids[:, count + 1 :]))
    assert torch.equal(ours[:, :count], features)
    assert torch.equal(ours[:, count:], table(ids[:, count:]))


def test_each_splice_rule_is_the_other_one_shifted(run) -> None:
    """Published = one `<im_patch>` in front of what is corrected for the question's rest.

    So the two rules can be told from each other, and one made from the other: the question loses
    its first token, and everything else stands one place later.
    """
    _, model, ids, features = run
    count = features.shape[1]
    corrected = copy.copy(model)
    corrected.config = replace(model.config, splice="corrected")
    cut = torch.cat([ids[:, :count], ids[:, count + 1 :]], dim=1)
    with torch.no_grad():
        front = model.embed(ids[:, :1], None)
        made = torch.cat([front, corrected.embed(cut, features)], dim=1)
        assert torch.equal(model.embed(ids, features), made)
        theirs = model(ids, features).logits
        ours = corrected(ids, features).logits
        shifted = model.language_model(inputs_embeds=made).logits
    torch.testing.assert_close(theirs, shifted)
    assert (theirs[:, -1] - ours[:, -1]).abs().max() > 0.1


def test_cached_decoding_equals_uncached(run) -> None:
    _, model, ids, features = run
    with torch.no_grad():
        embeddings = model.embed(ids[:1], features[:1])
        cache = DynamicCache(config=model.language_model.config)
        model.language_model(
            inputs_embeds=embeddings[:, :-4], past_key_values=cache, use_cache=True
        )
    decoding = Decoding(max_new_tokens=6)
    plain = [s.token for s in decode(model.language_model, embeddings, ends=(), decoding=decoding)]
    cached = decode(model.language_model, embeddings, ends=(), decoding=decoding, cache=cache)
    assert [step.token for step in cached] == plain


def test_golden_meta_agrees() -> None:
    """The two losses above are the published ones, where the full goldens are at hand."""
    meta = published.GOLDEN.parents[2] / "shared" / "golden" / "d_meta.json"
    if not meta.exists():
        pytest.skip("../shared/golden is absent")
    stored = json.loads(meta.read_text())
    assert {size: stored[size]["loss_with_mask_and_labels"] for size in SIZES} == LOSSES
