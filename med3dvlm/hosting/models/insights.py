"""What the models look like from inside, under the machinery of `med3dvlm/hosting/models/gpu.py`.

    insights = insights_of(handle)
    inside = insights.answer(volume, AS_TRAINED, "Where is the kidney stone?")
    low, high = insights.sources(volume, AS_TRAINED, inside, inside.words[0])
    for logits in insights.fits(pairs, (volume, other), AS_TRAINED): ...

Answers are those of the language model itself: no sentence is put around them, and earlier turns
are left out.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from med3dvlm.errors import CheckpointError
from med3dvlm.hosting.models.gpu import engine_of, on_gpu, start_seconds

if TYPE_CHECKING:  # the engine brings transformers, for which the page does not wait
    import numpy as np
    from numpy.typing import NDArray

    from med3dvlm.explain.maps.map import Map
    from med3dvlm.explain.prompt_pairs import Prompts
    from med3dvlm.explain.structure.convolution import Layer
    from med3dvlm.explain.structure.journey import Stop
    from med3dvlm.explain.structure.receptive import Field
    from med3dvlm.explain.words.inside import Word
    from med3dvlm.volumes.grid import InputChoice
    from med3dvlm.volumes.volume import Volume

    Floats = NDArray[np.float32]
    Voxel = tuple[float, float, float]

ANSWER_SECONDS, WORD_SECONDS, SCAN_SECONDS, STRUCTURE_SECONDS = 6, 2, 0.3, 3
MOST_SCANS = 200
TRIED = (32, 32, 32)  # voxels on which the stem is tried: its lattice repeats every four

NO_DUAL_ENCODER = (
    "This model has no dual encoder, which compares scans with texts. Choose a model that has one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """An answer and what is known of each of its words.

    Attributes:
        question: as the language model read it.
        answer: as the language model gave it.
        words: of the answer.
    """

    question: str
    answer: str
    words: "tuple[Word, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """The input of the model and how much of it the stem reads.

    Attributes:
        voxels: the model's input (D, H, W).
        measured: share of voxels that move the stem's output, by the loaded weights.
    """

    voxels: "Floats"
    measured: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """The functions of one engine."""

    answer: "Callable[[Volume, InputChoice, str], Inside]"
    sources: "Callable[[Volume, InputChoice, Inside, Word], tuple[Map, Map]]"
    fits: "Callable[[tuple[Prompts, ...], Iterable[Volume], InputChoice], Generator[Floats]]"
    stem: "Callable[[Volume, InputChoice], Stem]"
    field: "Callable[[Volume, InputChoice, Voxel, int], Field]"
    journey: "Callable[[Volume, InputChoice], tuple[Stop, ...]]"
    layers: "Callable[[], list[Layer]]"


def insights_of(handle: str) -> Insights:
    """The functions of the engine of a handle."""
    return Insights(
        answer=partial(look_inside, handle),
        sources=partial(word_sources, handle),
        fits=partial(fits, handle),
        stem=partial(stem, handle),
        field=partial(field, handle),
        journey=partial(journey, handle),
        layers=partial(layers, handle),
    )


def inside_seconds(handle: str, *_: object) -> int:
    """Seconds for an answer with the layers of each word."""
    return round(start_seconds(handle) + ANSWER_SECONDS)


def word_seconds(handle: str, *_: object) -> int:
    """Seconds for where one word comes from."""
    return round(start_seconds(handle) + WORD_SECONDS)


def fits_seconds(handle: str, *_: object) -> int:
    """Seconds for as many scans as may be compared; it ends sooner where there are fewer."""
    return round(start_seconds(handle) + SCAN_SECONDS * MOST_SCANS)


def structure_seconds(handle: str, *_: object) -> int:
    """Seconds for one look at the encoder."""
    return round(start_seconds(handle) + STRUCTURE_SECONDS)


@on_gpu(inside_seconds)
def look_inside(handle: str, volume: "Volume", choice: "InputChoice", question: str) -> Inside:
    """Ask the language model and look into every word of its answer.

    Raises:
        PromptError: the question is empty or too long, or the answer is.
    """
    from med3dvlm.engine.own_answer import own_answer
    from med3dvlm.explain.words import inside
    from med3dvlm.explain.words.answer_probe import AnswerProbe

    engine = engine_of(handle)
    spoken = own_answer(engine, engine.encode(volume, choice), question)
    with engine.models() as (vlm, _):
        probe = AnswerProbe(vlm, spoken.question, spoken.text)
        words = inside.look_inside(probe, vlm.input.prepare(volume, choice))
    others = [(piece.text, piece.alternatives) for piece in spoken.pieces]
    words = inside.with_alternatives(words, others)
    return Inside(question=spoken.question, answer=spoken.text, words=words)


@on_gpu(word_seconds)
def word_sources(
    handle: str, volume: "Volume", choice: "InputChoice", inside: Inside, word: "Word"
) -> "tuple[Map, Map]":
    """What speaks for a word of an answer, on the low and on the high grid."""
    from med3dvlm.explain.words.answer_probe import AnswerProbe

    with engine_of(handle).models() as (vlm, _):
        probe = AnswerProbe(vlm, inside.question, inside.answer)
        return probe.sources(vlm.input.prepare(volume, choice), *word.tokens)


@on_gpu(fits_seconds)
def fits(
    handle: str, pairs: "tuple[Prompts, ...]", volumes: "Iterable[Volume]", choice: "InputChoice"
) -> "Generator[Floats, None, None]":
    """Logits (pairs, 2) of each scan: how well either text of each pair fits it.

    Raises:
        CheckpointError: there is no dual encoder.
    """
    import numpy as np

    from med3dvlm.explain.zero_shot import TextPair

    engine = engine_of(handle)
    with engine.models() as (_, dual):
        if dual is None:
            raise CheckpointError(NO_DUAL_ENCODER)
        made = [TextPair(dual, *pair) for pair in pairs]
    for volume in volumes:
        seen = dual.input.prepare(volume, choice)
        with engine.models():  # between two scans others have their turn
            logits = TextPair.together(made, seen.tensor)
        yield np.asarray(logits[0].float().cpu().numpy(), np.float32)


@on_gpu(structure_seconds)
def stem(handle: str, volume: "Volume", choice: "InputChoice") -> Stem:
    """The model's input, and the share of it that the loaded stem reads."""
    from med3dvlm.explain.structure.lattice import stem_reads

    with engine_of(handle).models() as (vlm, _):
        seen = vlm.input.prepare(volume, choice)
        measured = float(stem_reads(vlm.model.encoder, TRIED).mean())
    return Stem(voxels=seen.tensor[0, 0].numpy(), measured=measured)


@on_gpu(structure_seconds)
def field(
    handle: str, volume: "Volume", choice: "InputChoice", voxel: "Voxel", stage: int
) -> "Field":
    """What the cell at a voxel of the scan sees; stage 3 is the low grid, 4 the high one."""
    from med3dvlm.explain.maps.map import cell_at, cells_over
    from med3dvlm.explain.structure.receptive import STRIDES, receptive_field

    with engine_of(handle).models() as (vlm, _):
        seen = vlm.input.prepare(volume, choice)
        encoder = vlm.model.encoder
        cells = encoder.config.grid(vlm.input.grid, stage)
        cell = cell_at(cells_over(seen.mapping, cells, stride=STRIDES[stage]), voxel)
        return receptive_field(encoder, seen, cell, stage=stage)


@on_gpu(structure_seconds)
def journey(handle: str, volume: "Volume", choice: "InputChoice") -> "tuple[Stop, ...]":
    """Every step from a scan to the language model."""
    from med3dvlm.explain.structure import journey as steps

    with engine_of(handle).models() as (vlm, _):
        return steps.journey(vlm, vlm.input.prepare(volume, choice))


def layers(handle: str) -> "list[Layer]":
    """The kinds of convolution of the loaded encoder; nothing is computed on a device."""
    from med3dvlm.explain.structure.convolution import layers_of

    with engine_of(handle).models() as (vlm, _):
        return layers_of(vlm.model.config.encoder, vlm.input.grid)
