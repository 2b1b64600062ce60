"""The engine: one VLM and one dual encoder behind a lock, with plain values in and out.

engine = load_engine(folder, device="cpu")
features = engine.encode(volume)                       # once per volume
for event in engine.answer(features, Conversation(), "Is there a stone?"):
    print(event.text, end="")
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from med3dvlm.choices import YES_NO
from med3dvlm.config import DUAL_ENCODER_FOLDER, READER_FOLDER, VLM_FOLDER
from med3dvlm.engine.agreement import Sample
from med3dvlm.engine.card import EngineCard
from med3dvlm.engine.claims import ClaimCheck
from med3dvlm.engine.conversation import Conversation, TokenEvent
from med3dvlm.engine.decoding import Decoding, never
from med3dvlm.engine.familiarity import Familiarity
from med3dvlm.engine.features import FloatArray, VolumeFeatures
from med3dvlm.engine.fitted import NOTHING_FITTED, Fitted, read_fitted
from med3dvlm.engine.own_card import card_of
from med3dvlm.engine.prefix_cache import DEFAULT_LIMIT_BYTES, PrefixCache
from med3dvlm.engine.search_scores import SearchScores, read_search_scores
from med3dvlm.engine.speaker import Speaker
from med3dvlm.engine.understanding import own_words
from med3dvlm.engine.understanding.interpreter import Interpreter
from med3dvlm.engine.understanding.model import AskedModel, kinds_in_view
from med3dvlm.engine.understanding.opening import open_understanding
from med3dvlm.engine.understanding.planning import Understanding
from med3dvlm.errors import CheckpointError, PromptError
from med3dvlm.model.checkpoint import (
    LoadedDualEncoder,
    LoadedVLM,
    load_dual_encoder,
    load_vlm,
)
from med3dvlm.model.dcformer import tokens
from med3dvlm.phantoms.vocabulary.lexicon import SPLITS, Split
from med3dvlm.values import whole_text
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice, ModelInput
from med3dvlm.volumes.volume import Volume

NO_SEARCH = "This model has no dual encoder, so it can't search."

# D H W model grid  N image tokens  C width of the language model  E width of a retrieval vector
# l h low and high tokens of the encoder (stages 3 and 4); a volume is a batch of 1


class Engine:
    """Everything the models can do; built once, safe to share between threads."""

    def __init__(
        self,
        vlm: LoadedVLM,
        dual_encoder: LoadedDualEncoder | None,
        *,
        device: str = "cpu",
        prefix_bytes: int = DEFAULT_LIMIT_BYTES,
        fitted: Fitted = NOTHING_FITTED,
        understanding: Understanding | None = None,
    ) -> None:
        self._vlm, self._dual = vlm, dual_encoder
        self._device = torch.device(device)
        self._lock = threading.Lock()
        prefixes = PrefixCache(prefix_bytes)
        speaker = Speaker(
            vlm, device=self._device, lock=self._lock, prefixes=prefixes,
            calibration=fitted.calibration,
        )  # fmt: skip
        self._fitted, self._understanding = fitted, understanding
        self._speaker = (
            Interpreter(speaker, understanding, self.claim_check) if understanding else speaker
        )
        # Now: on ZeroGPU the weights can't be reached later.
        real = fitted.real_scans
        self._card = replace(
            card_of(vlm, dual_encoder, device=str(self._device)),
            understands=understanding is not None,
            on_real_scans=real.sentence() if real else "",
        )

    @property
    def card(self) -> EngineCard:
        """Name, training data, size and device of the models."""
        return self._card

    @contextmanager
    def models(self) -> Iterator[tuple[LoadedVLM, LoadedDualEncoder | None]]:
        """The loaded models themselves; nobody else uses them until the `with` ends."""
        with self._lock:
            yield self._vlm, self._dual

    @property
    def retrieval_key(self) -> str:
        """Identifies the dual encoder that made a vector."""
        if self._dual is None:
            raise CheckpointError(NO_SEARCH)
        return self._dual.key

    @property
    def retrieval_width(self) -> int:
        """Length of a retrieval vector."""
        if self._dual is None:
            raise CheckpointError(NO_SEARCH)
        return self._dual.model.config.width

    def prepare(self, volume: Volume, choice: InputChoice = AS_TRAINED) -> ModelInput:
        """The exact input that the VLM gets for a volume."""
        return self._vlm.input.prepare(volume, choice)

    @torch.inference_mode()
    def encode(self, volume: Volume, choice: InputChoice = AS_TRAINED) -> VolumeFeatures:
        """Run both encoders on a volume; every later call reuses the features."""
        seen = self._vlm.input.prepare(volume, choice)
        with self._lock:
            tensor = seen.tensor.to(self._device)  # (1, 1, D, H, W)
            states = self._vlm.model.encoder(tensor)
            low, high = tokens(states[3]), tokens(states[4])  # (1, N_l, C_l), (1, N_h, C_h)
            image_tokens = self._vlm.model.projector(low, high)  # (1, N, C)
            embedding = self._embed_volume(volume, choice)
        return VolumeFeatures(
            digest=self._digest(volume, seen),
            image_tokens=_array(image_tokens[0]),
            low=_array(low[0]),
            high=_array(high[0]),
            embedding=embedding,
            window=seen.window,
            mapping=seen.mapping,
        )

    def _embed_volume(self, volume: Volume, choice: InputChoice) -> FloatArray:
        if self._dual is None:
            return np.zeros(0, np.float32)
        seen = self._dual.input.prepare(volume, choice)
        return _array(self._dual.model.embed_volume(seen.tensor.to(self._device))[0])

    def _digest(self, volume: Volume, seen: ModelInput) -> str:
        seal = hashlib.sha256()
        window = f"{seen.window.center}/{seen.window.width}"
        made = f"{seen.cropped} {seen.published}"
        for part in (volume.digest, window, made, self._vlm.digest):
            seal.update(part.encode())
        return seal.hexdigest()[:32]

    @torch.inference_mode()
    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts to unit vectors (len(texts), E) in the space of the volumes' embeddings.

        Raises:
            PromptError: a text is empty.
        """
        if self._dual is None:
            raise CheckpointError(NO_SEARCH)
        if not all(text.strip() for text in texts):
            raise PromptError("Type what to search for.")
        batch = self._dual.tokenizer(
            [whole_text(text) for text in texts],
            padding=True,
            truncation=True,
            max_length=self._dual.model.config.text.positions,
            return_tensors="pt",
        )
        with self._lock:
            vectors = self._dual.model.embed_text(
                batch["input_ids"].to(self._device), batch["attention_mask"].to(self._device)
            )
        return _array(vectors)

    def answer(
        self,
        features: VolumeFeatures,
        conversation: Conversation,
        question: str,
        *,
        decoding: Decoding | None = None,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[TokenEvent]:
        """Stream the answer to a question; earlier turns count if the model was trained on them.

        With a reader, they only tell what a follow-up is about; all else is asked on its own.

        Raises:
            PromptError: the question is empty or too long.
        """
        return self._speaker.answer(
            features, conversation, question, decoding=decoding or Decoding(), stopped=stopped
        )

    def considered(
        self, features: VolumeFeatures, conversation: Conversation, question: str,
        answer: Sequence[TokenEvent],
    ) -> tuple[TokenEvent, ...]:  # fmt: skip
        """The events of a whole answer to a question, now with their alternatives.

        Those of an answer that the language model didn't write stay as they are.
        """
        return self._speaker.considered(features, conversation, question, answer)

    def choose(
        self, features: VolumeFeatures, question: str, options: Sequence[str]
    ) -> NDArray[np.float64]:
        """Probability of each option as the answer, by scoring all of them; sums to 1.

        Calibrated if this model has a calibration. The options are what the model would answer:
        for a question with choices, they include the letters (`Choices.options`).

        Raises:
            PromptError: there are fewer than two options, one is empty, or the question is.
        """
        return self._speaker.choose(features, question, options)

    def sample(
        self,
        features: VolumeFeatures,
        conversation: Conversation,
        question: str,
        *,
        count: int = 5,
        decoding: Decoding | None = None,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[Sample, ...]]:
        """Sample several answers, with seeds counting up from `decoding.seed`; yields them all.

        Each is the same answer as its seed gives alone; `grouped`
        (`med3dvlm/engine/agreement.py`) counts those that agree. A greedy `decoding` is sampled
        at temperature 1.

        Raises:
            PromptError: the question is empty or too long, or `count` is not 2 to 32.
        """
        return self._speaker.sample(
            features, conversation, question,
            count=count, decoding=decoding or Decoding(max_new_tokens=64), stopped=stopped,
        )  # fmt: skip

    def familiarity(self, features: VolumeFeatures) -> Familiarity | None:
        """How close a volume is to the training data; None if that is unknown."""
        return self._fitted.familiarity(features)

    def claim_check(self, features: VolumeFeatures) -> ClaimCheck | None:
        """What tells whether a report of a volume may claim a finding; None if that is unknown."""
        return self._fitted.claim_check(features, lambda kind: self.presence(features, kind))

    def presence(self, features: VolumeFeatures, kind: str) -> float:
        """Probability that a kind of finding is present, by a yes/no question about it."""
        return float(self.choose(features, own_words.presence_question(kind), YES_NO)[0])

    @property
    def estimating(self) -> bool:
        """Whether entries of libraries get estimates."""
        return self.search_scores is not None and self.search_scores.share > 0

    def estimates(self, features: VolumeFeatures) -> dict[str, float]:
        """Probability of each kind of finding, to be kept with the entry of a library.

        The answers to 25 questions; of a scan unlike the training data, what the readout tells.
        What belongs to no region that the scan shows has none. Empty if it was not measured what
        they are worth in a search.
        """
        if not self.estimating:
            return {}
        shown = kinds_in_view(AskedModel(self._speaker, features, never))
        return self._fitted.estimates(features, lambda kind: self.presence(features, kind), shown)

    def searched_for(self, text: str) -> str:
        """A search text in the model's own words; unchanged if the model has no reader."""
        return self._understanding.searched_for(text) if self._understanding else text

    @property
    def search_scores(self) -> SearchScores | None:
        """From which similarity on a hit fits; None if that is unknown."""
        return self._fitted.search

    def forget_prefixes(self) -> None:
        """Empty the prefix cache; the next question reads its whole prompt again."""
        self._speaker.forget_prefixes()


def _array(tensor: Tensor) -> FloatArray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def load_engine(
    folder: Path, *, device: str = "cpu", prefix_bytes: int = DEFAULT_LIMIT_BYTES,
    names: Sequence[Split] = SPLITS,
) -> Engine:  # fmt: skip
    """An engine from a folder that holds a VLM, or the folders `vlm`, `dual_encoder`, `reader`.

    `prefix_bytes` limits the prefix cache; 0 disables it. `names` are the splits of the vocabulary
    whose names are looked up in questions; a measurement leaves out those that it asks in.

    Raises:
        CheckpointError: the folder is not a checkpoint.
    """
    paired = (folder / VLM_FOLDER).is_dir()
    speaks = folder / VLM_FOLDER if paired else folder
    vlm = load_vlm(speaks, device=device)
    dual, fitted = None, read_fitted(speaks, vlm.digest)
    if (searches := folder / DUAL_ENCODER_FOLDER).is_dir():
        dual = load_dual_encoder(searches, device=device)
        fitted = replace(fitted, search=read_search_scores(searches, dual.digest))
    return Engine(
        vlm, dual, device=device, prefix_bytes=prefix_bytes, fitted=fitted,
        understanding=open_understanding(folder / READER_FOLDER, names),
    )  # fmt: skip
