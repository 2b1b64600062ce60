"""Rows of words and pictures: what is asked, that nothing depends on the piece a row falls into."""

from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.errors import TrainingError
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.questions.wording import REPORT_ASKED
from train.data.look import STILL, Variation, look
from train.data.m3d.rows import CaptionData, QuestionData, turn_of

LINE = {
    "row": 3, "series": "ct_case/1/Axial", "kind": "location", "question": "Where is the cyst?",
    "choices": ["Left kidney", "Liver"], "answer": "Liver", "letter": "B",
}  # fmt: skip


def rng_of(row: int) -> np.random.Generator:
    return np.random.default_rng([7, row])


def test_a_question_is_asked_openly_or_with_its_choices() -> None:
    rng = np.random.default_rng(0)
    assert turn_of("open", LINE, rng) == Turn("Where is the cyst?", "Liver")
    closed = Turn("Where is the cyst? Choices: A. Left kidney B. Liver", "B. Liver")
    assert turn_of("closed", LINE, rng) == closed
    assert turn_of("closed", LINE | {"choices": []}, rng) == Turn("Where is the cyst?", "Liver")
    report = turn_of("captions", {"text": "A cyst."}, rng)
    assert report.question in REPORT_ASKED
    assert report.answer == "A cyst."


def test_sources_follow_one_another(ready_sample: Path) -> None:
    data = QuestionData(ready_sample, "train", ("captions", "open", "closed", "yes/no"), STILL)
    captions, open_, closed, yes_no = (len(lines) for lines in data.lines)
    assert len(data) == captions + open_ + closed + yes_no
    assert open_ == closed
    firsts = [data.talk_about(row, rng_of(row))[1][0] for row in (0, captions, captions + open_)]
    assert firsts[0].question in REPORT_ASKED
    assert firsts[2].question.startswith(firsts[1].question + " Choices: A. ")
    last = data.talk_about(len(data) - 1, rng_of(0))[1][0]
    assert last.answer in ("Yes", "No")


def test_a_talk_goes_on_about_the_same_volume(ready_sample: Path) -> None:
    sources = ("captions", "open", "closed", "yes/no")
    data = QuestionData(ready_sample, "train", sources, STILL, talk=1.0)
    lengths = set()
    for row in range(len(data)):
        line, turns = data.talk_about(row, rng_of(row))
        lengths.add(len(turns))
        assert not any("Choices:" in turn.question for turn in turns[1:])
        known = {data.lines[at][number]["question"] for at, number in data._about[line["row"]]}
        assert {turn.question for turn in turns[1:]} <= known
    assert max(lengths) == 3


def test_a_row_is_the_same_in_every_piece(ready_sample: Path) -> None:
    data = CaptionData(ready_sample, "train", Variation(mirror=0.5))
    whole, texts = data.rows([4, 9, 2, 11], rng_of)
    for at, row in enumerate((4, 9, 2, 11)):
        alone, words = data.rows([row], rng_of)
        assert words == [texts[at]]
        for name, tensor in alone.items():
            assert torch.equal(tensor[0], whole[name][at]), name
    assert whole["mirrored"].any()
    assert len(set(whole["gain"].tolist())) > 1


def test_what_is_not_there_is_named(ready_sample: Path) -> None:
    with pytest.raises(TrainingError, match=r"vqa_yn_val\.jsonl is missing"):
        QuestionData(ready_sample, "validation", ("yes/no",), STILL)


def test_a_volume_is_seen_in_its_light_and_side() -> None:
    volume = torch.arange(2 * 8, dtype=torch.uint8).reshape(2, 1, 2, 2, 2) * 15
    gain, offset = torch.tensor([1.0, 2.0]), torch.tensor([0.0, -0.5])
    plain = look(volume, gain * 0 + 1, offset * 0, torch.tensor([False, False]))
    torch.testing.assert_close(plain, volume.float() / 255)
    seen = look(volume, gain, offset, torch.tensor([True, False]))
    torch.testing.assert_close(seen[0], plain[0].flip(-1))
    torch.testing.assert_close(seen[1], (plain[1] * 2 - 0.5).clamp(0, 1))
    with pytest.raises(TrainingError, match="must be in"):
        Variation(mirror=2.0)
