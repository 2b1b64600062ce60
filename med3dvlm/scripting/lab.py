"""What a model answers once a scan is changed, and whether it detects a painted lesion.

change = "blank", change_of("blank")
found = perturbed(engine, volume, change, options_of(["Is there a kidney stone?"]))
found.before, found.after, found.blind, found.moved
result = run_trial(ScanReader(engine), usual_trial("kidney stone"), question=asked, weights=digest)
lesion = lesion_at((40, 200, 310), "lung nodule")           # in a scan
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.scan_reader import ScanReader
from med3dvlm.errors import ConfigError, PromptError
from med3dvlm.explain.lab.behaviour import Watch, shift
from med3dvlm.explain.lab.lesions import ScanLesion
from med3dvlm.explain.lab.perturbations import Perturbation as Change
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial
from med3dvlm.phantoms.splits import TEST
from med3dvlm.volumes.volume import Volume

Answers = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """What a change of a scan did to the answers; each by question, then option.

    Attributes:
        change: what was done to the scan.
        before: of the scan as it is.
        after: of the changed scan.
        blind: without an image.
        moved: share of the probability that went to other options, 0 to 1, over all questions.
    """

    change: str
    before: Answers
    after: Answers
    blind: Answers
    moved: float

    def __str__(self) -> str:
        return f"{self.change}: {100 * self.moved:.0f} % of the probability moved to other options."


def options_of(questions: Sequence[str], options: Sequence[str] = ()) -> dict[str, Sequence[str]]:
    """Questions as the model is asked them, with the options in them, or else those given.

    Args:
        questions: with choices (`... A. axial B. coronal`) or without.
        options: of those without; Yes and No if none are given.
    """
    asked: dict[str, Sequence[str]] = {}
    for question in questions:
        choices = read_choices(question)
        text = choices.text if choices else question
        asked[text] = choices.options if choices else tuple(options) or YES_NO
    return asked


def perturbed(
    engine: Engine, volume: Volume, change: tuple[str, Change], asked: Mapping[str, Sequence[str]]
) -> Perturbation:
    """Ask about a scan before and after a change with its name, and without an image."""
    name, change_it = change
    watch = Watch(reader=ScanReader(engine), options=asked)
    before, after = watch.of(volume), watch.of(change_it(volume))
    return Perturbation(
        change=name, before=before.answers, after=after.answers, blind=watch.blind().answers,
        moved=shift(before, after),
    )  # fmt: skip


def usual_trial(
    kind: str, *, place: str | None = None, size_mm: int | None = None, contrast: float = 1.0,
    seed: int = TEST.start,
) -> Trial:  # fmt: skip
    """A lesion to paint into a phantom; what isn't said is as usual for its kind.

    Raises:
        PromptError: there is no such kind.
        ConfigError: it can't be painted so.
    """
    if kind not in KINDS:
        raise PromptError(f"The kind is one of {', '.join(KINDS)}, not {kind!r}.")
    return Trial(
        seed=seed, kind=kind, contrast=contrast,
        place=(KINDS[kind].places or ("",))[0] if place is None else place,
        size_mm=_usual_size(kind) if size_mm is None else size_mm,
    )  # fmt: skip


def lesion_at(
    voxel: Iterable[float], kind: str, *, size_mm: float | None = None, contrast: float = 1.0
) -> ScanLesion:
    """A lesion to paint into a scan; its size is as usual for its kind if it isn't said.

    Args:
        voxel: `(z, y, x)` of its middle, as in `Volume.voxels`.
        kind: one that can be set at a point.
        size_mm: its diameter.
        contrast: 1 for the usual tissue, 0 for none.

    Raises:
        ConfigError: it can't be painted so.
    """
    try:
        z, y, x = (float(number) for number in voxel)
    except (TypeError, ValueError):
        raise ConfigError(f"a voxel is three numbers (z, y, x), not {voxel!r}") from None
    size = _usual_size(kind) if size_mm is None and kind in KINDS else size_mm
    return ScanLesion(voxel=(z, y, x), kind=kind, size_mm=size or 0, contrast=contrast)


def _usual_size(kind: str) -> int:
    """The middle of a kind's sizes in training, in mm."""
    return round(sum(KINDS[kind].size_mm) / 2)
