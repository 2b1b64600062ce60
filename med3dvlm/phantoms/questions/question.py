"""A question with its answer, in the five M3D types, as closed, open or yes/no question.

asked = closed_question(rng, "plane", "What is the acquisition plane?", "axial", ["coronal"])
asked.question, asked.answer        # "... Choices: A. coronal B. axial", "B. axial"
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from med3dvlm.choices import LETTERS, Choices

QuestionType = Literal["plane", "phase", "organ", "abnormality", "location"]
Form = Literal["closed", "open", "yes/no"]
# In the order of their numbers in M3D-VQA, from 1 on.
QUESTION_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its answer.

    Attributes:
        kind: M3D question type, or `other` for types used only in training.
        form: closed, open or yes/no.
        question: as the model reads it, choices included.
        answer: the expected answer.
        options: of a closed question, in the order of their letters.
    """

    kind: QuestionType | Literal["other"]
    form: Form
    question: str
    answer: str
    options: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        """The right letter of a closed question."""
        return self.answer[0] if self.options else ""

    @property
    def right(self) -> int:
        """Place of the right option of a closed question."""
        return LETTERS.index(self.letter)


def closed_question(
    rng: np.random.Generator, kind: QuestionType, question: str, answer: str, others: list[str]
) -> Question:
    """A closed question with shuffled choices."""
    options = [answer, *others]
    choices = Choices(question, tuple(options[i] for i in rng.permutation(len(options))))
    return Question(
        kind=kind,
        form="closed",
        question=choices.text,
        answer=choices.options[choices.texts.index(answer)],
        options=choices.texts,
    )


def open_question(kind: QuestionType | Literal["other"], question: str, answer: str) -> Question:
    """An open question; its answer begins with a capital."""
    return Question(
        kind=kind, form="open", question=question, answer=answer[0].upper() + answer[1:]
    )


def yes_no_question(kind: QuestionType, question: str, *, yes: bool) -> Question:
    """A yes/no question."""
    return Question(kind=kind, form="yes/no", question=question, answer="Yes" if yes else "No")
