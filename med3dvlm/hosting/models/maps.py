"""Maps of what the models look at, under the machinery of `med3dvlm/hosting/models/gpu.py`.

    for step in draw(handle, "occlusion", volume, AS_TRAINED, "kidney stone"):
        step.map, step.done, step.of
    found = certificates_of(engine)         # by method, what was measured of it on phantoms

A text split takes any text. The others explain the answer to a question: whether a kind of finding
is there, or one with choices, of which the likeliest is explained. Occlusion takes any text, too.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.errors import CheckpointError, PromptError, VolumeError
from med3dvlm.hosting.models.gpu import engine_of, on_gpu, start_seconds
from med3dvlm.phantoms.findings import KINDS

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    from torch import Tensor

    from med3dvlm.engine.engine import Engine
    from med3dvlm.explain.maps.map import Map
    from med3dvlm.explain.maps.occlusion import Baseline, OcclusionStep, Score
    from med3dvlm.explain.trust.certificate import Certificate
    from med3dvlm.model.checkpoint import LoadedDualEncoder, LoadedVLM
    from med3dvlm.volumes.grid import InputChoice, ModelInput
    from med3dvlm.volumes.volume import Volume

Asked = tuple[str, Sequence[str]]
Method = Literal["text split", "occlusion", "gradient", "gradient on the high grid"]
SPLIT: Method = "text split"
OCCLUSION: Method = "occlusion"
GRADIENT: Method = "gradient"
GRADIENT_HIGH: Method = "gradient on the high grid"
METHODS: tuple[Method, ...] = (SPLIT, OCCLUSION, GRADIENT, GRADIENT_HIGH)
BATCH = 4  # covered scans that are scored together: a stop, and whoever is next, waits for one
SECONDS = {SPLIT: 1, OCCLUSION: 20, GRADIENT: 2, GRADIENT_HIGH: 2}

NO_DUAL_ENCODER = (
    "This model has no dual encoder, which a text split explains. Choose occlusion or the gradient."
)
NO_TEXT_COVERED = (
    "This model has no dual encoder, so it can't hold the scan against a text: choose one of the "
    "list, or type a question with choices (Which plane? A. axial B. coronal)."
)
NO_FINDING = (
    "The gradient explains an answer, and this is no question: choose one of the list, type one "
    "with choices (Which plane? A. axial B. coronal), or take another method, for any text."
)
TOO_SMALL = (
    "This scan is too small for a map: a block of the model's input would be less than one voxel. "
    "Open one with more slices."
)


def map_seconds(handle: str, method: Method, *_: object) -> int:
    """Seconds for one map."""
    return round(start_seconds(handle) + SECONDS[method])


@on_gpu(map_seconds)
def draw(
    handle: str,
    method: Method,
    volume: "Volume",
    choice: "InputChoice",
    wanted: str,
    baseline: "Baseline" = "mean",
) -> "Generator[OcclusionStep, None, None]":
    """One map as it becomes finer.

    Args:
        handle: of the engine.
        method: how the map is made.
        volume: the scan.
        choice: how it is prepared for the model.
        wanted: a kind of finding, a question with choices, or any text.
        baseline: what occlusion puts in place of a block.

    Raises:
        CheckpointError: the model lacks what the method explains.
        PromptError: the method needs a kind of finding, or there is no text.
        VolumeError: the scan is too small.
    """
    engine = engine_of(handle)
    if method == SPLIT:
        yield _whole(_split(engine, volume, choice, wanted))
        return
    asked = _asked(wanted)
    if method == OCCLUSION:
        yield from _occlusion(engine, volume, choice, (wanted, asked), baseline)
    elif asked is None:
        raise PromptError(NO_FINDING)
    else:
        low, high = _gradients(engine, volume, choice, asked)
        yield _whole(low if method == GRADIENT else high)


def _asked(wanted: str) -> "Asked | None":
    """The question that is meant, with its options; None for a text that is none."""
    from med3dvlm.engine.understanding.own_words import presence_question

    if wanted in KINDS:
        return presence_question(wanted), YES_NO
    choices = read_choices(wanted)
    return (choices.text, choices.options) if choices else None


def certificates_of(engine: "Engine") -> "dict[str, Certificate]":
    """What was measured of the maps of these very weights, by method; empty where nothing was."""
    from med3dvlm.explain.trust.certificate import certificates_beside

    found: dict[str, Certificate] = {}
    with engine.models() as models:
        for model in models:
            found |= certificates_beside(model) if model is not None else {}
    return found


def _whole(shown: "Map") -> "OcclusionStep":
    from med3dvlm.explain.maps.occlusion import OcclusionStep

    return OcclusionStep(shown, 1, 1)


def _split(engine: "Engine", volume: "Volume", choice: "InputChoice", text: str) -> "Map":
    from med3dvlm.explain.maps.map import HIGH_STRIDE
    from med3dvlm.explain.probes import TextProbe

    with engine.models() as (_, dual):
        if dual is None:
            raise CheckpointError(NO_DUAL_ENCODER)
        seen = _large_enough(dual, volume, choice, HIGH_STRIDE)
        return TextProbe(dual, text).split(seen)


def _occlusion(
    engine: "Engine", volume: "Volume", choice: "InputChoice",
    wanted: "tuple[str, Asked | None]", baseline: "Baseline",
) -> "Iterator[OcclusionStep]":  # fmt: skip
    from med3dvlm.explain.maps.occlusion import default_blocks, occlude
    from med3dvlm.explain.probes import TextProbe

    text, asked = wanted
    with engine.models() as (vlm, dual):
        if asked is None and dual is None:
            raise CheckpointError(NO_TEXT_COVERED)
        model = vlm if asked or dual is None else dual
        _, fine = default_blocks(model.input.grid)
        seen = _large_enough(model, volume, choice, fine)
        if asked:
            own, legend = _likeliest(vlm, seen, asked)
        elif dual is not None:
            own, legend = TextProbe(dual, text).score, f"similarity to: {text}"

    def score(volumes: "Tensor") -> "Tensor":
        with engine.models():  # between two batches others have their turn
            return own(volumes)

    for step in occlude(score, seen, batch=BATCH, baseline=baseline):
        shown = replace(step.map, legend=f"{step.map.legend}; {legend}")
        yield replace(step, map=shown)


def _likeliest(vlm: "LoadedVLM", seen: "ModelInput", asked: "Asked") -> "tuple[Score, str]":
    """The probability of a yes, or of the likeliest of other options, and its name."""
    from med3dvlm.explain.probes import OptionProbe

    question, options = asked
    probe = OptionProbe(vlm, question, options)
    option = 0 if tuple(options) == YES_NO else probe.likeliest(seen)
    return partial(probe.score, option=option), f"P({options[option]})"


def _gradients(
    engine: "Engine", volume: "Volume", choice: "InputChoice", asked: "Asked"
) -> "tuple[Map, Map]":
    """What speaks for an option and against others, on the low (finer) and on the high grid."""
    from med3dvlm.explain.maps.map import LOW_STRIDE
    from med3dvlm.explain.probes import OptionProbe

    question, options = asked
    with engine.models() as (vlm, _):
        seen = _large_enough(vlm, volume, choice, LOW_STRIDE)
        probe = OptionProbe(vlm, question, options)
        option = 0 if tuple(options) == YES_NO else probe.likeliest(seen)
        low, high = probe.gradients(seen, option)
    legend = f"speaks for: {options[option]} ({question.splitlines()[0]})"
    return replace(low, legend=legend), replace(high, legend=legend)


def _large_enough(
    model: "LoadedVLM | LoadedDualEncoder", volume: "Volume", choice: "InputChoice", block: int
) -> "ModelInput":
    """The model's input, if a block of so many of its voxels is at least a voxel of the scan."""
    seen = model.input.prepare(volume, choice)
    if min(seen.mapping.scale) * block < 1:
        raise VolumeError(TOO_SMALL)
    return seen
