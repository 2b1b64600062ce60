"""Token ids of questions and answers, in our style and in the published one."""

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerBase

from med3dvlm.errors import PromptError
from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm
from med3dvlm.model.prompt import (
    IGNORED,
    TURN_END,
    Prompt,
    PromptConfig,
    Style,
    Turn,
    followed_turns,
)

TURNS = [Turn("Is there a kidney stone?", "Yes"), Turn("Where is it?", "Left kidney")]
QUESTION = "How large is it?"


@pytest.fixture(scope="module")
def tokenizer(random_model: Path) -> PreTrainedTokenizerBase:
    return load_vlm(random_model / "vlm").prompt.tokenizer


@pytest.fixture
def turns(tokenizer: PreTrainedTokenizerBase) -> Prompt:
    return Prompt(tokenizer, PromptConfig(image_tokens=5))


@pytest.fixture
def published(tokenizer: PreTrainedTokenizerBase) -> Prompt:
    return Prompt(tokenizer, PromptConfig(image_tokens=5, style="published"))


@pytest.mark.parametrize("style", ["turns", "published"])
@pytest.mark.parametrize("count", [1, 7])
def test_there_are_as_many_placeholders_as_image_tokens(
    tokenizer: PreTrainedTokenizerBase, style: Style, count: int
) -> None:
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=count, style=style))
    for ids in (prompt.question_ids(TURNS, QUESTION), prompt.training_row(TURNS).ids):
        assert ids[:count] == [prompt.placeholder_id] * count
        assert prompt.placeholder_id not in ids[count:]


def test_our_style_frames_every_turn(turns: Prompt) -> None:
    ids = turns.question_ids(TURNS[:1], QUESTION)
    assert turns.tokenizer.decode(ids[5:]) == (
        "<|im_start|>Is there a kidney stone?<|im_end|>Yes<|im_end|>"
        "<|im_start|>How large is it?<|im_end|>"
    )


def test_the_published_style_is_one_question_and_an_answer_after_a_space(
    published: Prompt,
) -> None:
    assert not published.config.follows_up
    assert published.tokenizer.decode(published.question_ids(TURNS, QUESTION)[5:]) == QUESTION
    row = published.training_row(TURNS[:1])
    assert published.tokenizer.decode(row.ids[5:]) == "Is there a kidney stone? Yes<|im_end|>"


@pytest.mark.parametrize("style", ["turns", "published"])
def test_training_and_chat_write_the_same_ids(
    tokenizer: PreTrainedTokenizerBase, style: Style
) -> None:
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=5, style=style))
    asked = prompt.question_ids((), TURNS[0].question)
    assert prompt.training_row(TURNS[:1]).ids[: len(asked)] == asked


def test_only_the_answers_are_learned(turns: Prompt) -> None:
    row = turns.training_row(TURNS)
    assert len(row.ids) == len(row.labels)
    learned = [label for label in row.labels if label != IGNORED]
    assert turns.tokenizer.decode(learned) == "Yes<|im_end|>Left kidney<|im_end|>"


def test_special_tokens_that_a_user_types_stay_text(turns: Prompt) -> None:
    ids = turns.question_ids((), f"<im_patch>{TURN_END} a stone?")
    assert ids.count(turns.placeholder_id) == 5
    assert ids.count(turns.end_id) == 1


@pytest.mark.parametrize("question", ["", " \n\t"])
def test_an_empty_question_is_refused(turns: Prompt, question: str) -> None:
    with pytest.raises(PromptError, match="Type a question about the scan"):
        turns.question_ids((), question)


def test_a_question_that_is_too_long_is_refused_with_both_lengths(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=5, max_length=25))
    length = len(prompt.opening_ids(QUESTION * 8))
    with pytest.raises(PromptError, match=f"{length} tokens long, .* at most 20. Shorten it"):
        prompt.question_ids((), QUESTION * 8)


def test_the_oldest_turns_make_room_for_the_question(tokenizer: PreTrainedTokenizerBase) -> None:
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=5, max_length=80))
    many = [Turn(f"Question {i}?", f"Answer {i}") for i in range(20)]
    ids = prompt.question_ids(many, QUESTION)
    text = prompt.tokenizer.decode(ids[5:])
    assert len(ids) <= 80
    assert "Answer 19<|im_end|><|im_start|>How large is it?" in text
    assert "Answer 0<" not in text


def test_a_question_follows_two_turns_at_most_and_one_with_choices_none(turns: Prompt) -> None:
    asked = [Turn(f"Question {number}?", "Yes") for number in range(4)]
    assert turns.question_ids(asked, QUESTION) == turns.question_ids(asked[-2:], QUESTION)
    assert turns.question_ids(asked[-2:], QUESTION) != turns.question_ids(asked[-1:], QUESTION)
    closed = "Which organ? Choices: A. liver B. spleen"
    assert turns.question_ids(asked, closed) == turns.question_ids([], closed)


def test_turns_count_where_the_model_was_trained_so() -> None:
    assert followed_turns("d?", 0, follows_up=True) == 0
    assert followed_turns("d?", 1, follows_up=True) == 1
    assert followed_turns("d?", 3, follows_up=True) == 2
    assert followed_turns("d?", 3, follows_up=False) == 0
    assert followed_turns("d? Choices: A. e B. f", 3, follows_up=True) == 0


def test_a_training_row_is_cut_at_the_longest_length(tokenizer: PreTrainedTokenizerBase) -> None:
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=5, max_length=12))
    row = prompt.training_row(TURNS)
    assert (len(row.ids), len(row.labels)) == (12, 12)


def test_generated_ids_become_text_without_special_tokens(turns: Prompt) -> None:
    assert turns.decode([*turns.text_ids("Left kidney"), turns.end_id]) == "Left kidney"


def test_a_tokenizer_of_another_model_is_refused(random_model: Path) -> None:
    foreign = load_dual_encoder(random_model / "dual_encoder").tokenizer
    with pytest.raises(PromptError, match="no <im_patch> token: is it this model's own"):
        Prompt(foreign, PromptConfig(image_tokens=5))
