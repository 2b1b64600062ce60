"""What is asked and answered about one case in language training: a report, questions, a talk."""

from dataclasses import dataclass

import numpy as np

from med3dvlm.choices import Choices
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.questions import Question

DRILLS = ("Choose {}.", "The answer is {}.", "Which choice is {}?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueMix:
    """How many of each a training row holds.

    Attributes:
        report: chance that the row holds the report.
        closed: closed questions.
        open: open questions.
        yes_no: yes/no questions.
        talk: chance of a short conversation with follow-up questions.
        organ: chance of a question about one organ.
        drill: questions that state their answer, so that only its letter is to be found.
    """

    report: float = 1.0
    closed: int = 3
    open: int = 2
    yes_no: int = 3
    talk: float = 0.7
    organ: float = 0.5
    drill: int = 0


def dialogues(facts: Facts, rng: np.random.Generator, mix: DialogueMix) -> list[list[Turn]]:
    """Conversations about a case, each to be learned on its own."""
    rows: list[list[Question]] = []
    if rng.random() < mix.report:
        rows.append([questions.report_question(rng, facts, variant=int(rng.integers(1_000_000)))])
    asked = questions.ask(facts, rng)
    for form, count in (("closed", mix.closed), ("open", mix.open), ("yes/no", mix.yes_no)):
        matching = [question for question in asked if question.form == form]
        picked = rng.permutation(len(matching))[:count]
        rows += [[matching[int(i)]] for i in picked]
    if rng.random() < mix.talk:
        rows.append(list(questions.converse(facts, rng)))
    if rng.random() < mix.organ:
        rows.append([questions.organ_state(rng, facts)])
    if rng.random() < mix.organ / 3:
        rows.append([questions.region_question(rng, facts)])
    turns = [[Turn(q.question, q.answer) for q in row] for row in rows]
    drills = mix.drill if any(question.options for question in asked) else 0
    return turns + [[_drill(asked, rng)] for _ in range(drills)]


def _drill(asked: list[Question], rng: np.random.Generator) -> Turn:
    """The choices of a closed question, one of them named."""
    closed = [question for question in asked if question.options]
    options = closed[int(rng.integers(len(closed)))].options
    order = tuple(options[i] for i in rng.permutation(len(options)))
    right = int(rng.integers(len(order)))
    named = DRILLS[int(rng.integers(len(DRILLS)))].format(order[right])
    choices = Choices(named, order)
    return Turn(choices.text, choices.options[right])
