"""Alternatives are whole words, the same as without any cache, and leave the answer as it is."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import DynamicCache

from med3dvlm.engine import whole_words
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.whole_words import ALTERNATIVES
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
def said(default_engine: Engine, seen: VolumeFeatures) -> list[TokenEvent]:
    return list(default_engine.answer(seen, Conversation(), REPORT))


@pytest.fixture(scope="module")
def report(
    default_engine: Engine, seen: VolumeFeatures, said: list[TokenEvent]
) -> tuple[TokenEvent, ...]:
    return default_engine.considered(seen, Conversation(), REPORT, said)


def words_of_training() -> set[str]:
    """Every word of the phantoms' reports, as far as many of them use it."""
    from med3dvlm.phantoms.facts import draw_facts
    from med3dvlm.phantoms.true_report import true_report

    reports = (true_report(draw_facts(seed)).text for seed in range(400))
    return {word.strip(".,;:") for text in reports for word in text.split()}


def test_alternatives_in_a_report_are_words(report: tuple[TokenEvent, ...]) -> None:
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


def test_an_answer_comes_without_them_and_stays_as_it_is(
    said: list[TokenEvent], report: tuple[TokenEvent, ...]
) -> None:
    """Nobody waits for them: a report took one and a half times as long."""
    assert not any(event.alternatives for event in said)
    assert [replace(event, alternatives=()) for event in report] == said
    for event in report:
        assert len(event.alternatives) <= ALTERNATIVES
        assert all(other.probability >= 1e-6 for other in event.alternatives)


def test_what_the_model_did_not_write_token_by_token_stays(
    default_engine: Engine, seen: VolumeFeatures, said: list[TokenEvent]
) -> None:
    composed = [replace(said[0], token=None)]
    assert default_engine.considered(seen, Conversation(), REPORT, composed) == tuple(composed)
    assert default_engine.considered(seen, Conversation(), REPORT, []) == ()


def test_in_other_words_they_are_those_of_what_the_model_was_asked(
    default_engine: Engine, seen: VolumeFeatures
) -> None:
    asked, typed = "Write a report.", "pls write me a report"
    own, other = (
        default_engine.considered(
            seen, Conversation(), question,
            list(default_engine.answer(seen, Conversation(), question)),
        )
        for question in (asked, typed)
    )  # fmt: skip
    assert other[0].understood == asked
    assert [e.alternatives for e in other] == [e.alternatives for e in own]


@pytest.fixture(scope="module")
def vlm(random_model: Path) -> LoadedVLM:
    return load_vlm(random_model / "vlm")


@torch.inference_mode()
def test_a_word_is_the_one_that_decoding_goes_on_with(
    vlm: LoadedVLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its slow twin reads everything again for every token, alone and without a cache."""
    monkeypatch.setattr(whole_words, "LEAST", 1e-9)
    monkeypatch.setattr(whole_words, "AT_ONCE", 4)  # several rounds
    model, prompt = vlm.model.language_model, vlm.prompt
    table = model.get_input_embeddings()
    opening = torch.randn(1, 5, model.config.hidden_size)
    cache = DynamicCache(config=model.config)
    model(inputs_embeds=opening[:, :3], past_key_values=cache, use_cache=True)
    tokens = [prompt.tokenizer.encode(text, add_special_tokens=False)[0] for text in "ask"]
    found = whole_words.whole_words(vlm, opening, cache, tokens)
    assert cache.get_seq_length() == 3

    def next_shares(said: list[int]) -> torch.Tensor:
        inputs = torch.cat([opening, table(torch.tensor([said]).long())], dim=1)
        return model(inputs_embeds=inputs, use_cache=False).logits[0, -1].log_softmax(dim=0)

    def text(place: int, own: list[int]) -> str:
        before = tokens[:place]
        return prompt.decode([*before, *own])[len(prompt.decode(before)) :]

    def alone(place: int, start: int) -> tuple[str, float]:
        own, shares = [start], [float(next_shares(tokens[:place])[start])]
        inside = place > 0 and not text(place, [tokens[place]])[:1].isspace()
        ends = start == prompt.end_id or (inside and text(place, own)[:1].isspace())
        while not ends and len(own) <= whole_words.MOST_TOKENS:
            following = next_shares([*tokens[:place], *own])
            token = int(following.argmax())
            piece = text(place, [*own, token])[len(text(place, own)) :]
            if token == prompt.end_id or piece[:1].isspace():
                break
            own.append(token)
            shares.append(float(following[token]))
        while len(own) > 1 and not text(place, own)[len(text(place, own[:-1])) :].strip(".,;:!?"):
            own.pop(), shares.pop()
        return text(place, own), math.exp(sum(shares))

    for place, others in enumerate(found):
        best = next_shares(tokens[:place]).topk(ALTERNATIVES + 1).indices.tolist()
        starts = [token for token in best if token != tokens[place]][:ALTERNATIVES]
        assert len(others) == len(starts) == ALTERNATIVES
        for other, start in zip(others, starts, strict=True):
            expected, probability = alone(place, start)
            assert other.text == expected
            assert other.probability == pytest.approx(probability, rel=1e-3)


def test_what_is_unlikely_is_not_written_on(
    vlm: LoadedVLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A random model finds nothing likely."""
    monkeypatch.setattr(whole_words, "_written_on", None)
    opening = torch.randn(1, 4, vlm.model.language_model.config.hidden_size)
    cache = DynamicCache(config=vlm.model.language_model.config)
    assert whole_words.whole_words(vlm, opening, cache, [7, 9]) == [(), ()]
