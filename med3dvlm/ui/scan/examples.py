"""Scans to try the app with, phantoms and real ones, and questions that fit a scan.

cards = example_cards()                 # phantoms named after what is in them, then real scans
scan = open_example(cards[0].key)
questions = example_questions(scan)
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from med3dvlm.engine.starter_library import Look, first_look, look_at, title_of
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.questions import Question
from med3dvlm.phantoms.true_report import true_report
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.scan.real_examples import FOLDER, open_real, real_cards
from med3dvlm.volumes.views.thumbnail import thumbnail

SHAPE = (128, 256, 256)
# Between the seed of a phantom, a kind of finding and its place, where a key names all three.
AT_FINDING = "|"
QUESTION_STREAM = 11


# The first phantoms that show one finding alone, in axial slices, in a phase in which it is seen:
# pneumothorax, pleural effusion, liver metastases, kidney stone, bladder stone, hip prosthesis.
# The page opens with the first of them.
EXAMPLE_SEEDS = (30000388, 30000748, 30000874, 30002780, 30000279, 30000936)

ANY_SCAN = (
    "What abnormalities are present?",
    "Which part of the body is shown?",
    "What is the phase of contrast enhancement?",
    "In which plane are the slices? Choices: A. axial B. coronal C. sagittal",
    "Is there a kidney stone?",
)


def example_cards(scan: Scan | None = None) -> list[Card]:
    """A card for each phantom, whose key is its seed, and for each real scan; one may be open."""
    cards = [*map(_card, EXAMPLE_SEEDS), *real_cards()]
    return [replace(card, current=scan is not None and card.key == scan.card) for card in cards]


def _card(seed: int) -> Card:
    picture = (FOLDER / f"{seed}.webp").read_bytes()
    return Card(key=str(seed), title=title_of(draw_facts(seed)), note="phantom", picture=picture)


def draw_picture(seed: int) -> bytes:
    """The picture of a phantom's card, as it is kept in assets/examples."""
    case = make_case(seed)
    look = first_look(case)
    return thumbnail(case.volume, look.window, center=look.center, planes=("axial",))


def open_example(key: str) -> Scan:
    """The scan of a card: a phantom's by its seed, or by `SEED|KIND|PLACE` at a finding.

    Raises:
        VolumeError: there is no such example.
    """
    seed, at_finding, finding = key.partition(AT_FINDING)
    if not seed.isdecimal():
        return open_real(key)
    if not at_finding:
        return open_phantom(int(seed))
    case = make_case(int(seed), shape=SHAPE)
    kind, _, place = finding.partition(AT_FINDING)
    return _scan_of(case, look_at(case, kind, place))


def open_welcome() -> Scan:
    """The example that every page opens with; its volume is painted once for all of them."""
    return replace(_welcome())


@cache
def _welcome() -> Scan:
    return open_phantom(EXAMPLE_SEEDS[0])


def open_phantom(seed: int) -> Scan:
    """A phantom as a scan, finer than the models need, for the eye."""
    case = make_case(seed, shape=SHAPE)
    return _scan_of(case, first_look(case))


def _scan_of(case: Case, look: Look) -> Scan:
    return Scan(
        volume=case.volume,
        name=f"Phantom {case.seed}",
        seed=case.seed,
        window=look.window,
        center=look.center,
        card=str(case.seed),
    )


def truth_of(seed: int) -> str:
    """The report of a phantom, in the wording of its seed: what is really in it."""
    return true_report(draw_facts(seed)).text


def example_questions(scan: Scan | None) -> Sequence[str]:
    """Open, closed and yes/no questions that a look at the scan can answer."""
    if scan is None or scan.seed is None:
        return ANY_SCAN
    facts, rng = draw_facts(scan.seed), np.random.default_rng([scan.seed, QUESTION_STREAM])
    asked: list[Question | None] = [
        questions.open_abnormalities(rng, facts),
        questions.presence(rng, facts),
        questions.closed_organ(rng, facts) or questions.closed_phase(rng, facts),
        questions.open_location(rng, facts) or questions.region_question(rng, facts),
        questions.closed_plane(rng, facts),
    ]
    return [question.question for question in asked if question is not None]
