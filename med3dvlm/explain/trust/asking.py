"""Questions with known answers, asked with a scan, without it, and with others in its place.

    cases = [Case(open=lambda: volume, questions=questions)]
    answers = ask(reader, cases)
    answers[0].said["blank"]            # what was answered where the scan was replaced by air

What reads scans is a `Reader` of `med3dvlm/explain/lab/behaviour.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from med3dvlm.choices import MARK
from med3dvlm.errors import PromptError
from med3dvlm.explain.lab.behaviour import Reader
from med3dvlm.explain.lab.perturbations import blank, cropped, flipped
from med3dvlm.volumes.volume import Volume

Condition = Literal["image", "blank", "another", "flipped", "cropped"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
X = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a scan and what is true.

    Attributes:
        text: as it is asked, choices included.
        options: the answers to choose from.
        truth: the right one.
        mirrored: the right one when left and right are swapped; empty if it stays the same.
        finding: whether the first option states that a finding is there.
    """

    text: str
    options: tuple[str, ...]
    truth: str
    mirrored: str = ""
    finding: bool = False

    def __post_init__(self) -> None:
        if len(set(self.options)) < 2 or not self.text.strip():
            raise PromptError("A question needs a text and at least two different options.")
        for answer in (self.truth, self.mirrored or self.truth):
            if answer not in self.options:
                raise PromptError(f"{answer!r} is none of the options: {', '.join(self.options)}")

    @property
    def when_flipped(self) -> str:
        """The right answer when left and right are swapped."""
        return self.mirrored or self.truth

    @property
    def has_side(self) -> bool:
        """Whether the answer depends on what is left and what is right."""
        return self.when_flipped != self.truth

    @property
    def suggested(self) -> str:
        """The option that the question itself names more often than any other; else empty."""
        asked = self.text.lower()
        named = [asked.count(MARK.sub("", option).lower()) for option in self.options]
        most = max(named)
        return self.options[named.index(most)] if named.count(most) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scan, opened when its turn comes, and what is asked about it."""

    open: Callable[[], Volume]
    questions: Sequence[Question]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One question and the option that was likeliest in each condition; `scan` is its number."""

    scan: int
    question: Question
    said: Mapping[Condition, str]


def ask(
    reader: Reader, cases: Sequence[Case], *, tell: Callable[[int], None] = lambda _: None
) -> list[Answered]:
    """Ask every question in every condition; the other scan is the one before.

    Args:
        reader: what is asked.
        cases: at least two.
        tell: is called with the number of cases that are done.

    Raises:
        PromptError: there are fewer than two scans.
    """
    answers: list[Answered] = []
    for number, found in enumerate(asked_in_turn(reader, cases)):
        answers += found
        tell(number + 1)
    return answers


def asked_in_turn(reader: Reader, cases: Sequence[Case]) -> Iterator[list[Answered]]:
    """The answers about one scan after the other, as `ask` collects them.

    Raises:
        PromptError: there are fewer than two scans.
    """
    if len(cases) < 2:
        raise PromptError("At least two scans are needed: one stands in for the other.")
    other = cases[-1].open()
    for number, case in enumerate(cases):
        volume = case.open()
        said = [dict[Condition, str]() for _ in case.questions]
        for condition, view in _views(volume, other).items():
            for question, answer in zip(case.questions, said, strict=True):
                answer[condition] = _likeliest(reader, view, question)
        yield [
            Answered(scan=number, question=question, said=answer)
            for question, answer in zip(case.questions, said, strict=True)
        ]
        other = volume


def _views(volume: Volume, other: Volume) -> dict[Condition, Volume]:
    return {
        "image": volume,
        "blank": blank(volume),
        "another": other,
        "flipped": flipped(volume, X),
        "cropped": cropped(volume),
    }


def _likeliest(reader: Reader, volume: Volume, question: Question) -> str:
    return question.options[int(reader.choose(volume, question.text, question.options).argmax())]
