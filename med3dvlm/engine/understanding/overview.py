"""Answers about all findings at once: whether there are any, which, and how many.

what_is_shown(model, Wish(intent="what is shown"))
# Said("A kidney stone and a liver cyst can be seen.", 0.8)
"""

from typing import NamedTuple

from med3dvlm.engine.claims import WITHHELD
from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.model import Model, Said, regions_shown
from med3dvlm.engine.understanding.sentences import listed
from med3dvlm.phantoms.findings import KINDS, Kind
from med3dvlm.phantoms.true_report import read_findings
from med3dvlm.phantoms.vocabulary.wishes import Wish

NOTHING_SEEN = "No abnormality is seen."
NOTHING_SURE = "No abnormality is seen for sure."


def any_abnormality(model: Model, wish: Wish) -> Said:
    """Whether all is well."""
    told = _overview(model)
    if told.kinds:
        opening = "No" if wish.tone == "well" else "Yes"
        return told.said(f"{opening}: {listed(told.kinds)} can be seen.")
    if told.unsure:
        return told.said(NOTHING_SURE)
    return told.said("Yes, no abnormality is seen." if wish.tone == "well" else NOTHING_SEEN)


def what_is_shown(model: Model, _: Wish) -> Said:
    """The findings."""
    told = _overview(model)
    if not told.kinds:
        return told.said(told.nothing)
    text = listed(told.kinds)
    return told.said(f"{text[0].upper()}{text[1:]} can be seen.")


def listed_without(model: Model, spoken_of: frozenset[str]) -> Said:
    """The findings besides those that were already spoken of."""
    told = _overview(model, spoken_of)
    if not told.kinds:
        sure = " for sure" if told.unsure else ""
        return told.said(f"No other abnormality is seen{sure}.")
    return told.said(f"Besides that, {listed(told.kinds)} can be seen.")


def count_all(model: Model, _: Wish) -> Said:
    """How many findings there are."""
    told = _overview(model)
    if not told.kinds:
        return told.said(told.nothing)
    count = len(told.kinds)
    there, noun = ("is", "finding") if count == 1 else ("are", "findings")
    return told.said(f"There {there} {count} {noun}: {listed(told.kinds)}.")


class Overview(NamedTuple):
    """What the model names when asked what is abnormal: kinds it is sure of, and others."""

    kinds: list[str]
    unsure: list[str]
    probability: float

    @property
    def nothing(self) -> str:
        """What is said where it is sure of no finding."""
        return NOTHING_SURE if self.unsure else NOTHING_SEEN

    def said(self, text: str) -> Said:
        """A sentence about it, and what isn't sure enough to be listed."""
        names = ", ".join(KINDS[kind].names[0] for kind in self.unsure)
        left = f" {WITHHELD.format(names)}" if names else ""
        return Said(f"{text}{left}", self.probability)


def _overview(model: Model, spoken_of: frozenset[str] = frozenset()) -> Overview:
    """The kinds that the model names, without those of parts that the scan doesn't show."""
    said = model.said(own_words.ABNORMALITIES)
    named = {kind for kind, _ in read_findings(said.text)} - spoken_of
    kinds = [name for name, kind in KINDS.items() if name in named and _in_view(model, kind)]
    sure = [kind for kind in kinds if model.sure_of(kind)]
    return Overview(sure, [kind for kind in kinds if kind not in sure], said.probability)


def _in_view(model: Model, kind: Kind) -> bool:
    return bool(set(regions_shown(model, kind.regions)) & set(kind.regions))
