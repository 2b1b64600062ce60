"""Scores of closed, open and yes/no answers, by type of question."""

from collections.abc import Sequence

from med3dvlm.metrics.answers import (
    choice_letter,
    exact_match,
    lenient_choice,
    token_f1,
    yes_or_no,
)
from med3dvlm.metrics.meteor import Meteor
from med3dvlm.metrics.text import bleu, rouge_1
from med3dvlm.phantoms.questions import Question
from train.evaluation.cells import Answered, Cells, Figures, of_form


def names_letter(question: Question, said: str) -> float:
    """Strict: whether the answer starts with the right option's letter."""
    return float(choice_letter(said) == question.letter)


def names_letter_anywhere(question: Question, said: str) -> float:
    """Lenient, as published: whether `B.` occurs anywhere in the answer."""
    return float(lenient_choice(said, question.letter))


def names_option(question: Question, said: str) -> float:
    """Whether the text after the letter is the right option's, whatever the letter."""
    _, _, words = said.partition(". ")
    return float(exact_match(words, [question.options[question.right]]))


def takes_option(question: Question, said: str) -> float:
    """Whether the option taken, letter and words, is the right one."""
    return float(said == question.answer)


def says_yes_rightly(question: Question, said: str) -> float:
    """Whether the answer is the right one of yes and no; anything else is wrong."""
    return float(yes_or_no(said) == (question.answer == "Yes"))


def says_exactly(question: Question, said: str) -> float:
    """Whether an open answer equals the reference, ignoring articles, case and punctuation."""
    return float(exact_match(said, [question.answer]))


CLOSED = {
    "closed": names_letter,
    "closed by words": names_option,
    "closed lenient": names_letter_anywhere,
}


def score_vqa(asked: Sequence[Answered], cells: Cells, meteor: Meteor) -> Figures:
    """All figures of the task; a form without questions is left out."""
    closed, yes_no, opened = (of_form(asked, form) for form in ("closed", "yes/no", "open"))
    figures: Figures = {
        name: cells.rows(closed, score, lambda question, _: 1 / len(question.options))
        for name, score in CLOSED.items()
    }
    figures["yes/no"] = cells.rows(yes_no, says_yes_rightly, lambda *_: 0.5)
    figures["open"] = {
        "exact": cells.rows(opened, says_exactly),
        "f1": cells.rows(opened, lambda q, said: token_f1(said, [q.answer])),
        "bleu_1": cells.rows(opened, lambda q, said: bleu(said, [q.answer], order=1)),
        "rouge_1": cells.rows(opened, lambda q, said: rouge_1(said, [q.answer])),
        "meteor": cells.rows(opened, lambda q, said: meteor.score(said, [q.answer])),
    }
    return {name: rows for name, rows in figures.items() if any(rows.values())}


def score_options(taken: Sequence[Answered], cells: Cells) -> Figures:
    """Figures of closed questions answered as the page does: with the likeliest whole option."""
    found = cells.rows(
        of_form(taken, "closed"), takes_option, lambda question, _: 1 / len(question.options)
    )
    # They are asked about places alone, so their mean would say the same twice.
    kinds = {kind: cell for kind, cell in found.items() if kind != "mean"}
    return {"closed by options": kinds} if kinds else {}
