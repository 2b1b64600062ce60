"""Questions with choices: their letters, their form for a model, and parsing them from user text.

asked = read_choices("Which plane is it? A. axial B. coronal")
asked.text           # "Which plane is it? Choices: A. axial B. coronal"
asked.options        # ("A. axial", "B. coronal"): the answers to score
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from med3dvlm.errors import PromptError

LETTERS = "ABCDEFGH"
MOST = len(LETTERS)
HEADING = "Choices:"
# The answers to a question without letters that is to be affirmed or denied.
YES_NO = ("Yes", "No")
# A letter that opens an option: at the start or after a space, "A." "A)" "A:" or "(A)".
MARK = re.compile(r"(?:(?<=\s)|^)\(?([A-Ha-h])[.):]\s+")
LABEL = re.compile(r"\b(?:choices|options|answers)\s*:\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choices:
    """A question with its options, `texts` without letters."""

    question: str
    texts: tuple[str, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """The options as a model answers them, each preceded by its letter."""
        return lettered(self.texts)

    @property
    def text(self) -> str:
        """The question as the models were trained to read it, in the published wording."""
        return f"{self.question} {HEADING} {' '.join(self.options)}"


def lettered(texts: Sequence[str]) -> tuple[str, ...]:
    """Each text preceded by its letter: `A. axial`."""
    return tuple(f"{LETTERS[place]}. {text}" for place, text in enumerate(texts))


def have_letters(options: Sequence[str]) -> bool:
    """Whether the options start with their letters, in order."""
    return len(options) <= MOST and all(
        option.startswith(f"{letter}.") for letter, option in zip(LETTERS, options, strict=False)
    )


def has_choices(question: str) -> bool:
    """Whether a question has choices, in the format of `Choices.text`."""
    return HEADING in question


def read_choices(text: str) -> Choices | None:
    """The options typed into a question, or None for an open one.

    They begin with `A.` and follow the alphabet; `B. cell` without an A is ordinary text.
    """
    marks = list(MARK.finditer(text))
    for first, mark in enumerate(marks):
        if mark[1].upper() != "A":
            continue
        row = _in_order(marks[first:])
        if len(row) >= 2:
            return _choices(text, row)
    return None


def _in_order(marks: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """The marks that continue the alphabet; others are part of an option's text."""
    row: list[re.Match[str]] = []
    for mark in marks:
        if len(row) < MOST and mark[1].upper() == LETTERS[len(row)]:
            row.append(mark)
    return row


def _choices(text: str, row: Sequence[re.Match[str]]) -> Choices | None:
    ends = [mark.start() for mark in row[1:]] + [len(text)]
    texts = tuple(
        text[mark.end() : end].strip().rstrip(",;").strip()
        for mark, end in zip(row, ends, strict=True)
    )
    question = LABEL.sub("", text[: row[0].start()]).strip()
    return Choices(question, texts) if question and all(texts) else None


def make_choices(question: str, options: Sequence[str]) -> Choices:
    """A closed question from its parts; empty options are left out.

    Raises:
        PromptError: no question, fewer than two options, too many options, or duplicates.
    """
    texts = tuple(" ".join(option.split()) for option in options if option.strip())
    asked = " ".join(question.split())
    if not asked:
        raise PromptError("Type the question for these choices.")
    if not 2 <= len(texts) <= MOST:
        raise PromptError(f"A question with choices needs 2 to {MOST} choices, one per line.")
    if len({text.lower() for text in texts}) < len(texts):
        raise PromptError("Two of the choices are the same.")
    return Choices(asked, texts)
