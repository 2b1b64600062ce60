"""A speaker that understands free questions: the one place that all questions go through.

    interpreter = Interpreter(speaker, Understanding(reader))
    interpreter.answer(features, conversation, "liver ok?", decoding=decoding, stopped=never)

Questions in the model's own words reach the speaker as they are, unless they are about a part that
the scan doesn't show. No earlier turn goes with a question: it is complete, or was completed by its
plan.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from med3dvlm.engine.agreement import Sample
from med3dvlm.engine.claims import ClaimCheck
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.speaker import Speaker
from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.model import AskedModel, Said
from med3dvlm.engine.understanding.plan import Plan
from med3dvlm.engine.understanding.planning import Understanding
from med3dvlm.engine.understanding.responses import (
    deciding_question,
    in_view,
    not_shown,
    refused,
    remarked,
    respond,
    together,
    unsure,
)

Stopped = Callable[[], bool]
# What tells which findings may be listed of a volume.
Checks = Callable[[VolumeFeatures], ClaimCheck | None]


def no_check(_: VolumeFeatures) -> None:
    """A model without thresholds lists whatever it names."""


class Interpreter:
    """One speaker and the understanding of questions to it; methods as the speaker's."""

    def __init__(
        self, speaker: Speaker, understanding: Understanding, checks: Checks = no_check
    ) -> None:
        self._speaker = speaker
        self.understanding = understanding
        self._checks = checks

    def answer(
        self, features: VolumeFeatures, conversation: Conversation, question: str, *,
        decoding: Decoding, stopped: Stopped,
    ) -> Iterator[TokenEvent]:  # fmt: skip
        """Stream the answer to a question, however it is worded."""
        started = time.perf_counter()
        plan = self.understanding.plan(question, conversation.turns)
        if stopped():
            return
        model = self._asked(features, stopped)
        plan = in_view(model, plan)
        said = self._composed(model, plan, question)
        if stopped():
            return
        if said is not None:
            yield TokenEvent(
                text=said.text, probability=said.probability, alternatives=(),
                seconds=time.perf_counter() - started, understood=plan.understood,
            )  # fmt: skip
            return
        asked = plan.question or question
        for event in self._speaker.answer(
            features, Conversation(), asked, decoding=decoding, stopped=stopped
        ):
            yield replace(event, understood=plan.understood)

    def considered(
        self, features: VolumeFeatures, _: Conversation, question: str,
        answer: Sequence[TokenEvent],
    ) -> tuple[TokenEvent, ...]:  # fmt: skip
        """The events of an answer with their alternatives; those of a composed one stay."""
        asked = (answer[0].understood if answer else "") or question
        return self._speaker.considered(features, Conversation(), asked, answer)

    def choose(
        self, features: VolumeFeatures, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option; the question is taken as it is."""
        return self._speaker.choose(features, question, options)

    def sample(
        self, features: VolumeFeatures, conversation: Conversation, question: str, *,
        count: int, decoding: Decoding, stopped: Stopped,
    ) -> Iterator[tuple[Sample, ...]]:  # fmt: skip
        """Several answers: to the question of the model's own that decides, if there is one.

        To a message with several questions each is a row of answers, given once all are there.
        """
        plan = self.understanding.plan(question, conversation.turns)
        model = self._asked(features, stopped)
        plan = in_view(model, plan)

        def samples(part: Plan) -> Iterator[tuple[Sample, ...]]:
            refusal = self._refusal(model, part, question)
            if refusal is not None:
                return iter([(Sample(refusal.text, complete=True),) * count])
            turns, asked = deciding_question(model, part) if part.question else ((), question)
            return self._speaker.sample(
                features, Conversation(turns), asked,
                count=count, decoding=decoding, stopped=stopped,
            )  # fmt: skip

        if plan.also:
            yield from side_by_side([samples(part) for part in plan.all if not part.refused])
        else:
            yield from samples(plan)

    def forget_prefixes(self) -> None:
        """Empty the prefix cache."""
        self._speaker.forget_prefixes()

    def _asked(self, features: VolumeFeatures, stopped: Stopped) -> AskedModel:
        check = self._checks(features)
        # Of scans like the training data, what it names is rarely wrong.
        strict = check if check is not None and check.unfamiliar else None
        return AskedModel(self._speaker, features, stopped, strict)

    def _composed(self, model: AskedModel, plan: Plan, question: str) -> Said | None:
        """An answer made from the model's own; None where the model is to speak for itself."""
        said = together(model, plan) if plan.also else self._refusal(model, plan, question)
        if said is None and plan.wish is not None:
            said = respond(model, plan)
        return said and remarked(model, plan, said)

    def _refusal(self, model: AskedModel, plan: Plan, question: str) -> Said | None:
        """A sentence that isn't read from the image, if that is what the question gets."""
        if plan.wish is None:
            subject = own_words.subject_of(question.strip())
            return not_shown(model, subject) or unsure(model, subject)
        return refused(model, plan)


def side_by_side(streams: Sequence[Iterator[tuple[Sample, ...]]]) -> Iterator[tuple[Sample, ...]]:
    """The samples of several questions as one, once all are there; none if a stream was stopped."""
    ends = [tuple(stream)[-1:] for stream in streams]
    if all(ends):
        yield tuple(_one_of(row) for row in zip(*(end for (end,) in ends), strict=True))


def _one_of(samples: Sequence[Sample]) -> Sample:
    text = " / ".join(sample.text for sample in samples)
    return Sample(text, complete=all(sample.complete for sample in samples))
