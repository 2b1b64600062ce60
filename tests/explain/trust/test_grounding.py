"""Planted models, each with a known way of answering, get the diagnosis that they deserve."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from med3dvlm.choices import YES_NO
from med3dvlm.errors import PromptError
from med3dvlm.explain.trust.asking import Answered, Case, Question, ask
from med3dvlm.explain.trust.grounding import GroundingCard, grounding_card
from med3dvlm.values import from_json, to_json
from med3dvlm.volumes.volume import Volume, canonical_affine

BALL, RING = "Is there a ball?", "Is there a ring here?"
SIDE, LEVEL = "On which side is it?", "It is said to be {}. Which is it?"
SIDES, LEVELS = ("left", "right"), ("upper", "lower")
Reading = Callable[[Volume | None, str, Sequence[str]], str]


def scan(number: int) -> Volume:
    """A body with a ball on one side, high or low, or with none; its truth can be read from it."""
    voxels = np.full((8, 8, 16), -1000, np.int16)
    voxels[1:7, 1:7, 2:14] = 40
    if number % 3:
        z, x = (5 if number % 2 else 2), (10 if number // 2 % 2 else 5)
        voxels[z, 3:5, x] = 900
    return Volume(voxels=voxels, affine=canonical_affine((1, 1, 1)), unit="HU")


def place_of(volume: Volume) -> tuple[str, str] | None:
    """Side and height of the ball."""
    if volume.voxels.max() < 500:
        return None
    depth, _, width = volume.shape
    z, _, x = np.argwhere(volume.voxels > 500).mean(axis=0)
    return SIDES[int(x < (width - 1) / 2)], LEVELS[int(z < (depth - 1) / 2)]


def questions(number: int) -> list[Question]:
    place = place_of(scan(number))
    yes = Question(text=BALL, options=YES_NO, truth="Yes" if place else "No", finding=True)
    no = Question(text=RING, options=YES_NO, truth="No", finding=True)
    if place is None:
        return [yes, no]
    side, level = place
    other = SIDES[1 - SIDES.index(side)]
    suggestion = LEVELS[number // 4 % 2]
    return [
        yes,
        no,
        Question(text=SIDE, options=SIDES, truth=side, mirrored=other),
        Question(text=LEVEL.format(suggestion), options=LEVELS, truth=level),
    ]


class Planted:
    """A model that says what `reading` says."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def choose(
        self, volume: Volume | None, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        said = self.reading(volume, question, options)
        return np.array([0.9 if option == said else 0.1 for option in options])

    def similarities(self, volume: Volume, texts: Sequence[str]) -> NDArray[np.float64]:
        del volume, texts
        return np.zeros(0)


def oracle(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    place = place_of(volume) if volume else None
    if "there" in question:
        return "Yes" if place and question == BALL else "No"
    known = dict(zip((SIDES, LEVELS), place, strict=True)) if place else {}
    return known.get(tuple(options), options[0])


def blind(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    """Its guesses are spread over the options, but never depend on the scan."""
    del volume
    return options[len(question) % 2]


def swapped(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    said = oracle(volume, question, options)
    return SIDES[1 - SIDES.index(said)] if tuple(options) == SIDES else said


def always_yes(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    return "Yes" if "Yes" in options else oracle(volume, question, options)


def copying(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    del volume
    return next((option for option in options if option in question), options[0])


def led(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    """It looks, but takes what a question suggests."""
    said = oracle(volume, question, options)
    return next((option for option in options if option in question), said)


def noisy(volume: Volume | None, question: str, options: Sequence[str]) -> str:
    """It reacts to the scan, but not to what is asked."""
    seed = [int(volume.digest[:8], 16) if volume else 0, len(question)]
    return str(np.random.default_rng(seed).choice(options))


@cache
def card_of(reading: Reading, *, scans: int = 24) -> GroundingCard:
    # Scans without noise are equal to each other too often: a corner tells them apart.
    def opened(number: int) -> Callable[[], Volume]:
        def made() -> Volume:
            volume = scan(number)
            values = volume.voxels.copy()
            values[0, 0, 0] = -1000 + number
            return volume.with_values(values)

        return made

    cases = [Case(open=opened(n), questions=questions(n)) for n in range(scans)]
    return grounding_card(ask(Planted(reading), cases), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("reading", "diagnosis", "words"),
    [
        (oracle, "looks", "It looks: with the scan it is right in 100 %"),
        (blind, "blind", "100 % of its answers stay the same"),
        (swapped, "sides swapped", "names the wrong side in 100 %"),
        (always_yes, "always yes", "in 100 % (100 to 100) with the scan, in 100 %"),
        (copying, "copies", "takes the answer that the question names in 100 %"),
        (noisy, "unclear", "aren't clearly better"),
    ],
)
def test_each_planted_model_gets_its_diagnosis(
    reading: Reading, diagnosis: str, words: str
) -> None:
    card = card_of(reading)
    assert card.diagnosis == diagnosis
    assert words in card.verdict


def test_who_looks_and_can_be_led_does_not_just_repeat_the_question() -> None:
    """Twelve leading questions of 72 called the shipped model one that repeats the question."""
    card = card_of(led)
    assert card.copied is not None
    assert card.copied.value == 1
    assert card.diagnosis == "looks"
    assert card.verdict.endswith("suggests an answer, it gives that one in 100 % (100 to 100).")
    assert "suggests" not in card_of(oracle).verdict


def test_the_figures_of_an_oracle() -> None:
    card = card_of(oracle)
    assert card.accuracy.image.value == card.accuracy.flipped.value == 1
    assert card.accuracy.cropped.value == 1, "the balls lie in the middle"
    assert card.accuracy.blank.value == pytest.approx(0.6), "No is often right"
    assert card.reliance.value == pytest.approx(1 - card.accuracy.blank.value, abs=1e-4)
    assert card.own_scan.low > 0.2
    assert card.invented is not None
    assert card.invented.value == 0
    assert card.follows is not None
    assert card.follows.value == 1
    assert card.sensitivity.value > 0.3
    assert (card.scans, card.questions) == (24, 2 * 24 + 2 * 16)


def test_a_swapped_model_is_wrong_on_flipped_scans_too() -> None:
    card = card_of(swapped)
    assert card.swapped is not None
    assert card.swapped.value == 1
    assert card.follows is not None
    assert card.follows.value == 1, "it does look"
    assert card.accuracy.flipped.value == card.accuracy.image.value


def test_intervals_are_wider_for_fewer_scans() -> None:
    few, many = (card_of(noisy, scans=n).accuracy.image for n in (9, 60))
    assert few.high - few.low > 1.5 * (many.high - many.low)


def test_few_questions_give_no_diagnosis() -> None:
    card = card_of(oracle, scans=2)
    assert card.diagnosis == "too few"
    assert "at least 12" in card.verdict
    assert card.copied is None


def test_a_card_is_read_as_it_was_written() -> None:
    card = card_of(oracle)
    assert from_json(GroundingCard, to_json(card)) == card


def test_the_other_scan_is_the_one_before() -> None:
    cases = [Case(open=lambda n=n: scan(n), questions=questions(n)[:1]) for n in (0, 1)]
    first, second = ask(Planted(oracle), cases)
    assert isinstance(first, Answered)
    assert (first.said["image"], first.said["another"]) == ("No", "Yes")
    assert (second.said["image"], second.said["another"]) == ("Yes", "No")


def test_what_can_not_be_asked_is_said() -> None:
    with pytest.raises(PromptError, match="two scans"):
        ask(Planted(oracle), [Case(open=lambda: scan(1), questions=questions(1))])
    with pytest.raises(PromptError, match="none of the options"):
        Question(text=BALL, options=YES_NO, truth="Perhaps")
    with pytest.raises(PromptError, match="two different options"):
        Question(text=BALL, options=("Yes", "Yes"), truth="Yes")


@pytest.mark.parametrize(
    ("text", "options", "suggested"),
    [
        ("Is it axial? Choices: A. axial B. coronal", ("A. axial", "B. coronal"), "A. axial"),
        ("Which is it? Choices: A. axial B. coronal", ("A. axial", "B. coronal"), ""),
        ("Is there a stone?", YES_NO, ""),
        ("It lies left. Where?", ("right", "left"), "left"),
    ],
)
def test_what_a_question_suggests(text: str, options: tuple[str, ...], suggested: str) -> None:
    asked = Question(text=text, options=options, truth=options[0])
    assert asked.suggested == suggested
