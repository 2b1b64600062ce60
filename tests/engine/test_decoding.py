"""The decoding loop with its cache against whole forward passes, and its settings."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import Step, decode
from med3dvlm.errors import ConfigError
from med3dvlm.model.checkpoint import load_vlm


@pytest.fixture(scope="module")
def language_model(random_model: Path) -> Qwen2ForCausalLM:
    return load_vlm(random_model / "vlm").model.language_model


@pytest.fixture(scope="module")
def prompt(language_model: Qwen2ForCausalLM) -> Tensor:
    width = language_model.config.hidden_size
    return torch.randn(1, 9, width, generator=torch.Generator().manual_seed(0))


def run(model: Qwen2ForCausalLM, prompt: Tensor, ends: tuple[int, ...] = (), **how) -> list[Step]:
    return list(decode(model, prompt, ends=ends, decoding=Decoding(max_new_tokens=8, **how)))


def ids(steps: list[Step]) -> list[int]:
    return [step.token for step in steps]


@torch.inference_mode()
def test_cached_decoding_equals_uncached(language_model: Qwen2ForCausalLM, prompt: Tensor) -> None:
    embeddings, table = prompt, language_model.get_input_embeddings()
    for step in run(language_model, prompt):
        logits = language_model(inputs_embeds=embeddings, use_cache=False).logits[0, -1]
        assert step.token == int(logits.argmax())
        expected = float(logits.log_softmax(dim=0)[step.token])
        assert step.log_probability == pytest.approx(expected, abs=1e-4)
        embeddings = torch.cat([embeddings, table(torch.tensor([[step.token]]))], dim=1)


@torch.inference_mode()
def test_a_prefix_that_is_in_the_cache_is_not_read_again(
    language_model: Qwen2ForCausalLM, prompt: Tensor
) -> None:
    cache = DynamicCache(config=language_model.config)
    language_model(inputs_embeds=prompt[:, :6], past_key_values=cache, use_cache=True)
    steps = decode(
        language_model, prompt, ends=(), decoding=Decoding(max_new_tokens=8), cache=cache
    )
    assert ids(list(steps)) == ids(run(language_model, prompt))


def test_an_end_token_ends_the_answer_and_is_not_said(
    language_model: Qwen2ForCausalLM, prompt: Tensor
) -> None:
    whole = ids(run(language_model, prompt, repetition_penalty=50.0))
    assert len(set(whole)) == len(whole)
    assert ids(run(language_model, prompt, (whole[3],), repetition_penalty=50.0)) == whole[:3]


def test_sampling_follows_its_seed(language_model: Qwen2ForCausalLM, prompt: Tensor) -> None:
    one = ids(run(language_model, prompt, temperature=2.0, seed=1))
    assert one == ids(run(language_model, prompt, temperature=2.0, seed=1))
    assert one != ids(run(language_model, prompt, temperature=2.0, seed=2))


@pytest.mark.parametrize("how", [{"top_k": 1}, {"top_p": 1e-6}])
def test_the_narrowest_sampling_is_greedy(
    language_model: Qwen2ForCausalLM, prompt: Tensor, how: dict[str, float]
) -> None:
    assert ids(run(language_model, prompt, temperature=3.0, **how)) == ids(
        run(language_model, prompt)
    )


@torch.inference_mode()
def test_settings_do_not_change_the_probability_that_is_shown(
    language_model: Qwen2ForCausalLM, prompt: Tensor
) -> None:
    plain, wild = run(language_model, prompt)[0], run(language_model, prompt, temperature=9.0)[0]
    read = language_model(inputs_embeds=prompt, use_cache=False)
    own = read.logits[0, -1].log_softmax(dim=0)[wild.token]
    assert wild.log_probability == pytest.approx(float(own), abs=1e-4)
    assert wild.log_probability <= plain.log_probability


def test_a_penalty_makes_repetition_rarer(language_model: Qwen2ForCausalLM, prompt: Tensor) -> None:
    plain, penalised = (
        ids(run(language_model, prompt)),
        ids(run(language_model, prompt, repetition_penalty=50.0)),
    )
    assert len(set(penalised)) >= len(set(plain))
    assert len(set(penalised)) == len(penalised)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_new_tokens": 0}, {"temperature": -1}, {"top_p": 0}, {"top_p": 1.1}, {"top_k": -1},
        {"repetition_penalty": 0},
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Decoding(**wrong)
