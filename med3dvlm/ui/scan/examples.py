"""Phantoms to try the app with, and questions that fit a scan.

cards = example_cards()                 # six phantoms, each named after what is in it
scan = open_phantom(seed)
questions = example_questions(scan)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from med3dvlm.engine.starter_library import COUNT, first_look, reading_window, title_of
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.acquisition import PHASES, Phase
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.questions import Question
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.phantoms.true_report import true_report
from med3dvlm.ui.components.cards import Card
from med3dvlm.ui.page.session import Scan
from med3dvlm.volumes.views.thumbnail import thumbnail

SHAPE = (128, 256, 256)
# After the seeds of the starter library, so that a search doesn't find the example itself.
SEEDS = SHOWROOM[COUNT:]
QUESTION_STREAM = 11


@dataclass(frozen=True, slots=True)
class Wish:
    """What an example shows: this finding alone, in axial slices, in a phase that shows it."""

    kind: str
    phases: tuple[Phase, ...] = PHASES


WISHES = (
    Wish("pneumothorax"),
    Wish("pleural effusion"),
    Wish("liver metastases", ("portal venous",)),
    Wish("kidney stone", ("non-contrast", "arterial")),
    Wish("bladder stone", ("non-contrast", "arterial", "portal venous")),
    Wish("hip prosthesis"),
)

ANY_SCAN = (
    "What abnormalities are present?",
    "Which part of the body is shown?",
    "What is the phase of contrast enhancement?",
    "In which plane are the slices? Choices: A. axial B. coronal C. sagittal",
    "Is there a kidney stone?",
)


def example_cards() -> list[Card]:
    """One card for each wish, the first phantom that grants it; the keys are the seeds."""
    found: dict[Wish, int] = {}
    for seed in SEEDS:
        facts = draw_facts(seed)
        found |= {wish: seed for wish in WISHES if wish not in found and _grants(wish, facts)}
        if len(found) == len(WISHES):
            break
    return [_card(found[wish]) for wish in WISHES]


def _grants(wish: Wish, facts: Facts) -> bool:
    kinds = [finding.kind for finding in facts.findings]
    scan = facts.acquisition
    return kinds == [wish.kind] and scan.plane == "axial" and scan.phase in wish.phases


def _card(seed: int) -> Card:
    case = make_case(seed)
    look = first_look(case)
    picture = thumbnail(case.volume, look.window, center=look.center, planes=("axial",))
    return Card(key=str(seed), title=title_of(case.facts), picture=picture)


def open_phantom(seed: int) -> Scan:
    """A phantom as a scan, finer than the models need, for the eye."""
    case = make_case(seed, shape=SHAPE)
    return Scan(
        volume=case.volume,
        name=f"Phantom {seed}",
        seed=seed,
        window=reading_window(case.facts),
        center=first_look(case).center,
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
