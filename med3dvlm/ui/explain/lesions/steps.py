"""What the models make of a painted lesion, step by step: the quick first, the map last.

for step in lesion_steps(services, painter, choice, "lung nodule", texts):
    step.shown, step.trial
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace

from med3dvlm.choices import YES_NO
from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.dialogue import GREEDY
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.explain.lab.trials import DECIMALS
from med3dvlm.explain.maps.map import Map
from med3dvlm.hosting.models.maps import OCCLUSION
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.ui.explain.asking import ModelReader, TextVectors
from med3dvlm.ui.explain.lesions.painting import Found, Painted, exported, picture_of
from med3dvlm.ui.explain.lesions.shown import Lesion, LesionMap
from med3dvlm.ui.explain.map_files import draw_map
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.explain.slices import webp
from med3dvlm.volumes.grid import InputChoice

LONGEST = 60  # tokens of the answer
RANKED = "Place {place} of {count} findings by likeness to the scan; place {before} without it."


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A map with all its blocks, and what it was drawn of."""

    map: Map
    painted: Painted


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is known so far.

    Attributes:
        shown: for the page.
        trial: the whole trial as JSON; empty while it isn't whole.
        found: its numbers; None while they aren't there.
        drawn: the map, to be saved; None while it isn't whole.
    """

    shown: Lesion
    trial: str = ""
    found: Found | None = None
    drawn: Drawn | None = None


def lesion_steps(
    services: Services, painter: Callable[[], Painted], choice: InputChoice, kind: str,
    texts: TextVectors,
) -> Generator[Step]:  # fmt: skip
    """Picture and probability, the answer, what it is held against, and then the map.

    Args:
        services: the models.
        painter: paints the lesion.
        choice: how the scan is prepared for the model.
        kind: the kind of finding.
        texts: vectors of texts, which are kept there.
    """
    started, question = time.perf_counter(), presence_question(kind)
    painted = painter()
    reader = ModelReader(services, choice, texts)
    shares = reader.choose(painted.volume, question, YES_NO)
    picture = picture_of(painted)
    shown = Lesion(
        picture=picture, told=painted.told, question=question,
        seconds=time.perf_counter() - started,
        options=dict(zip(YES_NO, map(float, shares), strict=True)),
    )  # fmt: skip
    yield Step(shown=shown)
    shown = replace(shown, answer=_answer(services, reader, painted, question))
    yield Step(shown=shown)
    place = _place(reader, painted, kind)
    without = reader.choose(painted.healthy, question, YES_NO)[0]
    blind = reader.choose(None, question, YES_NO)[0]
    before = _place(reader, painted, kind, healthy=True)
    with_it, without, blind = (round(float(one), DECIMALS) for one in (shares[0], without, blind))
    rank = RANKED.format(place=place, count=len(KINDS), before=before) if place else ""
    shown = replace(shown, others=(without, blind), rank=rank)
    found = Found(
        question=question, weights=services.card.digest, with_lesion=with_it,
        without=without, blind=blind,
    )  # fmt: skip
    yield Step(shown=shown, trial=exported(painted, found), found=found)
    drawn: Drawn | None = None
    for blocks, one in _maps(services, painted, choice, kind):
        shown, drawn = replace(shown, map=one), Drawn(blocks, painted)
        yield Step(shown=shown)
    yield Step(shown=shown, drawn=drawn)


def _answer(services: Services, reader: ModelReader, painted: Painted, question: str) -> str:
    features = reader.features(painted.volume)
    decoding = replace(GREEDY, max_new_tokens=LONGEST)
    with closing(services.answer(features, Conversation(), question, decoding)) as events:
        return "".join(event.text for event in events).strip()


def _place(reader: ModelReader, painted: Painted, kind: str, *, healthy: bool = False) -> int:
    """The place of a kind's name among all kinds by likeness to the scan; 0 without a search."""
    kinds = list(KINDS)
    found = reader.similarities(painted.healthy if healthy else painted.volume, kinds)
    return 1 + int((found > found[kinds.index(kind)]).sum()) if len(found) else 0


def _maps(
    services: Services, painted: Painted, choice: InputChoice, kind: str
) -> Generator[tuple[Map, LesionMap]]:
    """The coarse blocks of occlusion over the lesion's slice: whole maps take longer."""
    certificate = services.certificates.get(OCCLUSION)
    believed = certificate.verdict if certificate else NOT_MEASURED
    middle = painted.center or tuple((n - 1) / 2 for n in painted.volume.shape)
    blocks: tuple[int, ...] | None = None
    with closing(services.map(OCCLUSION, painted.volume, choice, kind)) as steps:
        for step in steps:
            if blocks not in (None, step.map.mapping.grid):
                return
            blocks = step.map.mapping.grid
            picture = draw_map(step.map, painted.volume, painted.window, z=round(middle[0]))
            yield (
                step.map,
                LesionMap(
                    picture=webp(picture), means=step.map.means, means_not=step.map.means_not,
                    believed=believed,
                ),
            )  # fmt: skip
