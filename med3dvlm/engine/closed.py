"""The answer to a question with choices: always one of them, by their probabilities.

shares = engine.choose(features, choices.text, choices.options)
chosen(choices.options, shares, Decoding()).text              # "B. coronal"

A model that writes its answer word by word can name what is none of the choices; scored as whole
answers, one of them is the likeliest. The sampling settings hold for choices as for words.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from med3dvlm.engine.agreement import Sample
from med3dvlm.engine.conversation import Alternative, TokenEvent
from med3dvlm.engine.decoding import Decoding

# V number of choices


def chosen(
    options: Sequence[str], shares: ArrayLike, decoding: Decoding, *, seconds: float = 0.0
) -> TokenEvent:
    """One choice as an answer; the others are its alternatives, the likeliest first."""
    told = np.asarray(shares, np.float64)
    taken = _drawn(told, decoding)
    others = sorted(
        (Alternative(option, float(share)) for option, share in zip(options, told, strict=True)),
        key=lambda other: -other.probability,
    )
    return TokenEvent(
        text=options[taken], probability=float(told[taken]), seconds=seconds,
        alternatives=tuple(other for other in others if other.text != options[taken]),
    )  # fmt: skip


def chosen_samples(
    options: Sequence[str], shares: ArrayLike, decoding: Decoding, count: int
) -> tuple[Sample, ...]:
    """Several answers, each with the next seed."""
    seeds = range(decoding.seed, decoding.seed + count)
    drawn = (chosen(options, shares, replace(decoding, seed=seed)).text for seed in seeds)
    return tuple(Sample(text, complete=True) for text in drawn)


def _drawn(shares: ArrayLike, decoding: Decoding) -> int:
    """The place of a choice, taken or drawn as a token would be."""
    import torch

    from med3dvlm.engine.decoding_loop import choose_token

    logits = torch.as_tensor(np.asarray(shares, np.float64)).log()[None]  # (1, V)
    nothing = torch.empty((1, 0), dtype=torch.long)
    return choose_token(
        nothing, logits.float(), decoding, torch.Generator().manual_seed(decoding.seed)
    )
