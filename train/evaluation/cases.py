"""What a checkpoint is evaluated on: cases with volumes, reports and questions.

cases = PhantomCases(PhantomCache(folder))
cases.volumes([0, 1]), cases.report(0), cases.questions(0)
"""

from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

import numpy as np
from torch import Tensor

from med3dvlm.phantoms import questions
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.questions import Question
from med3dvlm.phantoms.true_report import read_findings, true_report
from train.data.phantoms.cache import PhantomCache

Labels = AbstractSet[tuple[str, str]]
QUESTIONS_STREAM = 11


class Truths(Protocol):
    """What is true of cases in a fixed order; every call about a row returns the same values."""

    @property
    def name(self) -> str:
        """What the cases are called in tables, in the plural."""

    def __len__(self) -> int: ...

    def key(self, row: int) -> str:
        """A name for a case that is the same in every run."""

    def report(self, row: int) -> str:
        """The true report."""

    def questions(self, row: int) -> list[Question]:
        """Closed, open and yes/no questions with their answers."""

    def says(self, row: int) -> Hashable:
        """A report's content, whatever its wording: equal ones can't be told apart."""

    def findings(self, row: int) -> Labels | None:
        """(kind, place) of every finding; None if there are no labels."""

    def read(self, report: str) -> Labels:
        """(kind, place) of the findings that a generated report states."""


class Cases(Truths, Protocol):
    """Cases that can be shown to a model."""

    def volumes(self, rows: Sequence[int]) -> Tensor:
        """Model inputs: float32 (B, 1, D, H, W) in [0, 1]."""


class PhantomTruths:
    """What is true of phantoms, by their facts alone; nothing is drawn."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self.facts = facts

    @property
    def name(self) -> str:
        """Their name in the table."""
        return "test phantoms"

    def __len__(self) -> int:
        return len(self.facts)

    def key(self, row: int) -> str:
        """The phantom's seed."""
        return str(self.facts[row].seed)

    def report(self, row: int) -> str:
        """The report in the wording of the phantom's own seed."""
        return true_report(self.facts[row]).text

    def questions(self, row: int) -> list[Question]:
        """One question of each type and form that the phantom allows."""
        facts = self.facts[row]
        return questions.ask(facts, np.random.default_rng([facts.seed, QUESTIONS_STREAM]))

    def says(self, row: int) -> Hashable:
        """Acquisition, person and findings with sizes."""
        return said_facts(self.facts[row])

    def findings(self, row: int) -> Labels:
        """The phantom's labels."""
        return self.facts[row].labels

    def read(self, report: str) -> Labels:
        """Labels by the names and places used in phantom reports."""
        return read_findings(report)


class PhantomCases(PhantomTruths):
    """Drawn phantoms of a cache."""

    def __init__(self, cache: PhantomCache) -> None:
        super().__init__(cache.facts)
        self.cache = cache

    def volumes(self, rows: Sequence[int]) -> Tensor:
        """Model inputs."""
        return self.cache.volumes(rows)


def said_facts(facts: Facts) -> str:
    """The content of a case's report without its wording: equal strings can't be told apart."""
    person = {
        "habitus": facts.habitus,
        "scoliosis": facts.scoliosis,
        "calcification": facts.calcification,
    }
    shown = [value for name, value in person.items() if name not in facts.hidden]
    return repr((facts.acquisition, shown, facts.findings))
