"""The part of a stage's configuration that belongs to its data: which rows, and how varied."""

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
            raise ConfigError(f"{name} is a share in [0, 1], got {share}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionRows:
    """Volumes of ready M3D data, with their captions."""

    encoded: ClassVar[bool] = False
    variation: Variation = field(default_factory=Variation)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRows:
    """Volumes of ready M3D data, with what is asked about them.

    Attributes:
        sources: what is asked.
        talk: chance that a row goes on with further questions.
        blind: chance that a row's image tokens are blanked.
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
        """Whether a row may hold more than one turn."""
        return self.talk > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomPairRows:
    """Phantoms that a frozen encoder has seen, with a report or something shorter each.

    Attributes:
        count: how many training phantoms are used; 0 for all.
        hard: share of batches whose cases share region, plane and phase.
        views: of each phantom that are encoded: as it is, the others jittered.
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
    """Phantoms that a frozen encoder has seen, with freshly worded questions.

    Attributes:
        mix: what a row asks.
        blind: share of rows whose image is blanked, so that the model also knows to answer blindly.
        omitted: kinds that reports leave out where the encoder is in doubt; phantoms with one are
            drawn `repeats` times an epoch, so that they are stated at lower odds.
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
