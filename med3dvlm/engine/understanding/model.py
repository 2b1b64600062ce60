"""What the answers ask of the model: a sentence in its own words, or how likely a yes is.

model = AskedModel(speaker, features, stopped)
model.said("Where is the kidney stone?")         # Said("Left kidney", 0.91)
model.yes("Is there a kidney stone?")            # 0.88
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from med3dvlm.choices import YES_NO
from med3dvlm.engine.claims import ClaimCheck
from med3dvlm.engine.confidence import mean_probability
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.understanding import own_words
from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.acquisition import REGIONS, Region
from med3dvlm.phantoms.findings import KINDS

# A part that the model doesn't name is only taken to be in the scan when that is rather sure.
SHOWN = 0.8
SHORT = Decoding(max_new_tokens=64)


class Said(NamedTuple):
    """A text, and how probable the model finds it."""

    text: str
    probability: float


class Model(Protocol):
    """A model that can be asked about one volume."""

    def said(self, question: str, turns: Sequence[Turn] = ()) -> Said:
        """The answer to a question in the model's own words, after some turns."""

    def yes(self, question: str) -> float:
        """How likely a yes is, against a no."""

    def sure_of(self, kind: str) -> bool:
        """Whether a finding that it names may be listed, as in a report."""

    @property
    def familiar(self) -> bool:
        """Whether the scan is like the training data, so that probabilities can be believed."""


class Speaks(Protocol):
    """The language model, with or without what understands questions before it."""

    def answer(
        self, features: VolumeFeatures, conversation: Conversation, question: str, *,
        decoding: Decoding, stopped: Callable[[], bool],
    ) -> Iterator[TokenEvent]:  # fmt: skip
        """The events of an answer."""

    def choose(
        self, features: VolumeFeatures, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option."""


class AskedModel:
    """The language model and one volume; a question that comes again is not asked again.

    `check` tells which findings may be listed; without one, all that the model names.
    """

    def __init__(
        self, speaker: Speaks, features: VolumeFeatures, stopped: Callable[[], bool],
        check: ClaimCheck | None = None,
    ) -> None:  # fmt: skip
        self._speaker, self._features, self._stopped = speaker, features, stopped
        self._check = check
        self._known: dict[tuple[str, tuple[Turn, ...]], Said] = {}

    def said(self, question: str, turns: Sequence[Turn] = ()) -> Said:
        """The answer to a question, decoded greedily."""
        asked = question, tuple(turns)
        if asked not in self._known:
            self._known[asked] = self._ask(*asked)
        return self._known[asked]

    def _ask(self, question: str, turns: tuple[Turn, ...]) -> Said:
        events = list(
            self._speaker.answer(
                self._features, Conversation(turns), question,
                decoding=SHORT, stopped=self._stopped,
            )
        )  # fmt: skip
        text = "".join(event.text for event in events).strip()
        return Said(text, mean_probability(events) or 0.0)

    def yes(self, question: str) -> float:
        """The calibrated probability of a yes."""
        return float(self._speaker.choose(self._features, question, YES_NO)[0])

    def sure_of(self, kind: str) -> bool:
        """Whether it is sure enough of a finding, in a scan unlike the training data."""
        return self._check is None or self._check.is_sure(kind)

    @property
    def familiar(self) -> bool:
        """Whether the scan is like the training data."""
        return self._check is None


def regions_shown(model: Model, wanted: Sequence[Region] = REGIONS) -> tuple[Region, ...]:
    """Which of some regions the scan shows; what the model names first needs no second question."""
    named = model.said(own_words.REGION).text.lower()
    if named.startswith("no "):
        return ()
    main = tuple(region for region in REGIONS if region in named)
    if set(main) & set(wanted):
        return main
    others = [region for region in wanted if region not in main]
    return (*main, *(r for r in others if model.yes(own_words.region_check(r)) > SHOWN))


def kinds_in_view(model: Model) -> frozenset[str]:
    """The kinds of finding that belong to a region which the scan shows."""
    shown = set(regions_shown(model))
    return frozenset(name for name, kind in KINDS.items() if shown & set(kind.regions))
