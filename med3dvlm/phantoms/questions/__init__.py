"""Questions about a phantom in the five M3D types, as closed, open and yes/no questions.

    for item in ask(facts, rng):
        item.question, item.answer         # "Where is the cyst? Choices: A. ..", "B. left kidney"

An image-blind reader can only guess: distractors are as likely to be true as the answer, yes is as
frequent as no for every kind, and no wording names the organ it asks for.
"""

import numpy as np

from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.questions.closed import (
    closed_abnormality,
    closed_location,
    closed_organ,
    closed_phase,
    closed_plane,
)
from med3dvlm.phantoms.questions.open_ended import (
    open_abnormalities,
    open_location,
    open_organs,
    open_phase,
    open_plane,
)
from med3dvlm.phantoms.questions.question import QUESTION_TYPES, Form, Question, QuestionType
from med3dvlm.phantoms.questions.training import (
    converse,
    organ_state,
    region_question,
    report_question,
)
from med3dvlm.phantoms.questions.yes_no import place_or_not, plane_or_phase, presence

__all__ = [
    "QUESTION_TYPES", "Form", "Question", "QuestionType", "ask", "closed_abnormality",
    "closed_location", "closed_organ", "closed_phase", "closed_plane", "converse",
    "open_abnormalities", "open_location", "open_organs", "open_phase", "open_plane",
    "organ_state", "place_or_not", "plane_or_phase", "presence", "region_question",
    "report_question",
]  # fmt: skip


def ask(facts: Facts, rng: np.random.Generator) -> list[Question]:
    """One closed and one open question per type if the facts allow it, and yes/no questions."""
    made = [
        closed_plane(rng, facts), closed_phase(rng, facts), closed_organ(rng, facts),
        closed_abnormality(rng, facts), closed_location(rng, facts),
        open_plane(rng, facts), open_phase(rng, facts), open_organs(rng, facts),
        open_abnormalities(rng, facts), open_location(rng, facts),
        presence(rng, facts), presence(rng, facts), plane_or_phase(rng, facts),
        place_or_not(rng, facts),
    ]  # fmt: skip
    return [question for question in made if question is not None]
