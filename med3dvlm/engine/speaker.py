"""The language side of the engine: answers, option scores and samples for one volume.

The device lock is held for one token at a time, so that users take turns.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import DynamicCache

from med3dvlm.choices import have_letters
from med3dvlm.engine.agreement import Sample
from med3dvlm.engine.calibration import Calibration, softmax
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding
from med3dvlm.engine.decoding_loop import Step, decode, decode_samples
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.prefix_cache import PrefixCache, SegmentedPrompt
from med3dvlm.engine.scoring import score_answers
from med3dvlm.engine.whole_words import whole_words
from med3dvlm.errors import PromptError
from med3dvlm.model.checkpoint import LoadedVLM

# N image tokens  L length of the prompt  C width of the language model

MOST_SAMPLES = 32
SAMPLING_TEMPERATURE = 1.0
# What the tokenizer returns for the first bytes of an incomplete character.
INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


class Speaker:
    """One VLM's language model; the engine's methods of the same names are documented there."""

    def __init__(
        self,
        vlm: LoadedVLM,
        *,
        device: torch.device,
        lock: threading.Lock,
        prefixes: PrefixCache,
        calibration: Calibration | None,
    ) -> None:
        self._vlm = vlm
        self._device = device
        self._lock = lock
        self._prefixes = prefixes
        self._calibration = calibration

    def answer(
        self,
        features: VolumeFeatures,
        conversation: Conversation,
        question: str,
        *,
        decoding: Decoding,
        stopped: Callable[[], bool],
    ) -> Iterator[TokenEvent]:
        """Stream the answer to a question."""
        prompt = self._vlm.prompt
        segmented = self._segmented(features, conversation, question)
        said: list[int] = []
        shown = ""
        for step in self._steps(features, segmented, decoding, stopped):
            said.append(step.token)
            text = prompt.decode(said)
            if text.endswith(INCOMPLETE):
                text = shown
            yield TokenEvent(
                text=text[len(shown) :], probability=float(np.exp(step.log_probability)),
                alternatives=(), seconds=step.seconds, token=step.token,
            )  # fmt: skip
            shown = text

    def considered(
        self, features: VolumeFeatures, conversation: Conversation, question: str,
        answer: Sequence[TokenEvent],
    ) -> tuple[TokenEvent, ...]:  # fmt: skip
        """The events of an answer, each with the words that could have stood there instead."""
        said = [event.token for event in answer if event.token is not None]
        if not said or len(said) < len(answer):
            return tuple(answer)
        segmented = self._segmented(features, conversation, question)
        with self._lock:
            embeddings, cache = self._read(features, segmented)
            words = whole_words(self._vlm, embeddings, cache, said)
        return tuple(
            replace(event, alternatives=others) for event, others in zip(answer, words, strict=True)
        )

    def choose(
        self, features: VolumeFeatures, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option."""
        if len(options) < 2:
            raise PromptError("A choice needs at least two options.")
        if not all(option.strip() for option in options):
            raise PromptError("An option is empty. Fill it in or remove it.")
        answers = [self._vlm.prompt.answer_ids(option) for option in options]
        segmented = self._segmented(features, Conversation(), question)
        with self._lock:
            embeddings, cache = self._read(features, segmented)
            scored = score_answers(self._vlm.model.language_model, embeddings, cache, answers)
        made = self._calibration
        temperature = made.temperature(lettered=have_letters(options)) if made else 1.0
        return softmax([sum(answer) for answer in scored], temperature)

    def sample(
        self,
        features: VolumeFeatures,
        conversation: Conversation,
        question: str,
        *,
        count: int,
        decoding: Decoding,
        stopped: Callable[[], bool],
    ) -> Iterator[tuple[Sample, ...]]:
        """Several answers, generated in parallel."""
        if not 2 <= count <= MOST_SAMPLES:
            raise PromptError(f"Choose 2 to {MOST_SAMPLES} samples, not {count}.")
        if decoding.temperature == 0:
            decoding = replace(decoding, temperature=SAMPLING_TEMPERATURE)
        said: list[list[int]] = [[] for _ in range(count)]
        samples = [Sample()] * count
        for tokens in self._sampled(features, conversation, question, decoding, count):
            if stopped():
                return
            for row, token in enumerate(tokens):
                if token is None:
                    samples[row] = samples[row]._replace(complete=True)
                else:
                    said[row].append(token)
                    samples[row] = Sample(self._text(said[row]))
            yield tuple(samples)
        yield tuple(sample._replace(complete=True) for sample in samples)

    def _sampled(
        self, features: VolumeFeatures, conversation: Conversation, question: str,
        decoding: Decoding, count: int,
    ) -> Iterator[list[int | None]]:  # fmt: skip
        """The next token of each answer; the lock is released between tokens."""
        segmented = self._segmented(features, conversation, question)
        with self._lock:
            embeddings, cache = self._read(features, segmented)
        steps = decode_samples(
            self._vlm.model.language_model, embeddings, cache, ends=(self._vlm.prompt.end_id,),
            decodings=[replace(decoding, seed=decoding.seed + i) for i in range(count)],
        )  # fmt: skip
        while True:
            with self._lock:
                tokens = next(steps, None)
            if tokens is None:
                return
            yield tokens

    def _text(self, said: list[int]) -> str:
        """The text without an incomplete last character."""
        return self._vlm.prompt.decode(said).rstrip(INCOMPLETE).strip()

    def forget_prefixes(self) -> None:
        """Empty the prefix cache."""
        with self._lock:
            self._prefixes.clear()

    def _read(
        self, features: VolumeFeatures, segmented: SegmentedPrompt
    ) -> tuple[Tensor, DynamicCache]:
        """Embeddings of the whole prompt (1, L, C), and the cache up to its last segment."""
        embeddings = self._embeddings(features, segmented)
        return embeddings, self._prefixes.read(
            self._vlm.model.language_model, embeddings, segmented
        )

    def _segmented(
        self, features: VolumeFeatures, conversation: Conversation, question: str
    ) -> SegmentedPrompt:
        segments = self._vlm.prompt.segments(conversation.turns, question)
        return SegmentedPrompt(features.seal, tuple(map(tuple, segments)))

    def _steps(
        self,
        features: VolumeFeatures,
        segmented: SegmentedPrompt,
        decoding: Decoding,
        stopped: Callable[[], bool],
    ) -> Iterator[Step]:
        """The tokens; the lock is released between them."""
        if stopped():
            return
        language_model = self._vlm.model.language_model
        started = time.perf_counter()
        with self._lock:
            embeddings, cache = self._read(features, segmented)
        reading = time.perf_counter() - started
        steps = decode(
            language_model,
            embeddings,
            ends=(self._vlm.prompt.end_id,),
            decoding=decoding,
            cache=cache,
            stopped=stopped,
        )
        while True:
            with self._lock:
                step = next(steps, None)
            if step is None:
                return
            yield step._replace(seconds=step.seconds + reading)
            reading = 0.0

    @torch.inference_mode()
    def _embeddings(self, features: VolumeFeatures, segmented: SegmentedPrompt) -> Tensor:
        """Embeddings of a whole prompt (1, L, C); the caller holds the lock."""
        ids = torch.tensor(
            [[token for segment in segmented.segments for token in segment]]
        )  # (1, L)
        image_tokens = torch.from_numpy(features.image_tokens)[None].to(self._device)  # (1, N, C)
        return self._vlm.model.embed(ids.to(self._device), image_tokens)
