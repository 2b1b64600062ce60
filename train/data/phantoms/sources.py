"""Phantoms as a source for the stages: tokens of a frozen encoder with texts or questions.

training, validation = encode_phantoms(encoder, caches, work=folder, views=1, jitter=Jitter())
source = PhantomPairSource(training, validation, PhantomPairRows(), seed=0)
source.batch(step, rows).texts

Most batches of pairs come from one region, plane and phase, so that only findings tell their cases
apart.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from med3dvlm.model.prompt import Turn
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.true_report import true_report
from train.data.config import PhantomPairRows, PhantomTalkRows
from train.data.phantoms.dialogues import dialogues
from train.data.phantoms.features import EncodedPhantoms
from train.data.phantoms.labels import Labels
from train.data.phantoms.pools import pools_of
from train.data.phantoms.text import Claim, corpus, describe_case
from train.data.sources import Pairs, Rows, Talks
from train.loop.loop import batches
from train.loop.stage import Batch

TEXTS_AT_A_TIME = 64


class PhantomPairSource:
    """Encoded phantoms with texts, worded differently each time."""

    def __init__(
        self,
        training: EncodedPhantoms,
        validation: EncodedPhantoms,
        config: PhantomPairRows,
        *,
        seed: int,
    ) -> None:
        self.training, self.validation = training, validation
        self.config, self.seed = config, seed
        self.facts = training.cache.facts[: config.count or None]
        self.pools = pools_of(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def corpus(self) -> Iterator[str]:
        """What is said of training phantoms."""
        return corpus()

    def batch(self, step: int, rows: Rows) -> Pairs:
        """Rows of a step, or as many rows that differ only in their findings."""
        rng = np.random.default_rng([self.seed, step, int(rows[0])])
        if rng.random() < self.config.hard:
            pool = self.pools[int(rng.integers(len(self.pools)))]
            rows = rng.choice(pool, min(len(rows), len(pool)), replace=False)
        cases = [self.facts[int(row)] for row in rows]
        texts, claims = zip(*(describe_case(case, rng) for case in cases), strict=True)
        view = int(rng.integers(self.config.views))
        low, high = self.training.features.pick(view, torch.from_numpy(rows))
        return Pairs({"low": low, "high": high, "positives": truth(cases, claims)}, list(texts))

    def held_out(self, count: int) -> Iterator[Pairs]:
        """The first validation phantoms with their reports."""
        cases = self.validation.cache.facts
        for rows in batches(min(count, len(cases)), TEXTS_AT_A_TIME):
            low, high = self.validation.features.pick(0, torch.tensor(rows))
            texts = [true_report(cases[row]).text for row in rows]
            yield Pairs({"low": low, "high": high}, texts)


def truth(facts: Sequence[Facts], claims: Sequence[Claim]) -> Tensor:
    """Which texts (columns) are true of which cases (rows), as bool (B, B)."""
    return torch.tensor([[claim.holds(case) for claim in claims] for case in facts])


class PhantomTalkSource:
    """Encoded phantoms with freshly worded questions, and their labels."""

    def __init__(
        self,
        training: EncodedPhantoms,
        validation: EncodedPhantoms,
        config: PhantomTalkRows,
        *,
        seed: int,
    ) -> None:
        self.training, self.validation = training, validation
        self.config, self.seed = config, seed
        self.drawn = training.cache.drawn(config.omitted, config.repeats)

    def __len__(self) -> int:
        return len(self.drawn)

    def corpus(self) -> Iterator[str]:
        """What is said of training phantoms."""
        return corpus()

    def batch(self, step: int, rows: Rows, *, speaks: bool) -> Talks:
        """Rows of a step: one view, one wording, some with the image blanked."""
        rng = np.random.default_rng([self.seed, 17, step])
        view = int(rng.integers(self.config.views))
        sighted = rng.random(len(rows)) >= self.config.blind
        rows = self.drawn[rows]
        said = self._words(self.training, rows, rng) if speaks else []
        return Talks(_seen(self.training, rows, view, sighted), said)

    def held_out(self, count: int) -> Iterator[Talks]:
        """The first validation phantoms."""
        rows = np.arange(min(count, len(self.validation.cache)))
        words = self._words(self.validation, rows, np.random.default_rng(0))
        yield Talks(_seen(self.validation, rows, 0, np.ones(len(rows), np.bool_)), words)

    def _words(
        self, phantoms: EncodedPhantoms, rows: Rows, rng: np.random.Generator
    ) -> list[list[list[Turn]]]:
        return [dialogues(phantoms.cache.facts[int(row)], rng, self.config.mix) for row in rows]


def _seen(phantoms: EncodedPhantoms, rows: Rows, view: int, sighted: NDArray[np.bool_]) -> Batch:
    low, high = phantoms.features.pick(view, torch.from_numpy(rows))
    return {
        "low": low, "high": high, "sighted": torch.from_numpy(sighted).float(),
        **_targets(phantoms.cache.labels, rows),
    }  # fmt: skip


def _targets(labels: Labels, rows: Rows) -> dict[str, Tensor]:
    return {
        "attributes": torch.from_numpy(labels.attributes[rows]),
        "places": torch.from_numpy(labels.places[rows]),
        "sizes": torch.from_numpy(labels.sizes[rows]),
    }
