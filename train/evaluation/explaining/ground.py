"""The grounding card of an engine, as figures and as a table.

figures = grounding_figures(engine, phantom_cases(40))
print(grounding_table(figures))
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from med3dvlm.engine.engine import Engine
from med3dvlm.engine.scan_reader import ScanReader
from med3dvlm.explain.trust.asking import CONDITIONS, Case, ask
from med3dvlm.explain.trust.grounding import NAMES, RIGHT, grounding_card
from train.evaluation.cells import Figures


def grounding_figures(
    engine: Engine, cases: Sequence[Case], *, tell: Callable[[int], None] = lambda _: None
) -> Figures:
    """The card, its verdict, and the weights that it is about."""
    card = grounding_card(ask(ScanReader(engine), cases, tell=tell), rng=np.random.default_rng(0))
    return {"weights": engine.card.digest, "verdict": card.verdict, "card": asdict(card)}


def grounding_table(figures: Figures) -> str:
    """The figures as a Markdown table in percent, with the verdict below."""
    card = figures["card"]
    head = f"| {card['questions']} questions about {card['scans']} scans | share | 95 % interval |"
    lines = [head, "|---|---|---|"]
    lines += [_line(RIGHT[name], card["accuracy"][name]) for name in CONDITIONS]
    lines += [_line(name, card[key]) for key, name in NAMES.items()]
    return "\n".join([*lines, "", figures["verdict"]])


def _line(name: str, found: Figures | None) -> str:
    if found is None:
        return f"| {name} | - | - |"
    share, low, high = (f"{100 * found[part]:.1f}" for part in ("value", "low", "high"))
    return f"| {name} | {share} | {low} to {high} |"
