"""A teacher's own question about a scan of their own: no phantom, so what is true is the teacher's.

step = own_question("Is there a pleural effusion?")            # answered yes or no
step = own_question("Which lung? A. right B. left")            # one of these
marks = marked(marks, key, Mark(predicted="Yes", score=1.0, model=0.0))
points_of(marks.values())
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.errors import PromptError
from med3dvlm.lessons.visit import Mark, Points

LONGEST = 400
NO_QUESTION = (
    "Type a question that yes or no answers, or one with choices: Which lung? A. right B. left"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuestion:
    """A question with its options.

    Attributes:
        asked: as the model reads it.
        options: as the model answers them.
    """

    asked: str
    options: tuple[str, ...]


def own_question(text: str) -> OwnQuestion:
    """The question that a teacher typed.

    Raises:
        PromptError: nothing was typed, or too much.
    """
    typed = " ".join(text.split())
    if not typed or len(typed) > LONGEST:
        raise PromptError(NO_QUESTION)
    choices = read_choices(typed)
    if choices is None:
        return OwnQuestion(asked=typed, options=YES_NO)
    return OwnQuestion(asked=choices.text, options=choices.options)


def marked(marks: Mapping[str, Mark], key: str, mark: Mark) -> dict[str, Mark]:
    """With what came of one question about one scan; the first prediction counts."""
    return {key: mark} | dict(marks)


def points_of(marks: Iterable[Mark]) -> Points:
    """The points of the learner and of the model, each with how many there were."""
    done = list(marks)
    models = [mark.model for mark in done if mark.model is not None]
    return Points(sum(mark.score for mark in done), len(done), sum(models), len(models))
