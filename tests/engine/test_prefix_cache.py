"""The same answers, to the last bit, with and without the prefix cache, and the work it saves."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.prefix_cache import RESERVED_BYTES, PrefixCache, SegmentedPrompt
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.prompt import Prompt, PromptConfig
from tests.fake_container import FakeContainer

SHORT = Decoding(max_new_tokens=10)
TALK = (
    "Is there a kidney stone?",
    "Where is it?",
    "How large is it?",
    "What abnormalities are present?",
    "Which plane is this? Choices: A. axial B. coronal",
    "Is there a liver cyst?",
)
STYLES = ("corrected", "published")
Said = list[tuple[str, float, int | None]]


def make_vlm(random_model: Path, splice: str) -> LoadedVLM:
    vlm = load_vlm(random_model / "vlm")
    if splice == "published":
        vlm.model.config = replace(vlm.model.config, splice="published")
        config = PromptConfig(image_tokens=vlm.prompt.config.image_tokens, style="published")
        vlm = replace(vlm, prompt=Prompt(vlm.prompt.tokenizer, config))
    return vlm


@pytest.fixture(scope="module", params=STYLES)
def vlm(request: pytest.FixtureRequest, random_model: Path) -> LoadedVLM:
    return make_vlm(random_model, request.param)


@pytest.fixture
def keeping(vlm: LoadedVLM) -> Engine:
    return Engine(vlm, None)


@pytest.fixture
def forgetful(vlm: LoadedVLM) -> Engine:
    return Engine(vlm, None, prefix_bytes=0)


@pytest.fixture
def others(features: VolumeFeatures) -> VolumeFeatures:
    """Of another volume, with a digest that lies."""
    return replace(features, image_tokens=features.image_tokens[::-1].copy())


@pytest.fixture
def reads(vlm: LoadedVLM) -> Iterator[list[int]]:
    """How many tokens the language model is given, call by call."""
    lengths: list[int] = []

    def note(_module: object, _args: object, given: dict[str, Any]) -> None:
        lengths.append(given["inputs_embeds"].shape[1])

    hook = vlm.model.language_model.model.register_forward_pre_hook(note, with_kwargs=True)
    yield lengths
    hook.remove()


def say(
    engine: Engine,
    features: VolumeFeatures,
    question: str,
    talk: Conversation | None = None,
    decoding: Decoding = SHORT,
) -> Said:
    stream = engine.answer(features, talk or Conversation(), question, decoding=decoding)
    return [_bare(event) for event in stream]


def _bare(event: TokenEvent) -> tuple[str, float, int | None]:
    return (event.text, event.probability, event.token)


def talked(engine: Engine, features: VolumeFeatures) -> list[Said]:
    talk, answers = Conversation(), []
    for question in TALK:
        answers.append(say(engine, features, question, talk))
        talk = talk.with_turn(question, "".join(text for text, _, _ in answers[-1]))
    return answers


def test_a_conversation_is_the_same_to_the_last_bit(
    keeping: Engine, forgetful: Engine, features: VolumeFeatures
) -> None:
    """Turns are added, the oldest are dropped, a question with choices stands alone."""
    assert talked(keeping, features) == talked(forgetful, features)
    assert talked(keeping, features) == talked(forgetful, features)


def test_sampling_is_the_same_too(
    keeping: Engine, forgetful: Engine, features: VolumeFeatures
) -> None:
    wild = Decoding(max_new_tokens=20, temperature=1.5, top_p=0.9, seed=5)
    first, again = (say(keeping, features, TALK[0], decoding=wild) for _ in range(2))
    assert first == again == say(forgetful, features, TALK[0], decoding=wild)


@torch.inference_mode()
def test_answers_are_those_of_whole_forward_passes(
    vlm: LoadedVLM, keeping: Engine, features: VolumeFeatures
) -> None:
    say(keeping, features, TALK[3])
    talk = Conversation().with_turn(TALK[0], "Yes").with_turn(TALK[1], "Left kidney")
    ids = vlm.prompt.question_ids(talk.turns, TALK[2])
    image_tokens = torch.from_numpy(features.image_tokens)[None]
    steps = keeping.answer(features, talk, TALK[2], decoding=SHORT)
    for step in steps:
        logits = vlm.model(torch.tensor([ids]), image_tokens).logits[0, -1]
        assert step.probability == pytest.approx(float(logits.softmax(0).max()), rel=1e-3)
        ids.append(int(logits.argmax()))


def test_the_second_question_pays_for_its_own_words(
    vlm: LoadedVLM, keeping: Engine, features: VolumeFeatures, reads: list[int]
) -> None:
    image = len(vlm.prompt.image_ids())
    first, second = (len(vlm.prompt.opening_ids(TALK[i])) for i in (0, 3))
    ones = [1] * (SHORT.max_new_tokens - 1)
    say(keeping, features, TALK[0])
    assert reads == [image, first, *ones]
    reads.clear()
    say(keeping, features, TALK[3])
    assert reads == [second, *ones]
    keeping.forget_prefixes()
    reads.clear()
    say(keeping, features, TALK[3])
    assert reads == [image, second, *ones]


def test_earlier_turns_are_read_once(random_model: Path, features: VolumeFeatures) -> None:
    vlm = make_vlm(random_model, "corrected")
    engine, lengths = Engine(vlm, None), []
    vlm.model.language_model.model.register_forward_pre_hook(
        lambda _module, _args, given: lengths.append(given["inputs_embeds"].shape[1]),
        with_kwargs=True,
    )
    one = Conversation().with_turn(TALK[0], "Yes")
    two = one.with_turn(TALK[1], "Left kidney")
    say(engine, features, TALK[0])
    say(engine, features, TALK[1], one)
    lengths.clear()
    say(engine, features, TALK[2], two)
    turn = len(vlm.prompt.turn_row(two.turns[1]).ids)
    assert lengths[:2] == [turn, len(vlm.prompt.opening_ids(TALK[2]))]


def test_two_users_in_turn_get_each_their_own(
    keeping: Engine, forgetful: Engine, features: VolumeFeatures, others: VolumeFeatures
) -> None:
    """The second volume claims to be the first; what counts are its tokens."""
    asked = ((features, TALK[0]), (others, TALK[0]), (features, TALK[3]))
    expected = [say(forgetful, volume, question) for volume, question in asked]
    assert expected[0] != expected[1]
    for _ in range(2):
        streams = [
            keeping.answer(volume, Conversation(), question, decoding=SHORT)
            for volume, question in asked
        ]
        heard: list[Said] = [[] for _ in asked]
        for _ in range(SHORT.max_new_tokens):
            for stream, said in zip(streams, heard, strict=True):
                said.append(_bare(next(stream)))
        assert heard == expected


@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_stream_that_is_cancelled_leaves_nothing_behind(
    keeping: Engine, forgetful: Engine, features: VolumeFeatures, after: int
) -> None:
    stream = keeping.answer(features, Conversation(), TALK[0], decoding=SHORT)
    for _ in range(after):
        next(stream)
    stream.close()
    assert say(keeping, features, TALK[0]) == say(forgetful, features, TALK[0])


def test_choices_are_scored_from_one_prefix(
    keeping: Engine, forgetful: Engine, features: VolumeFeatures, reads: list[int]
) -> None:
    options = ["axial", "coronal plane of the body", "none"]
    say(keeping, features, TALK[0])
    reads.clear()
    chosen = keeping.choose(features, TALK[4], options)
    assert len(reads) == 2, "the question, and all options at once"
    assert np.array_equal(chosen, forgetful.choose(features, TALK[4], options))


# The cache by itself, over a language model of 12 numbers a token and layer.


@pytest.fixture(scope="module")
def language_model() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=16,
    )  # fmt: skip
    return Qwen2ForCausalLM(config).eval()


BYTES_A_TOKEN = 2 * 2 * 4 * 4  # layers, keys and values, numbers, bytes


def read(cache: PrefixCache, model: Qwen2ForCausalLM, volume: str, *segments: int) -> int:
    """Read segments of these lengths; returns the length of what decoding goes on from."""
    segmented = SegmentedPrompt(volume, tuple((1,) * length for length in segments))
    embeddings = torch.ones(1, sum(segments), 8)
    return int(cache.read(model, embeddings, segmented).get_seq_length())


def test_memory_is_bounded_and_the_oldest_goes_first(language_model: Qwen2ForCausalLM) -> None:
    cache = PrefixCache(25 * BYTES_A_TOKEN, short=lambda device: False)
    for volume in ("a", "b"):
        assert read(cache, language_model, volume, 10, 3) == 10
    assert cache.bytes == 20 * BYTES_A_TOKEN
    read(cache, language_model, "a", 10, 5)
    read(cache, language_model, "c", 10, 3)
    assert len(cache) == 2
    assert cache.bytes <= 25 * BYTES_A_TOKEN
    kept = {segmented.volume for segmented in cache._kept}
    assert kept == {"a", "c"}, "b was away for longest"


def test_what_is_larger_than_the_bound_is_not_kept(language_model: Qwen2ForCausalLM) -> None:
    cache = PrefixCache(25 * BYTES_A_TOKEN, short=lambda device: False)
    read(cache, language_model, "a", 10, 3)
    assert read(cache, language_model, "b", 26, 3) == 26
    assert [segmented.volume for segmented in cache._kept] == ["a"]


def test_off_keeps_nothing(language_model: Qwen2ForCausalLM) -> None:
    cache = PrefixCache(0)
    assert read(cache, language_model, "a", 10, 4, 3) == 14
    assert len(cache) == cache.bytes == 0


def test_everything_is_dropped_when_memory_is_short(language_model: Qwen2ForCausalLM) -> None:
    short = False
    cache = PrefixCache(short=lambda device: short)
    read(cache, language_model, "a", 10, 3)
    assert len(cache) == 1
    short = True
    assert read(cache, language_model, "b", 10, 3) == 10
    assert len(cache) == 0


def test_a_containers_limit_counts_as_short_memory(
    language_model: Qwen2ForCausalLM, container: FakeContainer
) -> None:
    """The machine's free memory was asked alone, and a small container was ended by the system."""
    cache = PrefixCache()
    container.leaves(RESERVED_BYTES + 1)
    read(cache, language_model, "a", 10, 3)
    assert len(cache) == 1
    container.leaves(RESERVED_BYTES - 1)
    read(cache, language_model, "b", 10, 3)
    assert len(cache) == 0


def test_a_device_that_runs_full_gets_the_cache_back(
    language_model: Qwen2ForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading b fails while a is kept, and works without it; without a cache it stays an error."""
    cache = PrefixCache(short=lambda device: False)
    read(cache, language_model, "a", 10, 3)
    forward = language_model.model.forward

    def full(*args: Any, **kwargs: Any) -> Any:
        if len(cache):
            raise torch.OutOfMemoryError("full")
        return forward(*args, **kwargs)

    monkeypatch.setattr(language_model.model, "forward", full)
    assert read(cache, language_model, "b", 10, 3) == 10

    def always(*args: Any, **kwargs: Any) -> Any:
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(language_model.model, "forward", always)
    with pytest.raises(torch.OutOfMemoryError):
        read(cache, language_model, "c", 10, 3)
    with pytest.raises(torch.OutOfMemoryError):
        read(PrefixCache(), language_model, "c", 10, 3)
