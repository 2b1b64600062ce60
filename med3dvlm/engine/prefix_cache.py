"""A cache of what the language model has read: keys and values of the first prompt segments.

    kept = PrefixCache(limit_bytes=256 << 20)
    prompt = SegmentedPrompt(volume="seal", segments=segments)
    cache = kept.read(language_model, embeddings, prompt)
    decode(language_model, embeddings, ends=(end_id,), decoding=Decoding(), cache=cache)
    # which computes only the last segment

A prompt is read segment by segment: the image, each earlier turn, the question. Each segment goes
through the model in its own pass, whether or not the earlier ones were cached, so an answer is
bit-identical with and without the cache. Hold the engine's device lock while calling it.
"""

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM
from transformers.cache_utils import DynamicLayer

from med3dvlm.model.frozen import language
from med3dvlm.model.host_memory import available_host_bytes

# L length  C width  H key heads  D width of a head

DEFAULT_LIMIT_BYTES = 256 << 20
# With less than this left on the device, the cache is emptied.
RESERVED_BYTES = 512 << 20

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SegmentedPrompt:
    """A prompt in segments; `volume` identifies the image tokens at its placeholders."""

    volume: str
    segments: tuple[Ids, ...]

    def opening(self, count: int) -> "SegmentedPrompt":
        """The first `count` segments."""
        return SegmentedPrompt(self.volume, self.segments[:count])


@dataclass(frozen=True)
class Prefix:
    """Keys and values (1, H, L, D) of every layer; the tensors are never written to."""

    layers: tuple[tuple[Tensor, Tensor], ...]

    @cached_property
    def bytes(self) -> int:
        """Memory of its tensors, shared ones included."""
        return sum(tensor.nbytes for layer in self.layers for tensor in layer)


def memory_is_short(device: torch.device) -> bool:
    """Whether the device is nearly out of memory; on a CPU a container's limit counts."""
    if device.type != "cuda":
        return available_host_bytes() < RESERVED_BYTES
    idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + idle < RESERVED_BYTES


class PrefixCache:
    """Prefixes of recent prompts; the least recently used are dropped first.

    Args:
        limit_bytes: maximum memory of the cache; 0 disables it.
        short: whether the device is short of memory; if so, everything is dropped.
    """

    def __init__(
        self,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        *,
        short: Callable[[torch.device], bool] = memory_is_short,
    ) -> None:
        self._limit = limit_bytes
        self._short = short
        self._kept: OrderedDict[SegmentedPrompt, Prefix] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Memory of everything in the cache."""
        return sum(prefix.bytes for prefix in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Drop everything; this only makes the next question slower."""
        self._kept.clear()

    @torch.inference_mode()
    def read(
        self, language_model: Qwen2ForCausalLM, embeddings: Tensor, segmented: SegmentedPrompt
    ) -> DynamicCache:
        """The model's cache after all segments but the last; the caller may extend it.

        Args:
            language_model: the same at every call.
            embeddings: of the whole prompt (1, L, C).
            segmented: the corresponding token ids.
        """
        try:
            return self._read(language_model, embeddings, segmented)
        except torch.OutOfMemoryError:
            if not self._kept:
                raise
        self.clear()
        gc.collect()
        torch.cuda.empty_cache()
        return self._read(language_model, embeddings, segmented)

    def _read(
        self, language_model: Qwen2ForCausalLM, embeddings: Tensor, segmented: SegmentedPrompt
    ) -> DynamicCache:
        done, prefix = self._longest(segmented)
        cache = DynamicCache(prefix.layers if prefix else None, config=language_model.config)
        ends = _ends(segmented.segments[:-1])
        for count in range(done, len(ends)):
            start = ends[count - 1] if count else 0
            segment = embeddings[:, start : ends[count]]  # (1, L of the segment, C)
            language.states(language_model, segment, cache)
            self._keep(segmented.opening(count + 1), cache, embeddings.device)
        return cache

    def _longest(self, segmented: SegmentedPrompt) -> tuple[int, Prefix | None]:
        """How many segments are cached, and their keys and values; the last one never is."""
        for count in range(len(segmented.segments) - 1, 0, -1):
            opening = segmented.opening(count)
            if opening in self._kept:
                self._kept.move_to_end(opening)
                return count, self._kept[opening]
        return 0, None

    def _keep(self, opening: SegmentedPrompt, cache: DynamicCache, device: torch.device) -> None:
        if self._short(device):
            self.clear()
            return
        # A layer's tensors are replaced, never changed, when the cache grows: no copy is needed.
        prefix = Prefix(tuple(_keys_and_values(layer) for layer in cache.layers))
        if prefix.bytes > self._limit:
            return
        self._kept[opening] = prefix
        while self.bytes > self._limit:
            self._kept.popitem(last=False)


def _keys_and_values(layer: object) -> tuple[Tensor, Tensor]:
    assert isinstance(layer, DynamicLayer), "Qwen2 attends in every layer"
    assert layer.keys is not None
    assert layer.values is not None
    return layer.keys, layer.values


def _ends(segments: Iterable[Ids]) -> list[int]:
    """Where each segment ends, in tokens from the start of the prompt."""
    ends, length = [], 0
    for segment in segments:
        length += len(segment)
        ends.append(length)
    return ends
