"""Alternatives are whole words, the same as without any cache, and leave the answer as it is."""

import math
from pathlib import Path

import pytest
import torch
from transformers import DynamicCache

from med3dvlm.engine import speaker
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding, Step, decode
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.whole_words import LEAST, MOST_TOKENS, whole_words
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM

DEFAULT = Path("assets/default_model")
REPORT = "Write a report."


@pytest.fixture(scope="module")
def default_engine() -> Engine:
    return load_engine(DEFAULT)


@pytest.fixture(scope="module")
def seen(default_engine: Engine) -> VolumeFeatures:
    return default_engine.encode(make_case(SHOWROOM[100], shape=(32, 64, 64)).volume)


@pytest.fixture(scope="module")
def report(default_engine: Engine, seen: VolumeFeatures) -> list[TokenEvent]:
    return list(default_engine.answer(seen, Conversation(), REPORT))


def words_of_training() -> set[str]:
    """Every word of the phantoms' reports, as far as many of them use it."""
    from med3dvlm.phantoms.facts import draw_facts
    from med3dvlm.phantoms.true_report import true_report

    reports = (true_report(draw_facts(seed)).text for seed in range(400))
    return {word.strip(".,;:") for text in reports for word in text.split()}


def test_alternatives_in_a_report_are_words(report: list[TokenEvent]) -> None:
    """Before, many were the first letters of one: "2", "pneumop"."""
    known = words_of_training()
    others = [other for event in report for other in event.alternatives if other.text.strip()]
    first = [event.text[:1].isspace() for event in report]
    begun = [
        other.text.strip(" .,;:")
        for event, begins in zip(report, first, strict=True) if begins
        for other in event.alternatives
    ]  # fmt: skip
    assert len(others) > 5
    whole = [word for word in begun if word in known or word.isdecimal() or not word]
    assert len(whole) >= 0.9 * len(begun), set(begun) - set(whole)


def test_the_answer_is_the_same_without_them(
    default_engine: Engine, seen: VolumeFeatures, report: list[TokenEvent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(speaker, "whole_words", lambda *_: ())
    plain = list(default_engine.answer(seen, Conversation(), REPORT))
    assert [event.text for event in plain] == [event.text for event in report]
    assert [e.probability for e in plain] == pytest.approx([e.probability for e in report])


@pytest.fixture(scope="module")
def vlm(random_model: Path) -> LoadedVLM:
    return load_vlm(random_model / "vlm")


@torch.inference_mode()
def test_a_word_is_the_one_that_decoding_goes_on_with(vlm: LoadedVLM) -> None:
    """Its slow twin reads the whole prompt for every token, and has no cache."""
    model, prompt = vlm.model.language_model, vlm.prompt
    table = model.get_input_embeddings()
    opening = torch.randn(1, 5, model.config.hidden_size)
    cache = DynamicCache(config=model.config)
    step = next(decode(model, opening, ends=(), decoding=Decoding(), cache=cache))
    words = [prompt.tokenizer.encode(text, add_special_tokens=False)[0] for text in ("a", "s", "k")]
    likely = Step(step.token, -1.0, tuple((token, math.log(0.3)) for token in words), 0.0)
    length = cache.get_seq_length()
    found = whole_words(vlm, cache, [], likely)
    assert cache.get_seq_length() == length == 5

    def alone(start: int) -> tuple[str, float]:
        tokens, share = [start], math.log(0.3)
        shares: list[float] = [share]
        while len(tokens) <= MOST_TOKENS:
            inputs = torch.cat([opening, table(torch.tensor([tokens]))], dim=1)
            logits = model(inputs_embeds=inputs, use_cache=False).logits[0, -1].log_softmax(dim=0)
            token = int(logits.argmax())
            piece = prompt.decode([*tokens, token])[len(prompt.decode(tokens)) :]
            if token == prompt.end_id or piece[:1].isspace():
                break
            tokens.append(token)
            shares.append(float(logits[token]))
        while len(tokens) > 1 and prompt.decode(tokens)[len(prompt.decode(tokens[:-1])) :] in ".,;":
            tokens.pop(), shares.pop()
        return prompt.decode(tokens), math.exp(sum(shares))

    for other, token in zip(found, words, strict=True):
        text, probability = alone(token)
        assert other.text == text
        assert other.probability == pytest.approx(probability, rel=1e-3)


def test_the_end_and_what_is_unlikely_are_not_written_on(
    vlm: LoadedVLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, end = vlm.model.language_model, vlm.prompt.end_id
    cache = DynamicCache(config=model.config)
    unlikely = Step(7, -0.1, ((end, math.log(0.3)), (9, math.log(LEAST) - 0.1)), 0.0)
    monkeypatch.setattr(model, "forward", None)
    [other] = whole_words(vlm, cache, [], unlikely)
    assert (other.text, other.probability) == ("", pytest.approx(0.3))
