"""The dialogues about one case in language training: a report, questions, a conversation."""

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
    """How many of each a training row contains.

    Attributes:
        report: probability of the report.
        closed: number of closed questions.
        open: number of open questions.
        yes_no: number of yes/no questions.
        talk: probability of a short conversation with follow-up questions.
        organ: probability of a question about one organ.
        drill: number of questions that state their answer, so that only its letter is missing.
        presence: number of further yes/no questions about findings, each by itself.
        place: number of further closed questions about the place of a finding.
    """

    report: float = 1.0
    closed: int = 3
    open: int = 2
    yes_no: int = 3
    talk: float = 0.7
    organ: float = 0.5
    drill: int = 0
    presence: int = 0
    place: int = 0


def dialogues(facts: Facts, rng: np.random.Generator, mix: DialogueMix) -> list[list[Turn]]:
    """Conversations about a case, independent of each other."""
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
    more = [questions.presence(rng, facts) for _ in range(mix.presence)]
    more += [questions.closed_location(rng, facts) for _ in range(mix.place)]
    rows += [[question] for question in more if question is not None]
    turns = [[Turn(q.question, q.answer) for q in row] for row in rows]
    drills = mix.drill if any(question.options for question in asked) else 0
    return turns + [[_drill(asked, rng)] for _ in range(drills)]


def _drill(asked: list[Question], rng: np.random.Generator) -> Turn:
    """A closed question's choices with one of them named."""
    closed = [question for question in asked if question.options]
    options = closed[int(rng.integers(len(closed)))].options
    order = tuple(options[i] for i in rng.permutation(len(options)))
    right = int(rng.integers(len(order)))
    named = DRILLS[int(rng.integers(len(DRILLS)))].format(order[right])
    choices = Choices(named, order)
    return Turn(choices.text, choices.options[right])
