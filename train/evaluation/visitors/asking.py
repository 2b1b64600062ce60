"""Asks a model the benchmark's questions the way the page does, and judges its answers.

answers = ask_model(engine, VisitorCases(split="test", count=200))
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.errors import TrainingError
from med3dvlm.metrics.statements import states_yes
from med3dvlm.phantoms.case import DEFAULT_SHAPE, Shape, make_case
from med3dvlm.phantoms.splits import TEST, VALIDATION
from med3dvlm.phantoms.vocabulary.lexicon import Split
from train.evaluation.visitors.questions import FREE_EACH, Asked, draw_questions
from train.evaluation.visitors.truth import Verdict, judged

QUESTIONS_STREAM = 17
LONGEST = 200
SEEDS: dict[Split, range] = {"validation": VALIDATION, "test": TEST}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorCases:
    """Which phantoms to ask about, in the vocabulary of which split.

    Attributes:
        split: validation or test, for both phantoms and vocabulary.
        count: number of phantoms, from the first.
        free: free questions about each.
        shape: of the drawn scans.
    """

    split: Split
    count: int
    free: int = FREE_EACH
    shape: Shape = DEFAULT_SHAPE

    def __post_init__(self) -> None:
        if self.split not in SEEDS:
            raise TrainingError(f"the split must be validation or test, got {self.split}")
        if self.count < 1:
            raise TrainingError(f"the number of phantoms must be positive, got {self.count}")

    @property
    def seeds(self) -> range:
        """The phantoms' seeds."""
        return SEEDS[self.split][: self.count]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question about the phantom in a row, the answer, and the verdict."""

    row: int
    asked: Asked
    said: str
    verdict: Verdict

    @property
    def yes_or_no(self) -> bool:
        """Whether the answer contains a readable yes or no."""
        return states_yes(self.said) is not None


def ask_model(engine: Engine, cases: VisitorCases) -> list[Answered]:
    """Ask all questions; decoding is greedy, so every call gives the same."""
    answers: list[Answered] = []
    for row, seed in enumerate(tqdm(cases.seeds, desc="asking", unit="phantom")):
        case = make_case(seed, shape=cases.shape)
        features = engine.encode(case.volume)
        rng = np.random.default_rng([seed, QUESTIONS_STREAM])
        for asked in draw_questions(case.facts, rng, split=cases.split, free=cases.free):
            said = talk(engine, features, asked.texts)
            answers.append(Answered(row, asked, said, judged(asked.wish, case.facts, said)))
        engine.forget_prefixes()
    return answers


def talk(engine: Engine, features: VolumeFeatures, texts: tuple[str, ...]) -> str:
    """The answer to the last question; the earlier ones are the conversation before it."""
    conversation, said = Conversation(), ""
    for text in texts:
        said = "".join(_pieces(engine, features, conversation, text)).strip()
        conversation = conversation.with_turn(text, said)
    return said


def _pieces(
    engine: Engine, features: VolumeFeatures, conversation: Conversation, text: str
) -> Iterator[str]:
    decoding = Decoding(max_new_tokens=LONGEST)
    for event in engine.answer(features, conversation, text, decoding=decoding):
        yield event.text
