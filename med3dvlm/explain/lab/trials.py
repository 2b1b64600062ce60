"""One trial with a painted lesion: what a model makes of it, as JSON that can be repeated.

result = run_trial(reader, trial, question="Is there a lung nodule?", weights=digest)
again = read_trial(to_json(result)).trial
painted = ask_in_scan(reader, lesion, volume, question="Is there a gallstone?", weights=digest)
"""

from dataclasses import asdict, dataclass
from typing import TypeVar

from med3dvlm.choices import YES_NO
from med3dvlm.errors import ConfigError
from med3dvlm.explain.lab.behaviour import Reader
from med3dvlm.explain.lab.lesions import ScanLesion
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.values import from_json
from med3dvlm.volumes.volume import Volume

LONGEST = 10_000  # characters of JSON
DECIMALS = 4
CLOSE = 0.01  # other machines round otherwise
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What a model made of a trial.

    Attributes:
        trial: the seed and the few numbers from which it can be repeated.
        question: what was asked.
        weights: digest of the model.
        with_lesion: probability of a yes.
        without: of a yes for the same person without the lesion.
        blind: of a yes without an image.
        contrast_hu: mean difference between the lesion and what was there.
    """

    trial: Trial
    question: str
    weights: str
    with_lesion: float
    without: float
    blind: float
    contrast_hu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanTrial:
    """What a model made of a lesion painted into a scan.

    Attributes:
        scan: digest of the scan, which must be at hand to repeat the trial.
        voxel: `(z, y, x)` of the lesion's middle.
        kind: a kind that can be set at a point.
        size_mm: its diameter.
        contrast: 1 for the usual tissue.
        question: what was asked.
        weights: digest of the model.
        with_lesion: probability of a yes.
        without: of a yes for the same scan without the lesion.
        blind: of a yes without an image.
    """

    scan: str
    voxel: tuple[float, float, float]
    kind: str
    size_mm: float
    contrast: float
    question: str
    weights: str
    with_lesion: float
    without: float
    blind: float

    def __post_init__(self) -> None:
        _ = self.lesion  # raises what is wrong with it

    @property
    def lesion(self) -> ScanLesion:
        """What was painted, and where.

        Raises:
            ConfigError: it can't be painted.
        """
        return ScanLesion(
            voxel=self.voxel, kind=self.kind, size_mm=self.size_mm, contrast=self.contrast
        )


def run_trial(reader: Reader, trial: Trial, *, question: str, weights: str) -> TrialResult:
    """Paint the person with and without the lesion and ask about both."""
    pair = plant(trial)
    with_lesion, without, blind = (
        round(float(reader.choose(volume, question, YES_NO)[0]), DECIMALS)
        for volume in (pair.ill, pair.healthy, None)
    )
    return TrialResult(
        trial=trial, question=question, weights=weights, with_lesion=with_lesion, without=without,
        blind=blind, contrast_hu=round(pair.contrast_hu, 1),
    )  # fmt: skip


def run_scan_trial(
    reader: Reader, trial: ScanTrial, volume: Volume, *, weights: str
) -> ScanTrial:  # fmt: skip
    """Paint a trial's lesion into its scan again, and ask about the scan with it and without.

    Raises:
        VolumeError: it can't be painted there.
    """
    return ask_in_scan(reader, trial.lesion, volume, question=trial.question, weights=weights)


def ask_in_scan(
    reader: Reader, lesion: ScanLesion, volume: Volume, *, question: str, weights: str
) -> ScanTrial:
    """Paint a lesion into a scan, and ask about the scan with it and without.

    Raises:
        VolumeError: it can't be painted there.
    """
    ill = lesion.painted_into(volume)
    with_lesion, without, blind = (
        round(float(reader.choose(one, question, YES_NO)[0]), DECIMALS)
        for one in (ill, volume, None)
    )
    return ScanTrial(
        scan=volume.digest, **asdict(lesion), question=question, weights=weights,
        with_lesion=with_lesion, without=without, blind=blind,
    )  # fmt: skip


def read_trial(text: str) -> TrialResult:
    """A result from its JSON.

    Raises:
        ConfigError: it is none, or its trial can't be painted.
    """
    return _read(TrialResult, text)


def read_any_trial(text: str) -> TrialResult | ScanTrial:
    """A result in a phantom, or in a scan, from its JSON.

    Raises:
        ConfigError: it is none, or its trial can't be painted.
    """
    return _read(ScanTrial, text) if '"scan"' in text else _read(TrialResult, text)


def compared(earlier: TrialResult | ScanTrial, *, weights: str, with_lesion: float) -> str:
    """Whether a repeated trial gave what it gave before, in a sentence."""
    if earlier.weights != weights:
        return f"The trial was made with other weights: yes with it was {earlier.with_lesion:.2f}."
    same = abs(earlier.with_lesion - with_lesion) <= CLOSE
    return "It is as it was." if same else f"It was {earlier.with_lesion:.2f} before."


def _read(kind: type[T], text: str) -> T:
    if len(text) > LONGEST:
        raise ConfigError(f"a trial is at most {LONGEST} characters long, not {len(text)}")
    try:
        return from_json(kind, text)
    except (TypeError, RecursionError) as error:
        raise ConfigError(f"this is no trial: {error}") from None
