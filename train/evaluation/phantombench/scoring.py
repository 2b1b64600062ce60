"""Scores of a file of answers, with the metrics and intervals of our own evaluation.

    found = score_answers(bench, answers, blind=None)
    print(found.table)

Nothing is drawn and no model is loaded. The parts (reports, own words, others' words) that a file
doesn't touch at all are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from med3dvlm.metrics.meteor import open_meteor
from med3dvlm.metrics.resampling import Resamples
from train.evaluation.cells import Answered, Cells, Figures
from train.evaluation.phantombench.release import OTHERS, OWN, REPORT, Bench, Key
from train.evaluation.phantombench.submission import check_complete
from train.evaluation.record import Said
from train.evaluation.reports import score_reports
from train.evaluation.table import table
from train.evaluation.visitors.asking import Answered as VisitorAnswered
from train.evaluation.visitors.figures import visitor_figures, visitor_table
from train.evaluation.visitors.truth import judged
from train.evaluation.vqa import score_vqa

Answers = Mapping[Key, str]
# Standing where a system wasn't asked without the image.
UNASKED = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of a file: `own` of reports and own words, `others` of others' words, or empty."""

    own: Figures
    others: Figures

    @property
    def table(self) -> str:
        """Both as Markdown tables, in percent."""
        made = [table(self.own)] if self.own else []
        made += [visitor_table(self.others)] if self.others else []
        return "\n\n".join(made)


def score_answers(bench: Bench, answers: Answers, *, blind: Answers | None = None) -> Scores:
    """Score the parts that a file answers.

    Args:
        bench: the cases.
        answers: by case and question.
        blind: the same system's answers without the image, to the same parts.

    Raises:
        TrainingError: a part is answered incompletely, or an answer is to no question.
    """
    touched = {name.partition("-")[0] for _, name in answers}
    asked = [key for key in keys_of(bench) if key[1].partition("-")[0] in touched]
    check_complete(answers, dict.fromkeys(asked), of="answers")
    if blind is not None:
        check_complete(blind, dict.fromkeys(asked), of="answers without the image")
    own = _own(bench, answers, blind, touched) if touched & {REPORT, OWN} else {}
    return Scores(own, _others(bench, answers) if OTHERS in touched else {})


def keys_of(bench: Bench) -> Iterator[Key]:
    """Everything that is asked, by case and question."""
    for row, facts in enumerate(bench.facts):
        yield facts.seed, REPORT
        for number in range(len(bench.truths.questions(row))):
            yield facts.seed, f"{OWN}-{number + 1}"
        for number in range(len(bench.visitors[row]) if row < bench.others else 0):
            yield facts.seed, f"{OTHERS}-{number + 1}"


def _own(bench: Bench, answers: Answers, blind: Answers | None, touched: set[str]) -> Figures:
    """The same figures as those of `python -m train evaluate`."""

    def said(seed: int, name: str) -> Said:
        return Said(answers[seed, name], UNASKED if blind is None else blind[seed, name])

    truths, count = bench.truths, len(bench.facts)
    cells = Cells(Resamples(cases=count, rng=np.random.default_rng(0)))
    meteor = open_meteor()
    figures: Figures = {"cases": count, "of": truths.name, "meteor": meteor.name}
    if OWN in touched:
        asked = [
            Answered(row, question, said(facts.seed, f"{OWN}-{number}"))
            for row, facts in enumerate(bench.facts)
            for number, question in enumerate(truths.questions(row), start=1)
        ]
        figures |= score_vqa(asked, cells, meteor)
    if REPORT in touched:
        written = [said(facts.seed, REPORT) for facts in bench.facts]
        figures["report"] = score_reports(written, truths, cells, meteor, None)
    return figures if blind is not None else _unasked(figures)


def _unasked(figures: Figures) -> Figures:
    """Figures with nothing where a system was not asked without the image."""
    shown: Figures = {}
    for name, value in figures.items():
        if name == "blind":
            shown[name] = dict.fromkeys(value) if isinstance(value, dict) else None
        else:
            shown[name] = _unasked(value) if isinstance(value, dict) else value
    return shown


def _others(bench: Bench, answers: Answers) -> Figures:
    """The same figures as those of `python -m train visitors`, without the search."""
    found = [
        VisitorAnswered(row, asked, said, judged(asked.wish, bench.facts[row], said))
        for row, visitors in enumerate(bench.visitors)
        for number, asked in enumerate(visitors, start=1)
        for said in (answers[bench.facts[row].seed, f"{OTHERS}-{number}"],)
    ]
    return visitor_figures(found, (), bench.visitor_cases)
