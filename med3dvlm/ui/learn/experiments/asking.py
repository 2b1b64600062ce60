"""Experiments that ask: before and after a change, with a false premise, several times.

Each takes the bench and the scene of a step, and ends with what came out.
"""

import math
from contextlib import closing

from med3dvlm.engine.conversation import Conversation
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.understanding.own_words import place_question, presence_question
from med3dvlm.explain.lab.perturbations import PERTURBATIONS
from med3dvlm.lessons.content import ANOTHER
from med3dvlm.lessons.percentage import Percentage
from med3dvlm.lessons.revealed import Revealed
from med3dvlm.lessons.scenes import Scene
from med3dvlm.lessons.scoring import kinds_named, score_writing
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.ui.learn.experiments.bench import Bench, Running, agrees
from med3dvlm.volumes.grid import AS_TRAINED

DESCRIBE = "Describe the findings."
SAMPLES, WARM = 5, Decoding(max_new_tokens=80, temperature=1.0, seed=1)
SIDES = ("right", "left")
PEOPLE = 6
SURE = 1e-4  # a probability never counts as less: its logarithm has no end


def changed(bench: Bench, scene: Scene) -> Running:
    """Whether it says yes to a finding once the scan is changed."""
    before = bench.yes(scene.pair.ill, scene.finding)
    yield 0.5
    after = bench.yes(scene.shown, scene.finding)
    # Nothing of it is in a blank scan, or in another person: a reader would say no there.
    there = scene.there and scene.step.change not in ("blank", ANOTHER)
    yield Revealed(
        truth=0 if after >= 0.5 else 1,
        model=agrees(after, there=there),
        values=_presence(bench, scene, after, before),
    )


def sure(bench: Bench, scene: Scene) -> Running:
    """How sure it is that a finding is there, in percent."""
    share = bench.yes(scene.shown, scene.finding)
    yield 0.5
    healthy = bench.yes(scene.pair.healthy, scene.finding)
    yield Revealed(
        truth=100 * share,
        model=agrees(share, there=scene.there),
        values=_presence(bench, scene, share, healthy),
    )


def _presence(bench: Bench, scene: Scene, yes: float, before: float) -> dict[str, object]:
    return {
        "question": presence_question(scene.finding), "finding": scene.finding,
        "yes": Percentage(yes), "yes_before": Percentage(before),
        "blind": Percentage(bench.yes(None, scene.finding)),
    }  # fmt: skip


def side(bench: Bench, scene: Scene) -> Running:
    """On which side it sees a finding once left and right are swapped."""
    question, places = place_question(scene.finding), both_sides(scene.step.place)
    before = bench.reader.choose(scene.pair.ill, question, places)
    yield 0.5
    mirrored = PERTURBATIONS["left and right swapped"](scene.pair.ill)
    after = bench.reader.choose(mirrored, question, places)
    chosen = int(after.argmax())
    true_side = 1 if "right" in scene.step.place else 0  # the other one
    yield Revealed(
        truth=chosen,
        model=float(chosen == true_side),
        values={
            "question": question, "before": SIDES[int(before.argmax())], "after": SIDES[chosen],
            "share": Percentage(float(after[chosen])),
        },
    )  # fmt: skip


def both_sides(place: str) -> tuple[str, str]:
    """A place on the right and on the left, as the model answers."""
    right = place.replace("left", "right").capitalize()
    return right, place.replace("right", "left").capitalize()


def agreement(bench: Bench, scene: Scene) -> Running:
    """In how many of several sampled answers it names a finding."""
    features = bench.reader.features(scene.shown)
    said: list[str] = []
    with closing(
        bench.services.sample(features, Conversation(), DESCRIBE, WARM, SAMPLES)
    ) as growing:
        for samples in growing:
            said = [sample.text for sample in samples]
            yield min(0.9, max(map(len, said)) / 300)
    named = [scene.finding in kinds_named(text) for text in said]
    yield Revealed(
        truth=sum(named),
        model=sum(named) / len(named) if scene.there else 1 - sum(named) / len(named),
        values={
            "finding": scene.finding, "agree": sum(named), "of": len(named),
            "first": said[0].strip(),
        },
    )  # fmt: skip


def leading(bench: Bench, scene: Scene) -> Running:
    """Whether the language model itself goes along with a question whose premise is false."""
    yield 0.2
    question = place_question(scene.finding)
    found = bench.services.insights.answer(scene.shown, AS_TRAINED, question)
    went_along = goes_along(found.answer)
    yield Revealed(
        truth=0 if went_along else 1, model=float(went_along == scene.there),
        values={"question": found.question, "said": found.answer},
    )  # fmt: skip


def goes_along(answer: str) -> bool:
    """Whether an answer to "where is it?" takes for granted that it is there."""
    words = answer.lower()
    return not any(word in words for word in ("no ", "not ", "n't", "none", "without"))


def chain(bench: Bench, scene: Scene) -> Running:
    """The same question before the first stage, after it, and after all of them."""
    finding = scene.finding
    last = bench.yes(scene.shown, finding)
    before = bench.yes(None, finding)
    yield 0.5
    texts = (f"there is a {finding}", f"there is no {finding}")
    fits = bench.reader.similarities(scene.shown, texts)
    first = None if not len(fits) else bool(fits[0] > fits[1]) == scene.there
    right = agrees(last, there=scene.there) == 1
    yield Revealed(
        truth=2 * int(right) + int(bool(first)),
        model=float(right),
        values={
            "question": presence_question(finding), "before": Percentage(before),
            "first": "no dual encoder" if first is None else ("right" if first else "wrong"),
            "last": Percentage(last),
        },
    )  # fmt: skip


def loss(bench: Bench, scene: Scene) -> Running:
    """Bits that it pays for the truth in people with and without a finding, seeing and blind."""
    seeing, blind, trial = list[float](), list[float](), scene.pair.trial
    for n in range(PEOPLE):
        size = trial.size_mm if n % 2 else 0
        pair = plant(Trial(seed=trial.seed + n, kind=trial.kind, place=trial.place, size_mm=size))
        for volume, bits in ((pair.ill, seeing), (None, blind)):
            share = bench.yes(volume, trial.kind)
            bits.append(-math.log2(max(share if size else 1 - share, SURE)))
        yield (n + 1) / PEOPLE
    after, before = sum(seeing) / PEOPLE, sum(blind) / PEOPLE
    right = sum(bits < 1 for bits in seeing) / PEOPLE
    yield Revealed(
        truth=round(after, 3), model=right,
        values={"finding": trial.kind, "before": before, "after": after, "of": PEOPLE},
    )  # fmt: skip


def written(bench: Bench, scene: Scene) -> Running:
    """The findings that a reader writes down, beside the model's own."""
    yield 0.3
    said = bench.said(scene.shown, DESCRIBE)
    truth = frozenset({scene.finding} if scene.there else ())
    there = ", ".join(filter(None, (scene.finding, scene.pair.trial.place))) if truth else "nothing"
    yield Revealed(
        truth=truth, model=score_writing(said, truth), values={"truth": there, "said": said}
    )
