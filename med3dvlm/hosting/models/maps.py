"""Maps of what the models look at, under the machinery of `med3dvlm/hosting/models/gpu.py`.

    for step in draw(handle, "occlusion", volume, AS_TRAINED, "kidney stone"):
        step.map, step.done, step.of
    found = certificates_of(engine)         # by method, what was measured of it on phantoms

A text split takes any text; the other methods explain the answer to the question whether a kind of
finding is there.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from med3dvlm.choices import YES_NO
from med3dvlm.errors import CheckpointError, PromptError, VolumeError
from med3dvlm.hosting.models.gpu import engine_of, on_gpu, start_seconds
from med3dvlm.phantoms.findings import KINDS

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    from torch import Tensor

    from med3dvlm.engine.engine import Engine
    from med3dvlm.explain.maps.map import Map
    from med3dvlm.explain.maps.occlusion import OcclusionStep
    from med3dvlm.explain.trust.certificate import Certificate
    from med3dvlm.model.checkpoint import LoadedDualEncoder, LoadedVLM
    from med3dvlm.volumes.grid import InputChoice, ModelInput
    from med3dvlm.volumes.volume import Volume

Method = Literal["text split", "occlusion", "gradient"]
SPLIT: Method = "text split"
OCCLUSION: Method = "occlusion"
GRADIENT: Method = "gradient"
BATCH = 8  # covered scans that are scored together: a stop waits for one batch
SECONDS = {SPLIT: 1, OCCLUSION: 20, GRADIENT: 2}

NO_DUAL_ENCODER = (
    "This model has no dual encoder, which a text split explains. Choose occlusion or the gradient."
)
NO_FINDING = (
    "{method} explains a yes/no question about a finding, and this names none: choose one of the "
    "list, or the text split, which takes any text."
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
    handle: str, method: Method, volume: "Volume", choice: "InputChoice", wanted: str
) -> "Generator[OcclusionStep, None, None]":
    """One map as it becomes finer.

    Args:
        handle: of the engine.
        method: how the map is made.
        volume: the scan.
        choice: how it is prepared for the model.
        wanted: a kind of finding, or for a text split any text.

    Raises:
        CheckpointError: the model lacks what the method explains.
        PromptError: the method needs a kind of finding, or there is no text.
        VolumeError: the scan is too small.
    """
    engine = engine_of(handle)
    if method == SPLIT:
        yield _whole(_split(engine, volume, choice, wanted))
        return
    if wanted not in KINDS:
        raise PromptError(NO_FINDING.format(method=method.capitalize()))
    if method == GRADIENT:
        yield _whole(_gradient(engine, volume, choice, wanted))
    else:
        yield from _occlusion(engine, volume, choice, wanted)


def certificates_of(engine: "Engine") -> "dict[str, Certificate]":
    """What was measured of the maps of these very weights, by method; empty where nothing was."""
    from med3dvlm.engine.beside_weights import read_fitted_json
    from med3dvlm.explain.trust.certificate import CERTIFICATES, Certificates

    found: dict[str, Certificate] = {}
    with engine.models() as models:
        for model in models:
            if model is None or model.folder is None:
                continue
            path = model.folder / CERTIFICATES
            read = read_fitted_json(path, Certificates, weights=model.digest)
            found |= {one.method: one for one in read.methods} if read else {}
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
    engine: "Engine", volume: "Volume", choice: "InputChoice", kind: str
) -> "Iterator[OcclusionStep]":
    from med3dvlm.engine.understanding.own_words import presence_question
    from med3dvlm.explain.maps.occlusion import default_blocks, occlude
    from med3dvlm.explain.probes import OptionProbe

    with engine.models() as (vlm, _):
        _, fine = default_blocks(vlm.input.grid)
        seen = _large_enough(vlm, volume, choice, fine)
        probe = OptionProbe(vlm, presence_question(kind), YES_NO)

    def score(volumes: "Tensor") -> "Tensor":
        with engine.models():  # between two batches others have their turn
            return probe.score(volumes)

    yield from occlude(score, seen, batch=BATCH)


def _gradient(engine: "Engine", volume: "Volume", choice: "InputChoice", kind: str) -> "Map":
    """What speaks for a yes and against a no, on the low grid, whose cells are the finer ones."""
    from med3dvlm.engine.understanding.own_words import presence_question
    from med3dvlm.explain.maps.map import LOW_STRIDE
    from med3dvlm.explain.probes import OptionProbe

    with engine.models() as (vlm, _):
        seen = _large_enough(vlm, volume, choice, LOW_STRIDE)
        low, _ = OptionProbe(vlm, presence_question(kind), YES_NO).gradients(seen)
    return replace(low, legend=f"speaks for: {kind}")


def _large_enough(
    model: "LoadedVLM | LoadedDualEncoder", volume: "Volume", choice: "InputChoice", block: int
) -> "ModelInput":
    """The model's input, if a block of so many of its voxels is at least a voxel of the scan."""
    seen = model.input.prepare(volume, choice)
    if min(seen.mapping.scale) * block < 1:
        raise VolumeError(TOO_SMALL)
    return seen
