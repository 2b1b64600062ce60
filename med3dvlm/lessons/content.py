"""The texts of lessons and failures: TOML files, a folder for each language.

    for lesson in read_lessons("en"):
        lesson.title, lesson.steps[0].ask
    read_failures("en")["side"].learn

A lesson in another language is a copy of `content/en` with other words: every number, name of an
experiment and brace stays. A file that doesn't fit is refused with its name and what is wrong.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from med3dvlm.errors import ConfigError
from med3dvlm.explain.lab.perturbations import PERTURBATIONS
from med3dvlm.lessons.experiments import EXPERIMENTS, Experiment
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.values import from_dict

T = TypeVar("T")
LARGEST = 1e6  # of a number without an end of its own
ANOTHER = "another person"  # a healthy one, in place of the scan
CONTENT = Path(__file__).parent / "content"
ENGLISH = "en"
LESSONS, FAILURES, WORDS = "lesson-*.toml", "failures.toml", "words.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of the quiz that is asked before and after a lesson.

    Attributes:
        ask: the question.
        options: its answers.
        answer: place of the right one, from 0.
        why: shown after the lesson.
    """

    ask: str
    options: tuple[str, ...]
    answer: int
    why: str

    def __post_init__(self) -> None:
        if len(set(self.options)) < 2:
            raise ConfigError(f"{self.ask!r} needs at least two different options")
        if not 0 <= self.answer < len(self.options):
            raise ConfigError(f"{self.ask!r} has no option {self.answer}; they are counted from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One prediction and what comes of it.

    Attributes:
        title: a few words.
        text: what a learner reads first.
        ask: what is to be predicted.
        reveal: what came of it, with values of the experiment in braces.
        learn: what to take from it.
        experiment: a key of `EXPERIMENTS`.
        options: of a choice.
        unit: of a number.
        most: the largest number that makes sense, such as 100 for percentages; none at 0.
        finding: what the phantom has; drawn from the seed if empty.
        place: where; the first of its places if empty.
        size_mm: its diameter; the middle of the usual ones if below zero, none at 0.
        sizes_mm: of a curve.
        change: what is done to the scan: one of `PERTURBATIONS`, or `ANOTHER`.
        person: added to the lesson's seed.
    """

    title: str
    text: str
    ask: str
    reveal: str
    learn: str
    experiment: str
    options: tuple[str, ...] = ()
    unit: str = ""
    most: int = 0
    finding: str = ""
    place: str = ""
    size_mm: int = -1
    sizes_mm: tuple[int, ...] = ()
    change: str = ""
    person: int = 0

    def __post_init__(self) -> None:
        if self.experiment not in EXPERIMENTS:
            known = ", ".join(EXPERIMENTS)
            raise ConfigError(f"no experiment is called {self.experiment!r}; known are {known}")
        if missing := [name for name in self.kind.needs if not getattr(self, name)]:
            raise ConfigError(f"{self.title!r} needs {missing[0]!r} for {self.experiment!r}")
        if len(self.options) != self.kind.options:
            raise ConfigError(
                f"{self.title!r} has {len(self.options)} options; {self.experiment!r} takes "
                f"{self.kind.options}"
            )
        if self.finding and self.finding not in KINDS:
            raise ConfigError(f"{self.title!r}: no finding is called {self.finding!r}")
        if self.place and (not self.finding or self.place not in KINDS[self.finding].places):
            raise ConfigError(f"{self.title!r}: {self.finding} has no place {self.place!r}")
        if self.change not in ("", ANOTHER, *PERTURBATIONS):
            raise ConfigError(
                f"{self.title!r}: nothing is called {self.change!r} that changes a scan"
            )
        if (self.kind.prediction == "percentages") != (len(self.sizes_mm) > 1):
            raise ConfigError(f"{self.title!r}: a curve, and only a curve, has several sizes_mm")
        if unknown := sorted(quoted(self.reveal) - set(self.kind.values)):
            known = ", ".join(self.kind.values)
            raise ConfigError(
                f"{self.title!r} quotes {unknown[0]!r} in its reveal; {self.experiment!r} has "
                f"{known}"
            )

    @property
    def kind(self) -> Experiment:
        """What kind of experiment it is."""
        return EXPERIMENTS[self.experiment]

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest number that can be predicted."""
        return 0, self.most or LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A guided lesson.

    Attributes:
        number: its place among the lessons, from 1; also in links.
        title: what it is about.
        minutes: how long it takes.
        goal: what a learner can do after it.
        steps: in their order; of `rounds` rounds, only one, which is repeated.
        quiz: asked before and after.
        teacher: hints for the handout of the teacher.
        seed: of the first person, where a link names no other.
        rounds: how often the step is repeated with another person.
    """

    number: int
    title: str
    minutes: int
    goal: str
    steps: tuple[Step, ...]
    teacher: str
    seed: int
    quiz: tuple[Question, ...] = ()
    rounds: int = 1

    def __post_init__(self) -> None:
        if not self.steps:
            raise ConfigError(f"{self.title!r} has no step")
        if self.rounds > 1 and len(self.steps) > 1:
            raise ConfigError(f"{self.title!r}: only a lesson of one step has rounds")

    @property
    def turns(self) -> tuple[Step, ...]:
        """The steps as a learner goes through them."""
        if self.rounds == 1:
            return self.steps
        (step,) = self.steps
        return tuple(replace(step, person=step.person + n) for n in range(self.rounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A prepared case in which a model may fail.

    Attributes:
        title: a few words.
        text: what is done, and what a reader would say.
        fails: what is said where the model fails, with the case's values in braces.
        holds: what is said where it doesn't.
        learn: what to take from it, either way.
    """

    title: str
    text: str
    fails: str
    holds: str
    learn: str


def quoted(text: str) -> set[str]:
    """The names in a text's braces.

    Raises:
        ConfigError: a brace is not closed.
    """
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ConfigError(f"{text[:40]!r}...: {error}") from None


def languages() -> tuple[str, ...]:
    """The languages that there are texts in."""
    return tuple(sorted(path.name for path in CONTENT.iterdir() if path.is_dir()))


@cache
def read_lessons(language: str = ENGLISH) -> tuple[Lesson, ...]:
    """All lessons of a language, in their order.

    Raises:
        ConfigError: a file doesn't fit; the message names it.
    """
    return lessons_in(CONTENT / language)


@cache
def read_failures(language: str = ENGLISH) -> dict[str, Failure]:
    """The texts of all prepared failures, by key.

    Raises:
        ConfigError: the file doesn't fit.
    """
    path = CONTENT / language / FAILURES
    return {key: _made(Failure, stored, path) for key, stored in _toml(path).items()}


@cache
def read_words(language: str = ENGLISH) -> dict[str, str]:
    """The sentences of the tab itself, by key.

    Raises:
        ConfigError: a sentence is missing that English has, or quotes something else.
    """
    words, english = (_toml(CONTENT / name / WORDS) for name in (language, ENGLISH))
    for key, text in english.items():
        if quoted(str(words.get(key, ""))) != quoted(text) or key not in words:
            raise ConfigError(f"{WORDS} of {language!r}: {key!r} is missing or quotes other values")
    return {key: str(text) for key, text in words.items()}


def lessons_in(folder: Path) -> tuple[Lesson, ...]:
    """The lessons of a folder.

    Raises:
        ConfigError: a file doesn't fit, or the numbers don't go from 1 on.
    """
    lessons = [read_lesson(path) for path in sorted(folder.glob(LESSONS))]
    numbers = [lesson.number for lesson in lessons]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise ConfigError(f"{folder.name}: lessons are numbered from 1 on, got {numbers}")
    return tuple(lessons)


def read_lesson(path: Path) -> Lesson:
    """The lesson of a file.

    Raises:
        ConfigError: it doesn't fit; the message names the file and what is wrong.
    """
    return _made(Lesson, _toml(path), path)


def _made(kind: type[T], stored: Mapping[str, Any], path: Path) -> T:
    try:
        return from_dict(kind, stored)
    except (ConfigError, TypeError) as error:  # a number where a text is needed, and the like
        raise ConfigError(f"{path.name}: {error}") from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name}: {error}") from None
