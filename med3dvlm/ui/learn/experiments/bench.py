"""What an experiment has at hand: the loaded models, read through the same parts as Explain's.

bench = Bench(services=services, library=library)
bench.yes(volume, "kidney stone"), bench.said(volume, "Describe the findings.")
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace

from med3dvlm.choices import YES_NO
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.dialogue import GREEDY
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.lessons.revealed import Revealed
from med3dvlm.retrieval import Library
from med3dvlm.ui.explain.asking import ModelReader
from med3dvlm.volumes.volume import Volume

LONGEST = 200  # tokens of an answer
# An experiment says how far it is, and at its end what came out.
Running = Generator[float | Revealed]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The models, for one experiment.

    Attributes:
        services: the models.
        library: the library of the search tab, which may be loading.
    """

    services: Services
    library: Loading[Library]
    reader: ModelReader = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", ModelReader(self.services))

    def yes(self, volume: Volume | None, finding: str) -> float:
        """Probability that a finding is there; without a volume, that of a guess."""
        return float(self.reader.choose(volume, presence_question(finding), YES_NO)[0])

    def said(self, volume: Volume, question: str) -> str:
        """What the model answers in its own words."""
        features = self.reader.features(volume)
        decoding = replace(GREEDY, max_new_tokens=LONGEST)
        with closing(self.services.answer(features, Conversation(), question, decoding)) as events:
            return "".join(event.text for event in events).strip()


def agrees(share: float, *, there: bool) -> float:
    """The model's point for a yes-or-no question: one if it leans to what is true."""
    return float((share >= 0.5) == there)
