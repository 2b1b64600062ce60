"""The answer to a question with choices is one of them."""

from dataclasses import replace

import pytest

from med3dvlm.engine.closed import chosen, chosen_samples
from med3dvlm.engine.conversation import Alternative
from med3dvlm.engine.decoding import Decoding

PLANES = ("A. axial", "B. coronal", "C. sagittal")
SHARES = (0.2, 0.5, 0.3)
WARM = Decoding(temperature=1.0)


def test_the_likeliest_choice_is_the_answer_and_the_others_its_alternatives() -> None:
    answer = chosen(PLANES, SHARES, Decoding(), seconds=0.5)
    assert (answer.text, answer.probability, answer.seconds) == ("B. coronal", 0.5, 0.5)
    assert answer.alternatives == (Alternative("C. sagittal", 0.3), Alternative("A. axial", 0.2))


def test_a_choice_without_any_probability_is_never_taken() -> None:
    drawn = chosen_samples(("A. no", "B. yes"), (0.0, 1.0), replace(WARM, temperature=2.0), 20)
    assert {sample.text for sample in drawn} == {"B. yes"}


def test_choices_are_drawn_as_often_as_they_are_likely() -> None:
    drawn = chosen_samples(PLANES, SHARES, WARM, 400)
    assert all(sample.complete for sample in drawn)
    for text, share in zip(PLANES, SHARES, strict=True):
        assert sum(s.text == text for s in drawn) / 400 == pytest.approx(share, abs=0.08)
    assert drawn[3].text == chosen(PLANES, SHARES, replace(WARM, seed=3)).text


@pytest.mark.parametrize("narrow", [replace(WARM, top_k=1), replace(WARM, top_p=0.1)])
def test_sampling_settings_hold_for_choices(narrow: Decoding) -> None:
    assert {sample.text for sample in chosen_samples(PLANES, SHARES, narrow, 20)} == {"B. coronal"}
