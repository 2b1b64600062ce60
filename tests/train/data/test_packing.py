"""Packed rows are the fast twin of one conversation at a time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.prompt import IGNORED, Prompt, Turn
from med3dvlm.phantoms.facts import draw_facts
from train.data.packing import PackedRow, block_mask, collate, pack
from train.data.phantoms.dialogues import DialogueMix, dialogues

TALKS = [
    [Turn("Is there a kidney stone?", "Yes"), Turn("Where is it?", "Left kidney")],
    [Turn("What is the acquisition plane?", "Axial")],
    [Turn("Describe the findings.", "There is a 14 mm kidney stone in the left kidney.")],
]


@pytest.fixture(scope="module")
def vlm(random_model: Path) -> LoadedVLM:
    return load_vlm(random_model / "vlm")


@pytest.fixture(scope="module")
def image_tokens(vlm: LoadedVLM) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (2, vlm.prompt.config.image_tokens, vlm.model.config.language.width)
    return torch.randn(shape, generator=generator)


def rows_of(vlm: LoadedVLM) -> list[PackedRow]:
    return [pack(vlm.prompt, TALKS), pack(vlm.prompt, TALKS[1:2])]


@torch.inference_mode()
def test_packed_logits_equal_those_of_one_conversation_at_a_time(
    vlm: LoadedVLM, image_tokens: Tensor
) -> None:
    rows = rows_of(vlm)
    batch = collate(rows, vlm.prompt.end_id)
    packed = vlm.model(batch["ids"], image_tokens, batch["mask"], None, batch["positions"]).logits
    for number, talks in enumerate((TALKS, TALKS[1:2])):
        for block, talk in enumerate(talks, start=1):
            alone = vlm.prompt.training_row(talk)
            logits = vlm.model(torch.tensor([alone.ids]), image_tokens[number : number + 1]).logits
            own = torch.tensor(rows[number].blocks) == block
            shared = vlm.prompt.config.image_tokens
            torch.testing.assert_close(
                packed[number, : len(own)][own], logits[0, shared:], atol=2e-5, rtol=1e-4
            )


@torch.inference_mode()
def test_packed_loss_is_the_mean_over_all_answers(vlm: LoadedVLM, image_tokens: Tensor) -> None:
    batch = collate(rows_of(vlm), vlm.prompt.end_id)
    packed = vlm.model(
        batch["ids"], image_tokens, batch["mask"], batch["labels"], batch["positions"]
    ).loss
    total, count = 0.0, 0
    for number, talks in enumerate((TALKS, TALKS[1:2])):
        for talk in talks:
            ids, labels = (torch.tensor([part]) for part in vlm.prompt.training_row(talk))
            logits = vlm.model(ids, image_tokens[number : number + 1]).logits[0, :-1]
            total += float(cross_entropy(logits, labels[0, 1:], reduction="sum"))
            count += int((labels != IGNORED).sum())
    assert float(packed) == pytest.approx(total / count, rel=1e-5)


def test_only_answers_and_their_end_are_learned(vlm: LoadedVLM) -> None:
    row = pack(vlm.prompt, TALKS)
    learned = [label for label in row.labels if label != IGNORED]
    said = [
        [*vlm.prompt.text_ids(turn.answer), vlm.prompt.end_id] for talk in TALKS for turn in talk
    ]
    assert learned == [token for ids in said for token in ids]
    assert all(label in (IGNORED, token) for token, label in zip(row.ids, row.labels, strict=True))


def test_positions_start_anew_behind_the_image(vlm: LoadedVLM) -> None:
    row = pack(vlm.prompt, TALKS)
    shared = vlm.prompt.config.image_tokens
    for block in (1, 2, 3):
        places = [p for p, b in zip(row.positions, row.blocks, strict=True) if b == block]
        assert places == list(range(shared, shared + len(places)))


def test_blocks_see_the_shared_part_and_their_own_past() -> None:
    mask = block_mask(torch.tensor([[0, 1, 1, 2, -1]]))[0, 0].int().tolist()
    assert mask == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]


def test_dialogues_follow_the_mix() -> None:
    facts = draw_facts(5)
    only = DialogueMix(report=1, closed=2, open=0, yes_no=1, talk=0, organ=0)
    rows = dialogues(facts, np.random.default_rng(0), only)
    assert sum("Choices:" in turn.question for talk in rows for turn in talk) == 2
    assert sum(turn.answer in ("Yes", "No") for talk in rows for turn in talk) == 1
    assert len(rows) == 4
    assert "Impression:" in rows[0][0].answer
    again = dialogues(facts, np.random.default_rng(0), only)
    assert again == rows


def test_places_are_asked_as_often_as_wanted() -> None:
    mix = DialogueMix(report=0, closed=0, open=0, yes_no=0, talk=0, organ=0, place=7, presence=2)
    facts = draw_facts(5, count=2)
    rows = dialogues(facts, np.random.default_rng(0), mix)
    places = {finding.place for finding in facts.findings}
    asked = [turn for (turn,) in rows if "Choices:" in turn.question]
    assert len(asked) == 7
    assert len(rows) == 9
    assert all(turn.answer.partition(". ")[2] in places for turn in asked)


def test_a_drill_names_the_choice_whose_letter_is_wanted() -> None:
    mix = DialogueMix(report=0, closed=0, open=0, yes_no=0, talk=0, organ=0, drill=20)
    letters = set()
    for row in dialogues(draw_facts(5), np.random.default_rng(0), mix):
        question, answer = row[0]
        asked, _, choices = question.partition(" Choices: ")
        letter, _, named = answer.partition(". ")
        assert named in asked
        assert f"{letter}. {named}" in choices
        letters.add(letter)
    assert letters >= {"A", "B", "C"}


@torch.inference_mode()
def test_rows_of_one_conversation_need_no_mask_of_blocks(
    vlm: LoadedVLM, image_tokens: Tensor
) -> None:
    """The fast way of attention, beside the same rows with who may see whom written out."""
    rows = [pack(vlm.prompt, TALKS[:1]), pack(vlm.prompt, TALKS[2:])]
    batch = collate(rows, vlm.prompt.end_id)
    assert batch["mask"].shape == batch["ids"].shape
    plain = vlm.model(batch["ids"], image_tokens, batch["mask"], None, batch["positions"]).logits
    longest = batch["ids"].shape[1]
    blocks = torch.tensor([row.blocks + [-1] * (longest - len(row.blocks)) for row in rows])
    written = vlm.model(
        batch["ids"], image_tokens, block_mask(blocks), None, batch["positions"]
    ).logits
    seen = batch["mask"].bool()
    torch.testing.assert_close(plain[seen], written[seen], atol=2e-5, rtol=1e-4)


def test_a_conversation_is_cut_at_the_longest_trained_length(vlm: LoadedVLM) -> None:
    config = vlm.prompt.config
    short = Prompt(vlm.prompt.tokenizer, replace(config, max_length=config.image_tokens + 5))
    row = pack(short, TALKS)
    own = len(TALKS) * 5
    assert len(row.ids) == config.image_tokens + own
    assert max(row.positions) == config.image_tokens + 4
    alone = short.training_row(TALKS[0])
    assert (pack(short, TALKS[:1]).ids, pack(short, TALKS[:1]).labels) == alone
