"""The frozen release: seeds, questions, truths, and the checksums that hold them.

    release = read_release()
    bench = drawn(release, count=100)
    lines = list(question_rows(bench))      # what another system is asked
    broken(release)                         # empty as long as the code draws this release

The questions and truths follow from the seeds, so that only their checksums are stored. Words of
training may grow; those of the validation and test splits may not.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.case import DEFAULT_SHAPE, make_case
from med3dvlm.phantoms.facts import Facts, draw_facts
from med3dvlm.phantoms.vocabulary.lexicon import Split
from med3dvlm.phantoms.vocabulary.names.all import KIND_NAMES, ORGAN_NAMES, VALUE_NAMES
from med3dvlm.values import from_json
from train.evaluation.cases import PhantomTruths
from train.evaluation.record import REPORT_QUESTION
from train.evaluation.visitors.asking import QUESTIONS_STREAM, VisitorCases
from train.evaluation.visitors.questions import Asked, draw_questions

MANIFEST = Path(__file__).with_name("release_1.json")
REPORT, OWN, OTHERS = "report", "own", "others"
HELD_OUT: tuple[Split, ...] = ("validation", "test")
ROUNDING_HU = 0.05  # of a volume's mean, from one processor to another

# What is asked: seed of the case and name of the question.
Key = tuple[int, str]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release consists of.

    Attributes:
        release: its number.
        code: version of the code that it was made with.
        first: seed of the first phantom; `cases` consecutive seeds follow.
        cases: phantoms asked about in the training's own words, and reported on.
        others: the first of them, asked about also in words that training never used.
        shape: slices, rows and columns of a drawn scan.
        seals: SHA-256 of questions and truths, of all cases and of the first hundred.
        words: SHA-256 of the names of each split that is held out.
        mean_hu: mean of some drawn volumes, by seed.
    """

    release: str
    code: str
    first: int
    cases: int
    others: int
    shape: tuple[int, int, int]
    seals: dict[str, str]
    words: dict[str, str]
    mean_hu: dict[str, float]


@dataclass(frozen=True)
class Bench:
    """The first cases of a release with their questions and truths."""

    facts: tuple[Facts, ...]
    others: int

    @cached_property
    def truths(self) -> PhantomTruths:
        """Reports, findings, and questions in the training's own words."""
        return PhantomTruths(self.facts)

    @cached_property
    def visitors(self) -> tuple[tuple[Asked, ...], ...]:
        """Questions in others' words about the first cases."""
        return tuple(
            tuple(draw_questions(facts, _stream(facts), split="test"))
            for facts in self.facts[: self.others]
        )

    @property
    def visitor_cases(self) -> VisitorCases:
        """What their figures are about."""
        return VisitorCases(split="test", count=self.others)


def read_release(path: Path = MANIFEST) -> Release:
    """The release that comes with the code."""
    return from_json(Release, path.read_text(encoding="utf-8"))


def drawn(release: Release, *, count: int | None = None) -> Bench:
    """The first cases, all if `count` is None.

    Raises:
        TrainingError: there are fewer.
    """
    wanted = release.cases if count is None else count
    if not 1 <= wanted <= release.cases:
        raise TrainingError(f"PhantomBench has 1 to {release.cases} cases, not {wanted}")
    seeds = range(release.first, release.first + wanted)
    return Bench(tuple(map(draw_facts, seeds)), min(wanted, release.others))


def question_rows(bench: Bench) -> Iterator[Row]:
    """A row for each question: case, its name, its form, and the turns to be answered in order."""
    for row, facts in enumerate(bench.facts):
        asked: list[tuple[str, str, tuple[str, ...]]] = [(REPORT, REPORT, (REPORT_QUESTION,))]
        for number, question in enumerate(bench.truths.questions(row), start=1):
            asked.append((f"{OWN}-{number}", question.form, (question.question,)))
        for number, other in enumerate(_others(bench, row), start=1):
            asked.append((f"{OTHERS}-{number}", other.part, other.texts))
        for name, form, turns in asked:
            yield {"case": facts.seed, "question": name, "form": form, "turns": list(turns)}


def truth_rows(bench: Bench) -> Iterator[Row]:
    """A row for each case: its report, its facts, right answers, and what others' words mean."""
    for row, facts in enumerate(bench.facts):
        yield {
            "case": facts.seed,
            "report": bench.truths.report(row),
            "facts": str(bench.truths.says(row)),
            "answers": [question.answer for question in bench.truths.questions(row)],
            "wishes": [asdict(other.wish) for other in _others(bench, row)],
        }


def lines_of(rows: Iterable[Row]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def seals_of(bench: Bench) -> dict[str, str]:
    """SHA-256 of the questions and of the truths, as the files have them."""
    return {
        "questions": _sha256(lines_of(question_rows(bench))),
        "truths": _sha256(lines_of(truth_rows(bench))),
    }


def words_seal(split: Split) -> str:
    """SHA-256 of all names of a split."""
    terms = [
        (about, term.register, term.with_article)
        for names in (KIND_NAMES, ORGAN_NAMES, VALUE_NAMES)
        for about, named in sorted(names.items())
        for term in named.terms
        if term.split == split and term.register != "own"
    ]
    return _sha256(lines_of({"terms": term} for term in terms))


def made(release: Release) -> Release:
    """The release as this code draws it."""
    seals = {"all " + name: seal for name, seal in seals_of(drawn(release)).items()}
    first = seals_of(drawn(release, count=release.others))
    return Release(
        release=release.release, code=release.code, first=release.first, cases=release.cases,
        others=release.others, shape=DEFAULT_SHAPE,
        seals=seals | {"first " + name: seal for name, seal in first.items()},
        words={split: words_seal(split) for split in HELD_OUT},
        mean_hu={seed: _mean_hu(int(seed)) for seed in release.mean_hu},
    )  # fmt: skip


def broken(release: Release) -> list[str]:
    """What this code draws otherwise than the release says; empty if nothing."""
    now = made(release)
    found = ["the shape of the volumes"] if now.shape != release.shape else []
    for about, ours, stored in (
        ("questions or truths", now.seals, release.seals),
        ("words", now.words, release.words),
    ):
        found += [f"{about}: {name}" for name in stored if ours[name] != stored[name]]
    found += [
        f"volume {seed}: mean {now.mean_hu[seed]} HU, not {mean}"
        for seed, mean in release.mean_hu.items()
        if abs(now.mean_hu[seed] - mean) > ROUNDING_HU
    ]
    return found


def broken_seals(release: Release) -> list[str]:
    """What the first cases ask or hold true otherwise than the release says; empty if nothing.

    A second's work, and enough to tell another code, or other packages, from the release.
    """
    now = seals_of(drawn(release, count=release.others))
    return [f"first {name}" for name, seal in now.items() if seal != release.seals[f"first {name}"]]


def _others(bench: Bench, row: int) -> tuple[Asked, ...]:
    return bench.visitors[row] if row < len(bench.visitors) else ()


def _stream(facts: Facts) -> np.random.Generator:
    return np.random.default_rng([facts.seed, QUESTIONS_STREAM])


def _mean_hu(seed: int) -> float:
    return round(float(make_case(seed).volume.voxels.mean()), 3)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
