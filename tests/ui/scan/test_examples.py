import re

import pytest

from med3dvlm.engine.starter_library import library_seeds
from med3dvlm.errors import VolumeError
from med3dvlm.phantoms.acquisition import PHASES, PLANES
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.findings import KINDS_IN
from med3dvlm.phantoms.questions.wording import (
    ABNORMALITIES_ASKED,
    ORGAN_ASKED,
    PHASE_ASKED,
    PLANE_ASKED,
    REGION_ASKED,
)
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.phantoms.true_report import organs_of, read_findings
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan import examples
from med3dvlm.ui.scan.examples import (
    ANY_SCAN,
    EXAMPLE_SEEDS,
    example_questions,
    open_example,
    open_phantom,
    truth_of,
)
from med3dvlm.ui.scan.real_examples import REAL_EXAMPLES
from med3dvlm.volumes.volume import Volume

TINY = (16, 32, 32)
SEEDS = SHOWROOM[400:600]


def phantom(volume: Volume, seed: int | None) -> Scan:
    return Scan(volume=volume, name="", seed=seed)


PHANTOMS = {
    "pneumothorax": PHASES,
    "pleural effusion": PHASES,
    "liver metastases": ("portal venous",),
    "kidney stone": ("non-contrast", "arterial"),
    "bladder stone": ("non-contrast", "arterial", "portal venous"),
    "hip prosthesis": PHASES,
}


def test_every_card_is_a_phantom_with_the_finding_it_names(cards: list[Card]) -> None:
    for card, (kind, phases) in zip(cards, PHANTOMS.items(), strict=False):
        facts = draw_facts(int(card.key))
        assert [known.name for known in facts.kinds] == [kind]
        assert card.title == f"{facts.acquisition.region.capitalize()}: {kind}"
        assert facts.acquisition.plane == "axial"
        assert facts.acquisition.phase in phases
        assert card.note == "phantom"


def test_every_card_has_a_small_picture(cards: list[Card]) -> None:
    assert len({card.picture for card in cards}) == len(cards) == 9
    assert all(1000 < len(card.picture) < 60_000 for card in cards)


def test_the_pictures_that_are_kept_are_the_phantoms(cards: list[Card]) -> None:
    assert cards[0].picture == examples.draw_picture(int(cards[0].key))


def test_real_scans_are_among_the_examples_and_say_whose_they_are(cards: list[Card]) -> None:
    real = [card for card in cards if card.note == "real CT"]
    assert [card.title.split()[0].strip(",") for card in real] == ["Chest", "Abdomen", "Pelvis"]
    assert len(real) == len(REAL_EXAMPLES)
    for card in real:
        scan = open_example(card.key)
        assert (scan.seed, scan.volume.unit) == (None, "HU")
        assert "CC BY" in scan.credit
        assert scan.center is not None
        assert all(0 <= at < size for at, size in zip(scan.center, scan.volume.shape, strict=True))
    with pytest.raises(VolumeError, match="no such example"):
        open_example("real:nobody")


def test_examples_are_neither_trained_on_nor_in_the_library() -> None:
    """A search does not find the example itself."""
    assert set(EXAMPLE_SEEDS) <= set(SHOWROOM)
    assert set(EXAMPLE_SEEDS).isdisjoint(library_seeds())


def test_a_phantom_opens_finer_than_the_models_need(
    cards: list[Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examples.SHAPE == (128, 256, 256)
    monkeypatch.setattr(examples, "SHAPE", TINY)
    scan = open_phantom(int(cards[0].key))
    assert sorted(scan.volume.shape) == sorted(TINY)
    assert (scan.seed, scan.name) == (int(cards[0].key), f"Phantom {cards[0].key}")
    assert scan.window is not None
    assert scan.center is not None
    assert all(0 <= at < size for at, size in zip(scan.center, scan.volume.shape, strict=True))


def test_the_truth_says_what_is_in_it_and_nothing_else() -> None:
    for seed in SEEDS:
        assert read_findings(truth_of(seed)) == draw_facts(seed).labels, seed


def is_true_to(facts: Facts, question: str) -> bool:
    """Whether the phantom decides the question: its answer is one thing and no other."""
    asked, _, choices = question.partition(" Choices: ")
    if choices:
        return only_one_is_right(facts, asked, re.split(r" ?\b[A-D]\. ", choices)[1:])
    if asked in (*REGION_ASKED, *ABNORMALITIES_ASKED):
        return True
    [(kind, _)] = read_findings(question)
    if re.search(r"\b(where|which)\b", asked, re.IGNORECASE):
        return any(finding.kind == kind and finding.place for finding in facts.findings)
    return kind in {known.name for known in KINDS_IN[facts.acquisition.region]}


def only_one_is_right(facts: Facts, asked: str, options: list[str]) -> bool:
    scan, affected = facts.acquisition, {kind.organ for kind in facts.kinds}
    if asked in PLANE_ASKED:
        return sorted(options) == sorted(PLANES)
    if asked in PHASE_ASKED:
        return sorted(options) == sorted(PHASES)
    assert asked in ORGAN_ASKED
    return set(options) <= set(organs_of(scan.region)) and len(affected & set(options)) == 1


def test_questions_about_a_phantom_have_a_true_answer(scan: Scan) -> None:
    for seed in SEEDS:
        questions = example_questions(phantom(scan.volume, seed))
        assert 4 <= len(questions) == len(set(questions)) <= 5
        for question in questions:
            assert is_true_to(draw_facts(seed), question), (seed, question)


def test_the_same_phantom_is_asked_the_same(scan: Scan) -> None:
    one, two = (example_questions(phantom(scan.volume, SEEDS[5])) for _ in range(2))
    assert one == two


def test_a_real_scan_and_none_are_asked_what_fits_any(real_scan: Scan) -> None:
    assert example_questions(None) == example_questions(real_scan) == ANY_SCAN
