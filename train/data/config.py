"""The data part of a stage's configuration: which rows, and how they are augmented."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from med3dvlm.errors import ConfigError
from train.data.look import Variation
from train.data.phantoms.dialogues import DialogueMix
from train.data.phantoms.jitter import Jitter

QuestionSource = Literal["captions", "open", "closed", "yes/no"]


def _check_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ConfigError(f"{name} must be a share in [0, 1], got {share}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRows:
    """Volumes of ready M3D data, with their captions."""

    encoded: ClassVar[bool] = False
    variation: Variation = field(default_factory=Variation)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRows:
    """Volumes of ready M3D data, with questions about them.

    Attributes:
        sources: kinds of question.
        talk: probability that a row has follow-up questions.
        blind: probability that a row's image tokens are blanked.
    """

    encoded: ClassVar[bool] = False
    sources: tuple[QuestionSource, ...]
    variation: Variation = field(default_factory=Variation)
    talk: float = 0.0
    blind: float = 0.0

    def __post_init__(self) -> None:
        _check_shares(talk=self.talk, blind=self.blind)

    @property
    def follows_up(self) -> bool:
        """Whether a row may have more than one turn."""
        return self.talk > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomPairRows:
    """Phantoms encoded by a frozen encoder, each with a report or a shorter text.

    Attributes:
        count: number of training phantoms to use; 0 for all.
        hard: share of batches whose cases have the same region, plane and phase.
        views: encoded versions of each phantom: the first unchanged, the others jittered.
    """

    encoded: ClassVar[bool] = True
    count: int = 0
    hard: float = 0.7
    views: int = 2
    jitter: Jitter = field(default_factory=Jitter)

    def __post_init__(self) -> None:
        _check_shares(hard=self.hard)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomTalkRows:
    """Phantoms encoded by a frozen encoder, with freshly worded questions.

    Attributes:
        mix: what a row asks.
        blind: share of rows whose image is blanked, so that the model also learns to answer blind.
        omitted: kinds that reports leave out when the encoder is unsure; phantoms with one of them
            come `repeats` times an epoch, so that the model states them at a lower probability.
        repeats: see `omitted`.
        views: see `PhantomPairRows`.
    """

    encoded: ClassVar[bool] = True
    follows_up: ClassVar[bool] = True
    mix: DialogueMix = field(default_factory=DialogueMix)
    blind: float = 0.08
    omitted: tuple[str, ...] = ()
    repeats: int = 1
    views: int = 2
    jitter: Jitter = field(default_factory=Jitter)

    def __post_init__(self) -> None:
        _check_shares(blind=self.blind)


PairRows = CaptionRows | PhantomPairRows
TalkRows = QuestionRows | PhantomTalkRows
