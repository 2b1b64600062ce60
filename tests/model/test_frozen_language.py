"""The language model's form for frozen weights against its slow twin, and when it gives up."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.model.frozen import language
from med3dvlm.model.vlm import LanguageConfig

SIZES = LanguageConfig(
    vocabulary=50, width=48, layers=3, heads=6, key_heads=2, hidden=96, tied=False
)


@pytest.fixture
def model() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    made = Qwen2ForCausalLM(SIZES.qwen2())
    with torch.no_grad():
        for name, weight in made.named_parameters():  # norms and biases count, too
            if name.endswith("bias") or "norm" in name:
                weight.normal_(1.0, 0.3)
    return made.eval()


def both(
    model: Qwen2ForCausalLM, parts: list[Tensor], **last: Tensor
) -> tuple[Tensor, Tensor, DynamicCache, DynamicCache]:
    """Logits after the last of the parts of a prompt, in this form and plainly; the caches."""
    own, plain = DynamicCache(config=model.config), DynamicCache(config=model.config)
    with torch.inference_mode():
        for part in parts[:-1]:
            language.states(model, part, own)
            model.model(inputs_embeds=part, past_key_values=plain, use_cache=True)
        ours = language.logits(model, parts[-1], own, **last)
        named = {"attention_mask": last.get("seen"), "position_ids": last.get("positions")}
        theirs = model(
            inputs_embeds=parts[-1], past_key_values=plain, use_cache=True, **named
        ).logits
    return ours, theirs, own, plain


@pytest.mark.parametrize("lengths", [(7,), (1,), (9, 1), (9, 4), (5, 3, 1)])
@pytest.mark.parametrize("batch", [1, 3])
def test_logits_and_caches_are_those_of_the_plain_module(model, lengths, batch) -> None:
    parts = [torch.randn(batch, length, SIZES.width) for length in lengths]
    ours, theirs, own, plain = both(model, parts)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    assert own.get_seq_length() == sum(lengths)
    for mine, other in zip(own.layers, plain.layers, strict=True):
        torch.testing.assert_close(mine.keys, other.keys, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(mine.values, other.values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("new", [1, 2])
def test_rows_of_other_lengths_see_only_their_own(model, new) -> None:
    parts = [torch.randn(2, 6, SIZES.width), torch.randn(2, new, SIZES.width)]
    seen = torch.ones(2, 6 + new, dtype=torch.long)
    seen[1, 4:6] = 0
    positions = torch.tensor([[6], [4]]) + torch.arange(new)
    ours, theirs, _, _ = both(model, parts, seen=seen, positions=positions)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_only_the_last_tokens_are_worded(model) -> None:
    part = torch.randn(1, 5, SIZES.width)
    with torch.inference_mode():
        whole = language.logits(model, part, DynamicCache(config=model.config))
        last = language.logits(model, part, DynamicCache(config=model.config), keep=2)
    torch.testing.assert_close(last, whole[:, -2:])


def test_low_precision_rounds_as_the_plain_module_does(model) -> None:
    model.bfloat16()
    ours, theirs, _, _ = both(model, [torch.randn(1, 6, SIZES.width).bfloat16()])
    assert ours.dtype == torch.bfloat16
    assert float((ours - theirs).float().square().mean().sqrt()) < 0.02


def test_the_inputs_stay_as_they_are(model) -> None:
    part = torch.randn(1, 5, SIZES.width)
    before = part.clone()
    both(model, [part])
    assert torch.equal(part, before)


def test_the_shipped_model_takes_it_unasked(monkeypatch) -> None:
    model = load_vlm(DEFAULT_MODEL / "vlm").model.language_model
    monkeypatch.setattr(type(model.model), "forward", None)  # a call of it would fail
    cache = DynamicCache(config=model.config)
    with torch.inference_mode():
        language.logits(model, torch.randn(1, 3, model.config.hidden_size), cache, keep=1)


def hooked(model: Qwen2ForCausalLM) -> None:
    model.model.layers[1].self_attn.register_forward_hook(lambda *_: None)


def wrapped(model: Qwen2ForCausalLM) -> None:
    part = model.model.layers[0]
    part.forward = part.forward  # as libraries do that move weights before they are used


def windowed(model: Qwen2ForCausalLM) -> None:
    model.config.layer_types[0] = "sliding_attention"


@pytest.mark.parametrize("change", [Qwen2ForCausalLM.train, hooked, wrapped, windowed])
def test_what_it_does_not_know_is_left_to_the_plain_module(
    model, monkeypatch, change: Callable[[Qwen2ForCausalLM], object]
) -> None:
    cache = DynamicCache(config=model.config)
    change(model)
    monkeypatch.setattr(language, "_layer", None)  # a call of it would fail
    monkeypatch.setattr(
        type(model.model), "forward",
        lambda *_, **__: type("Made", (), {"last_hidden_state": torch.zeros(1, 2, SIZES.width)}),
    )  # fmt: skip
    assert language.states(model, torch.randn(1, 2, SIZES.width), cache).abs().sum() == 0
