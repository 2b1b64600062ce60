"""The kinds of map that are certified, as functions of a scan and a kind of finding.

method = TextSplit(load_dual_encoder(folder))
(shown,) = method.maps(method.prepare(volume), ("kidney stone",))
method.randomised()                     # the same with random weights
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from med3dvlm.choices import YES_NO
from med3dvlm.config import DUAL_ENCODER_FOLDER, VLM_FOLDER
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.errors import TrainingError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import default_blocks, occlude
from med3dvlm.explain.probes import OptionProbe, TextProbe
from med3dvlm.model.checkpoint import (
    LoadedDualEncoder,
    LoadedVLM,
    load_dual_encoder,
    load_vlm,
)
from med3dvlm.volumes.grid import ModelInput
from med3dvlm.volumes.volume import Volume

BATCH = 8  # scans that are encoded or asked about together
Model = TypeVar("Model", bound=nn.Module)


class Method(Protocol):
    """A kind of map, and the score that it explains."""

    @property
    def name(self) -> str:
        """As the page and the certificates call it."""

    def prepare(self, volume: Volume) -> ModelInput:
        """The model's input."""

    def score(self, volumes: Tensor, kind: str) -> Tensor:
        """Scores (B,) of model inputs (B, 1, D, H, W) for a kind of finding."""

    def right(self, ill: float, healthy: float) -> bool:
        """Whether the model got a lesion right, by its scores with it and without."""

    def maps(self, seen: ModelInput, kinds: Sequence[str]) -> list[Map]:
        """The maps of one input for kinds of finding, one each."""

    def randomised(self) -> "Method":
        """The same method with random weights."""


class TextSplit:
    """The dual encoder's similarity to the kind's name, split over the high grid."""

    name = "text split"

    def __init__(self, dual: LoadedDualEncoder) -> None:
        self.dual = dual
        self._probes: dict[str, TextProbe] = {}

    def prepare(self, volume: Volume) -> ModelInput:
        """The dual encoder's input."""
        return self.dual.input.prepare(volume)

    def score(self, volumes: Tensor, kind: str) -> Tensor:
        """Cosine with the kind's name."""
        return self._probe(kind).score(volumes)

    def right(self, ill: float, healthy: float) -> bool:
        """Whether the scan became more alike to the kind's name."""
        return ill > healthy

    def maps(self, seen: ModelInput, kinds: Sequence[str]) -> list[Map]:
        """The exact splits."""
        return [self._probe(kind).split(seen) for kind in kinds]

    def randomised(self) -> "TextSplit":
        """With random weights in both towers and heads."""
        dual = self.dual
        return TextSplit(
            LoadedDualEncoder(
                randomised(dual.model), dual.tokenizer, dual.input, dual.info, dual.digest
            )
        )

    def _probe(self, kind: str) -> TextProbe:
        return self._probes.setdefault(kind, TextProbe(self.dual, kind))


class Presence:
    """What maps of a VLM explain: the probability of a yes to the question about a kind."""

    def __init__(self, vlm: LoadedVLM) -> None:
        self.vlm = vlm

    def prepare(self, volume: Volume) -> ModelInput:
        """The VLM's input."""
        return self.vlm.input.prepare(volume)

    def score(self, volumes: Tensor, kind: str) -> Tensor:
        """Probability of a yes."""
        return self.probe(kind).score(volumes)

    def right(self, ill: float, healthy: float) -> bool:
        """Whether the likelier answer is yes with the lesion and no without."""
        return ill > 0.5 >= healthy

    def probe(self, kind: str) -> OptionProbe:
        """The yes/no question about a kind."""
        return OptionProbe(self.vlm, presence_question(kind), YES_NO)

    def random_vlm(self) -> LoadedVLM:
        """With random weights in all three parts."""
        vlm = self.vlm
        return LoadedVLM(randomised(vlm.model), vlm.prompt, vlm.input, vlm.info, vlm.digest)


class Gradient(Presence):
    """Gradient times input of yes against no, on the low grid, whose cells are the finer ones."""

    name = "gradient"

    def maps(self, seen: ModelInput, kinds: Sequence[str]) -> list[Map]:
        """The low grid's part."""
        return [self.probe(kind).gradients(seen)[0] for kind in kinds]

    def randomised(self) -> "Gradient":
        """With random weights."""
        return Gradient(self.random_vlm())


class Occlusion(Presence):
    """The fall of the probability when coarse blocks are covered."""

    name = "occlusion"

    def maps(self, seen: ModelInput, kinds: Sequence[str]) -> list[Map]:
        """The coarse maps; each covered scan is encoded once, whatever the number of kinds."""
        encoded: list[Tensor] = []
        return [self._coarse(seen, self.probe(kind), encoded) for kind in kinds]

    def _coarse(self, seen: ModelInput, probe: OptionProbe, encoded: list[Tensor]) -> Map:
        """A map after its coarse blocks; `encoded` has the image tokens of each step, or gets them.

        The steps are the same for every kind: the whole scan, then its covered copies.
        """
        steps = iter(tuple(encoded))

        @torch.inference_mode()
        def score(volumes: Tensor) -> Tensor:
            tokens = next(steps, None)
            if tokens is None:
                tokens = torch.cat([self._encode(part) for part in torch.split(volumes, BATCH)])
                encoded.append(tokens)
            parts = torch.split(tokens, BATCH)
            return torch.cat([probe.probabilities(part)[:, 0] for part in parts])

        coarse, fine = default_blocks(seen.mapping.grid)
        batch = seen.tensor[0].numel()  # more than there are blocks
        return next(occlude(score, seen, blocks=(coarse, fine), batch=batch)).map

    def _encode(self, volumes: Tensor) -> Tensor:
        """Image tokens (B, N, C) of model inputs (B, 1, D, H, W)."""
        model = self.vlm.model
        return model.encode(volumes.to(next(model.parameters()).device))

    def randomised(self) -> "Occlusion":
        """With random weights."""
        return Occlusion(self.random_vlm())


def randomised(model: Model) -> Model:
    """A copy with each weight shuffled within its tensor: the same numbers without what they mean.

    Shuffling keeps the sizes of what the layers compute, which fresh weights would not.
    """
    copy = deepcopy(model)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in copy.parameters():
            order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A checkpoint with the methods that explain it.

    Attributes:
        folder: of its weights.
        weights: their digest.
        methods: those that were asked for.
    """

    folder: Path
    weights: str
    methods: tuple[Method, ...]


def open_methods(model: Path, names: Sequence[str], device: str) -> list[Opened]:
    """The checkpoints that the named methods need.

    Raises:
        TrainingError: a name is unknown.
    """
    known = (TextSplit.name, Gradient.name, Occlusion.name)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise TrainingError(f"no map is called {unknown[0]!r}; known are {', '.join(known)}")
    opened = []
    if TextSplit.name in names:
        folder = model / DUAL_ENCODER_FOLDER
        dual = load_dual_encoder(folder, device=device)
        opened.append(Opened(folder=folder, weights=dual.digest, methods=(TextSplit(dual),)))
    kinds = [kind for kind in (Gradient, Occlusion) if kind.name in names]
    if kinds:
        folder = model / VLM_FOLDER
        vlm = load_vlm(folder, device=device)
        methods = tuple(kind(vlm) for kind in kinds)
        opened.append(Opened(folder=folder, weights=vlm.digest, methods=methods))
    return opened
