"""The benchmark's figures with their intervals, and the printed table.

figures = visitor_figures(answers, queries, cases)
print(visitor_table(figures))

Intervals come from resampling phantoms, or queries for search.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from med3dvlm.metrics.answer_kinds import ANSWER_KINDS
from med3dvlm.metrics.resampling import Resamples
from med3dvlm.phantoms.vocabulary.lexicon import REGISTERS
from train.evaluation.visitors.asking import Answered, VisitorCases
from train.evaluation.visitors.search import FIRST, Query

Figures = dict[str, Any]
FRAMES = {True: "own frames", False: "other frames"}


def visitor_figures(
    answers: Sequence[Answered], queries: Sequence[Query], cases: VisitorCases
) -> Figures:
    """All figures: yes/no by vocabulary and sentence frames, kinds of answer, content, search."""
    draws = Resamples(cases=cases.count, rng=np.random.default_rng(0))
    free = [one for one in answers if one.asked.part == "free"]
    follows = [one for one in answers if one.asked.part == "follow-up"]
    return {
        "phantoms": cases.count,
        "split": cases.split,
        "yes/no": _yes_no(answers, draws),
        "kinds": _kinds(free, draws),
        "content": _content(free, draws),
        "follow-ups": {
            "right kind": _share(follows, [one.verdict.right_kind for one in follows], draws),
            "right": _share(follows, [one.verdict.content for one in follows], draws),
        },
        "search": _search(queries),
    }


def _share(answers: Sequence[Answered], values: Sequence[float], draws: Resamples) -> Figures:
    if not answers:
        return {}
    edges = draws.interval(draws.mean([one.row for one in answers], values))
    return {
        "share": float(np.mean(values)), "low": edges.low, "high": edges.high,
        "questions": len(answers),
    }  # fmt: skip


def _yes_no(answers: Sequence[Answered], draws: Resamples) -> Figures:
    """By register and by sentence frames; also how many answers are a yes or a no at all."""
    figures: Figures = {}
    for register in REGISTERS:
        for own, name in FRAMES.items():
            chosen = [
                one
                for one in answers
                if one.asked.part == "yes/no"
                and (one.asked.register, one.asked.own_frames) == (register, own)
            ]
            if chosen:
                cell = _share(chosen, [one.verdict.content for one in chosen], draws)
                cell["yes or no"] = float(np.mean([one.yes_or_no for one in chosen]))
                figures.setdefault(register, {})[name] = cell
    return figures


def _kinds(free: Sequence[Answered], draws: Resamples) -> Figures:
    """Share of the right kind, by expected kind and overall, and a confusion table."""
    figures: Figures = {}
    for kind in ANSWER_KINDS:
        chosen = [one for one in free if one.verdict.wanted == kind]
        right = [one.verdict.right_kind for one in chosen]
        said = Counter(one.verdict.kind for one in chosen)
        if chosen:
            figures[kind] = _share(chosen, right, draws) | {"said": dict(said)}
    figures["all"] = _share(free, [one.verdict.right_kind for one in free], draws)
    return figures


def _content(free: Sequence[Answered], draws: Resamples) -> Figures:
    """How much of the answers from the image is right, by intent."""
    pictured = [one for one in free if one.verdict.wanted == "answer"]
    intents = sorted({one.asked.wish.intent for one in pictured})
    figures: Figures = {}
    for intent in intents:
        chosen = [one for one in pictured if one.asked.wish.intent == intent]
        figures[intent] = _share(chosen, [one.verdict.content for one in chosen], draws)
    figures["all"] = _share(pictured, [one.verdict.content for one in pictured], draws)
    return figures


def _search(queries: Sequence[Query]) -> Figures:
    figures: Figures = {}
    for register in REGISTERS:
        found = [query.precision for query in queries if query.register == register]
        if found:
            draws = Resamples(cases=len(found), rng=np.random.default_rng(0))
            edges = draws.interval(draws.mean(range(len(found)), found))
            figures[register] = {
                "share": float(np.mean(found)), "low": edges.low, "high": edges.high,
                "questions": len(found),
                "chance": float(np.mean([q.chance for q in queries if q.register == register])),
            }  # fmt: skip
    return figures


def visitor_table(figures: Figures) -> str:
    """A Markdown table, in percent."""
    lines = [
        f"| asked of {figures['phantoms']} {figures['split']} phantoms | right | 95 % interval | "
        "questions |",
        "|---|---|---|---|",
    ]
    for register, cells in figures["yes/no"].items():
        for name, cell in cells.items():
            note = f" ({100 * cell['yes or no']:.0f} % say yes or no)"
            lines.append(_line(f"yes/no, {register} words, {name}{note}", cell))
    for kind, cell in figures["kinds"].items():
        lines.append(_line(f"free question, right kind of answer: {kind}", cell))
    for intent, cell in figures["content"].items():
        lines.append(_line(f"free question, right answer: {intent}", cell))
    for name, cell in figures["follow-ups"].items():
        lines.append(_line(f"follow-up, {name}", cell))
    for register, cell in figures["search"].items():
        note = f" (chance {100 * cell['chance']:.1f})"
        lines.append(_line(f"search, {register} words, first {FIRST}{note}", cell))
    return "\n".join(lines)


def _line(name: str, cell: Figures) -> str:
    if not cell:
        return f"| {name} | - | - | 0 |"
    return (
        f"| {name} | {100 * cell['share']:.1f} | {100 * cell['low']:.1f} to "
        f"{100 * cell['high']:.1f} | {cell['questions']} |"
    )
