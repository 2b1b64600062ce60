"""Samples side by side against one at a time, and how answers that agree are counted."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from transformers import DynamicCache

from med3dvlm.engine.agreement import Sample, agreement_of
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import decode, decode_samples
from med3dvlm.engine.dialogue import Exchange
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.errors import PromptError
from med3dvlm.model.checkpoint import load_vlm

QUESTION = "Is there a kidney stone?"
WILD = Decoding(max_new_tokens=6, temperature=1.3, top_p=0.9, repetition_penalty=1.2, seed=40)


def exchange(answer: str, question: str, understood: str = "") -> Exchange:
    told = TokenEvent(
        text=answer, probability=1, alternatives=(), seconds=0, understood=understood
    )  # fmt: skip
    return Exchange(question=question, tokens=(told,), state="complete")


def test_samples_are_counted_by_what_they_say() -> None:
    """Of two wordings of one answer, three and two samples were counted apart."""
    asked = exchange(
        "The pleura is affected: there is a pleural effusion.", "lungs' lining ok?",
        understood="How does the pleura look?",
    )  # fmt: skip
    texts = ["Normal", "odd", "The pleura appears normal.", "Normal", "Pleural effusion, left side"]
    found = agreement_of(texts, asked)
    assert found.words == (
        "1 of 5 agrees with this answer; 3 said the pleura is normal; 1 said something else"
    )
    assert [(group.count, group.as_answered) for group in found.groups] == [
        (3, False), (1, False), (1, True),
    ]  # fmt: skip
    assert found.groups[0].texts == ("Normal", "The pleura appears normal.")


def test_the_same_words_agree_whatever_they_mean() -> None:
    asked = exchange("Odd words", "What is it?")
    assert agreement_of(["odd words.", "Odd words"], asked).words == "2 of 2 agree with this answer"
    assert agreement_of([], asked).words == "0 of 0 agree with this answer"


def test_samples_are_the_answers_that_their_seeds_give(
    engine: Engine, features: VolumeFeatures
) -> None:
    """Side by side and one at a time."""
    talk = Conversation().with_turn(QUESTION, "Yes")
    alone = []
    for seed in range(40, 45):
        decoding = replace(WILD, seed=seed)
        events = engine.answer(features, talk, "Where is it?", decoding=decoding)
        alone.append("".join(event.text for event in events).strip())
    *_, sampled = engine.sample(features, talk, "Where is it?", count=5, decoding=WILD)
    assert len(set(alone)) > 1
    assert sampled == tuple(Sample(text, complete=True) for text in alone)


def test_samples_are_seen_as_they_grow(engine: Engine, features: VolumeFeatures) -> None:
    seen = list(engine.sample(features, Conversation(), QUESTION, count=3, decoding=WILD))
    assert len(seen) == WILD.max_new_tokens + 1
    for now, later in pairwise(seen):
        for sample, grown in zip(now, later, strict=True):
            assert grown.text.startswith(sample.text)
    assert not any(sample.complete for sample in seen[0])
    assert all(sample.complete for sample in seen[-1])


@torch.inference_mode()
def test_an_answer_that_ends_early_waits_for_the_others(random_model: Path) -> None:
    """A token that one of them says is made an end; each is still as it is alone."""
    model = load_vlm(random_model / "vlm").model.language_model
    prompt = torch.randn(1, 5, model.config.hidden_size)
    decodings = [replace(WILD, seed=seed) for seed in range(4)]

    def alone(ends: tuple[int, ...]) -> list[list[int]]:
        return [
            [step.token for step in decode(model, prompt, ends=ends, decoding=decoding)]
            for decoding in decodings
        ]

    ends = (alone(())[1][2],)
    expected = alone(ends)
    assert len({len(answer) for answer in expected}) > 1
    cache = DynamicCache(config=model.config)
    said: list[list[int]] = [[] for _ in decodings]
    for tokens in decode_samples(model, prompt, cache, ends=ends, decodings=decodings):
        for answer, token in zip(said, tokens, strict=True):
            answer.extend([] if token is None else [token])
    assert said == expected


def test_greedy_is_sampled_all_the_same(engine: Engine, features: VolumeFeatures) -> None:
    brief = Decoding(max_new_tokens=4)
    *_, found = engine.sample(features, Conversation(), QUESTION, count=6, decoding=brief)
    assert len(found) == 6
    assert len({sample.text for sample in found}) > 1


def test_a_stop_ends_sampling(engine: Engine, features: VolumeFeatures) -> None:
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 3

    seen = list(engine.sample(features, Conversation(), QUESTION, stopped=stopped))
    assert len(seen) == 3
    assert not any(sample.complete for sample in seen[-1])


@pytest.mark.parametrize("count", [1, 33])
def test_few_and_too_many_samples_are_refused(
    engine: Engine, features: VolumeFeatures, count: int
) -> None:
    with pytest.raises(PromptError, match="2 to 32"):
        next(engine.sample(features, Conversation(), QUESTION, count=count))
