"""A model with prepared answers, to see what is made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.model import Said
from med3dvlm.model.prompt import Turn


@dataclass
class ScriptedModel:
    """Says what was prepared, and yes to the findings that are there."""

    region: str = "Abdomen"
    findings: Sequence[str] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    unsure: Sequence[str] = ()
    familiar: bool = True

    def said(self, question: str, turns: Sequence[Turn] = ()) -> Said:
        """A prepared answer."""
        self.asked.append(question)
        known = {own_words.REGION: self.region} | self.answers
        return Said(known[question], 0.9)

    def yes(self, question: str) -> float:
        """Yes to the findings that are there."""
        self.asked.append(question)
        there = {own_words.presence_question(kind) for kind in self.findings}
        return 0.9 if question in there else 0.1

    def sure_of(self, kind: str) -> bool:
        """Of all but those that were prepared."""
        return kind not in self.unsure
