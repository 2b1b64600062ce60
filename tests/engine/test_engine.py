"""What the page asks of the engine, on a model with random weights."""

import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.errors import CheckpointError, PromptError
from med3dvlm.model.checkpoint import load_vlm
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.grid import InputChoice
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import LUNG, MODEL_CT

SHORT = Decoding(max_new_tokens=12)
QUESTION = "Is there a kidney stone?"


def said(engine: Engine, features: VolumeFeatures, talk: Conversation, question: str) -> str:
    return "".join(event.text for event in engine.answer(features, talk, question, decoding=SHORT))


def same(one: VolumeFeatures, other: VolumeFeatures) -> bool:
    names = ("image_tokens", "low", "high", "embedding")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_encoding_is_deterministic(
    engine: Engine, volume: Volume, features: VolumeFeatures
) -> None:
    again = engine.encode(volume)
    assert again.digest == features.digest
    assert same(again, features)


def test_features_are_plain_arrays_of_the_models_sizes(
    engine: Engine, features: VolumeFeatures, random_model: Path
) -> None:
    vlm = load_vlm(random_model / "vlm")
    config = vlm.model.config
    assert features.image_tokens.shape == (config.projector.image_tokens, config.language.width)
    assert features.low.shape == (config.projector.low.tokens[0], config.encoder.channels[3])
    assert features.high.shape == (config.projector.high.tokens[0], config.encoder.channels[4])
    assert features.embedding.shape == (engine.retrieval_width,)
    assert np.linalg.norm(features.embedding) == pytest.approx(1, abs=1e-5)
    assert features.window == MODEL_CT
    assert features.image_tokens.dtype == np.float32


def test_features_are_those_of_the_model_alone(
    engine: Engine, volume: Volume, features: VolumeFeatures, random_model: Path
) -> None:
    vlm = load_vlm(random_model / "vlm").model
    with torch.inference_mode():
        tokens = vlm.encode(engine.prepare(volume).tensor)[0]
    assert np.array_equal(features.image_tokens, tokens.numpy())


def test_the_digest_tells_window_volume_and_model(
    engine: Engine, volume: Volume, features: VolumeFeatures
) -> None:
    other = engine.encode(volume, InputChoice(window=LUNG))
    assert other.window == LUNG
    assert not same(other, features)
    elsewhere = engine.encode(make_case(4, shape=(24, 48, 48)).volume)
    assert len({features.digest, other.digest, elsewhere.digest}) == 3


@pytest.mark.parametrize("choice", [InputChoice(crop=False), InputChoice(published=True)])
def test_crop_and_resize_are_the_users_to_choose(
    engine: Engine, volume: Volume, features: VolumeFeatures, choice: InputChoice
) -> None:
    """What is shown as the input and what the answers come from change together."""
    seen = engine.prepare(volume, choice)
    assert (seen.cropped, seen.published) == (choice.crop, bool(choice.published))
    made = engine.encode(volume, choice)
    assert made.mapping == seen.mapping
    assert made.digest != features.digest
    assert not same(made, features)
    assert not np.array_equal(made.embedding, features.embedding)


def test_features_travel_to_another_process(features: VolumeFeatures) -> None:
    copy = pickle.loads(pickle.dumps(features))  # noqa: S301
    assert same(copy, features)
    assert (copy.digest, copy.mapping) == (features.digest, features.mapping)


def test_an_answer_streams_token_by_token(engine: Engine, features: VolumeFeatures) -> None:
    stream = engine.answer(features, Conversation(), QUESTION, decoding=SHORT)
    assert isinstance(stream, Iterator)
    events = list(stream)
    assert len(events) == SHORT.max_new_tokens
    for event in events:
        assert 0 < event.probability <= 1
        assert event.seconds > 0


def test_a_greedy_answer_is_the_same_each_time(engine: Engine, features: VolumeFeatures) -> None:
    one, other = (said(engine, features, Conversation(), QUESTION) for _ in range(2))
    assert one == other
    assert one


def test_pieces_never_end_within_a_character(engine: Engine, features: VolumeFeatures) -> None:
    decoding = Decoding(max_new_tokens=60, temperature=5.0)
    for seed in range(3):
        wild = Decoding(max_new_tokens=60, temperature=decoding.temperature, seed=seed)
        events = list(engine.answer(features, Conversation(), QUESTION, decoding=wild))
        assert not any(event.text.endswith("\N{REPLACEMENT CHARACTER}") for event in events)


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_answer_stops_at_once_when_the_user_stops(
    engine: Engine, features: VolumeFeatures, after: int
) -> None:
    seen: list[str] = []
    stream = engine.answer(
        features, Conversation(), QUESTION, decoding=SHORT, stopped=lambda: len(seen) >= after
    )
    for event in stream:
        seen.append(event.text)  # noqa: PERF401
    assert len(seen) == after


def test_a_stream_that_is_closed_lets_the_next_one_in(
    engine: Engine, features: VolumeFeatures
) -> None:
    stream = engine.answer(features, Conversation(), QUESTION, decoding=SHORT)
    next(stream)
    stream.close()
    assert said(engine, features, Conversation(), QUESTION)


def test_earlier_turns_change_the_answer(engine: Engine, features: VolumeFeatures) -> None:
    talk = Conversation().with_turn(QUESTION, "Yes")
    assert engine.card.follows_up
    assert said(engine, features, talk, "Where?") != said(
        engine, features, Conversation(), "Where?"
    )


def test_the_picture_changes_the_answer(engine: Engine, features: VolumeFeatures) -> None:
    other = engine.encode(make_case(4, shape=(24, 48, 48)).volume, InputChoice(window=LUNG))
    wild = Decoding(max_new_tokens=30)
    one, two = (
        [e.probability for e in engine.answer(f, Conversation(), QUESTION, decoding=wild)]
        for f in (features, other)
    )
    assert one != two


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_is_refused(
    engine: Engine, features: VolumeFeatures, question: str
) -> None:
    with pytest.raises(PromptError, match="question is empty"):
        list(engine.answer(features, Conversation(), question))


def test_choices_are_probabilities_that_equal_a_plain_scoring_loop(
    engine: Engine, features: VolumeFeatures, random_model: Path
) -> None:
    options = ["axial", "coronal", "sagittal plane of the body"]
    chosen = engine.choose(features, QUESTION, options)
    vlm = load_vlm(random_model / "vlm")
    image_tokens = torch.from_numpy(features.image_tokens)[None]
    scores = []
    for option in options:
        ids = vlm.prompt.question_ids((), QUESTION)
        score = 0.0
        for token in [*vlm.prompt.text_ids(option), vlm.prompt.end_id]:
            with torch.inference_mode():
                logits = vlm.model(torch.tensor([ids]), image_tokens).logits[0, -1]
            score += float(logits.log_softmax(dim=0)[token])
            ids.append(token)
        scores.append(score)
    shares = np.exp(np.array(scores) - max(scores))
    assert chosen.sum() == pytest.approx(1)
    assert chosen == pytest.approx(shares / shares.sum(), rel=1e-3, abs=1e-7)


def test_one_option_is_no_choice(engine: Engine, features: VolumeFeatures) -> None:
    with pytest.raises(PromptError, match="at least two options"):
        engine.choose(features, QUESTION, ["axial"])


def test_texts_become_unit_vectors_whatever_their_company(engine: Engine) -> None:
    texts = ["lung nodule", "CT of the abdomen in the arterial phase, with ascites"]
    together = engine.embed_text(texts)
    assert together.shape == (2, engine.retrieval_width)
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1], abs=1e-5)
    alone = np.concatenate([engine.embed_text([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_text_longer_than_the_tower_is_cut(engine: Engine) -> None:
    assert np.isfinite(engine.embed_text(["kidney stone " * 600])).all()


def test_an_empty_search_is_refused(engine: Engine) -> None:
    with pytest.raises(PromptError, match="Type what to search for"):
        engine.embed_text(["lung", " "])


def test_a_model_without_a_dual_encoder_answers_and_says_it_cannot_search(
    random_model: Path, volume: Volume
) -> None:
    engine = load_engine(random_model / "vlm")
    features = engine.encode(volume)
    assert features.embedding.shape == (0,)
    assert said(engine, features, Conversation(), QUESTION)
    for search in (
        lambda: engine.embed_text(["lung"]),
        lambda: engine.retrieval_key,
        lambda: engine.retrieval_width,
    ):
        with pytest.raises(CheckpointError, match="can't search"):
            search()


def test_the_card_counts_both_models(engine: Engine, random_model: Path) -> None:
    alone = load_engine(random_model / "vlm").card
    assert engine.card.parameters > alone.parameters > 0
    assert (engine.card.info.name, engine.card.device) == ("Random test model", "cpu")
    assert engine.card.digest == alone.digest


def test_two_threads_share_an_engine(engine: Engine, volume: Volume) -> None:
    questions = [QUESTION, "Describe the findings.", "Which plane?", "What about the liver?"]

    def work(question: str) -> tuple[str, str]:
        features = engine.encode(volume)
        return features.digest, said(engine, features, Conversation(), question)

    one_by_one = [work(question) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, questions)) == one_by_one
