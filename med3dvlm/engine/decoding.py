"""How the next token of an answer is chosen: the settings of the decoding loop.

Decoding(temperature=0.7, seed=3)
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from med3dvlm.errors import ConfigError

if TYPE_CHECKING:  # the page doesn't wait for it
    from transformers import LogitsProcessorList


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How the next token is chosen.

    Attributes:
        max_new_tokens: longest answer.
        temperature: 0 takes the most probable token (greedy); higher values sample more randomly.
        top_p: sample from the smallest set of tokens with this share of the probability.
        top_k: sample from this many most probable tokens; 0 means all.
        repetition_penalty: values above 1 make repeated tokens less probable.
        seed: random seed for sampling; the same seed gives the same answer.
    """

    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise ConfigError(f"max_new_tokens must be at least 1, got {self.max_new_tokens}")
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.top_k < 0:
            raise ConfigError(
                "temperature and top_k must not be negative, and top_p must be in (0, 1]: "
                f"got {self.temperature}, {self.top_k}, {self.top_p}"
            )
        if self.repetition_penalty <= 0:
            raise ConfigError(f"repetition_penalty must be positive, got {self.repetition_penalty}")

    def processors(self) -> "LogitsProcessorList":
        """The logits processors that `transformers` would apply, in its order."""
        from transformers import (
            LogitsProcessorList,
            RepetitionPenaltyLogitsProcessor,
            TemperatureLogitsWarper,
            TopKLogitsWarper,
            TopPLogitsWarper,
        )

        chosen = LogitsProcessorList()
        if self.repetition_penalty != 1:
            chosen.append(RepetitionPenaltyLogitsProcessor(self.repetition_penalty))
        if self.temperature > 0:
            chosen.append(TemperatureLogitsWarper(self.temperature))
            if self.top_k:
                chosen.append(TopKLogitsWarper(self.top_k))
            if self.top_p < 1:
                chosen.append(TopPLogitsWarper(self.top_p))
        return chosen


def never() -> bool:
    """The stop signal for callers that never stop."""
    return False
