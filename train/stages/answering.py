"""What stages 2 and 3 share: a VLM that learns to answer about encoded phantoms.

The encoder is frozen and its tokens are computed once. Beside the language loss there may be a
readout loss, for data with labels: image token i must tell fact i (a plane, whether and where there
is a kidney stone), in a linear readout and by being near the token that the base language model has
learned to read. That gives the projector a direct task before the language model can help.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, load_model, save_model
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss
from transformers import PreTrainedTokenizerBase

from med3dvlm.errors import TrainingError
from med3dvlm.model.prompt import IGNORED, Prompt, PromptConfig
from med3dvlm.model.vlm import VLM, VLMConfig
from med3dvlm.phantoms.facts import Facts
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.dialogues import DialogueMix, dialogues
from train.data.phantoms.fact_tokens import PLACES
from train.data.phantoms.features import Features
from train.data.phantoms.jitter import Jitter
from train.data.phantoms.labels import ATTRIBUTES, KIND_NAMES, Labels
from train.data.phantoms.packing import collate, pack
from train.loop.loop import Batch, LoopConfig, Losses
from train.loop.losses import answer_loss, size_loss
from train.stages.warm_language import FACTS_FILE, fact_tokens

HELD_OUT = 64
# How much nearness to the fact tokens counts beside the readouts.
NEARNESS = 40.0


@dataclass(frozen=True, kw_only=True)
class AnsweringConfig:
    """Data, model and loop of stage 2 or 3.

    Attributes:
        encoder_weights: result of the warm start.
        start: folder of the stage before (its `learner.safetensors`), or None.
        language: folder of the base language model, read when there is no `start`.
        readout: weight of the readout loss; 0 leaves it out.
        readout_alone: first steps that learn readouts only, without the language model.
        blind: share of rows whose image is blanked, so that the model also knows to answer blindly.
        views: jittered copies of every phantom that are encoded.
        omitted: kinds that reports leave out where the encoder is in doubt; phantoms with one are
            drawn `repeats` times an epoch, so that they are stated at lower odds.
        repeats: see `omitted`.
    """

    training: Path
    validation: Path
    encoder_weights: Path
    features: Path
    language: Path
    start: Path | None
    model: VLMConfig
    loop: LoopConfig
    mix: DialogueMix = field(default_factory=DialogueMix)
    readout: float = 1.0
    readout_alone: int = 0
    blind: float = 0.08
    views: int = 2
    omitted: tuple[str, ...] = ()
    repeats: int = 1
    jitter: Jitter = field(default_factory=Jitter)


class Readouts(nn.Module):
    """One linear readout per image token: high tokens tell attributes, low ones kinds."""

    def __init__(self, config: VLMConfig) -> None:
        super().__init__()
        self.low_tokens = config.projector.low.tokens[-1]
        width = config.projector.width
        self.attributes = nn.ModuleList(nn.Linear(width, len(c)) for c in ATTRIBUTES.values())
        self.places = nn.ModuleList(nn.Linear(width, count) for count in PLACES.values())
        self.sizes = nn.ModuleList(nn.Linear(width, 1) for _ in KIND_NAMES)

    def forward(self, image_tokens: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Logits of attributes, logits of each kind's place, and sizes (B, K)."""
        low, high = image_tokens[:, : self.low_tokens], image_tokens[:, self.low_tokens :]
        attributes = [head(high[:, i]) for i, head in enumerate(self.attributes)]
        places = [head(low[:, i]) for i, head in enumerate(self.places)]
        sizes = torch.cat([head(low[:, i]) for i, head in enumerate(self.sizes)], dim=1)
        return attributes, places, sizes


class Answering(nn.Module):
    """A VLM with readouts that learns from batches of encoded phantoms."""

    def __init__(self, config: AnsweringConfig) -> None:
        super().__init__()
        self.model = VLM(config.model)
        self.facts = fact_tokens(config.model.projector).requires_grad_(False)
        self.readouts = Readouts(config.model)
        self.weight = config.readout

    def forward(self, batch: Batch) -> Losses:
        """Language loss, readout loss and their sum."""
        image_tokens = self.model.projector(batch["low"], batch["high"])
        parts: Losses = {}
        if self.weight:
            parts["readout"] = self.weight * self.read(image_tokens, batch)
            told = self.facts(batch["attributes"], batch["places"], batch["sizes"])
            parts["nearness"] = self.weight * NEARNESS * mse_loss(image_tokens, told)
        if batch["speaks"]:
            seen = image_tokens * batch["sighted"][:, None, None]
            output = self.model(batch["ids"], seen, batch["mask"], position_ids=batch["positions"])
            parts["language"] = answer_loss(output.logits, batch["labels"])
        return {"loss": torch.stack(list(parts.values())).sum(), **parts}

    def read(self, image_tokens: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of all readouts, summed over facts, and the error of sizes."""
        attributes, places, sizes = self.readouts(image_tokens)
        losses = [
            cross_entropy(logits, batch["attributes"][:, i], ignore_index=IGNORED)
            for i, logits in enumerate(attributes)
            if bool((batch["attributes"][:, i] >= 0).any())
        ]
        losses += [cross_entropy(logits, batch["places"][:, i]) for i, logits in enumerate(places)]
        losses.append(size_loss(sizes, batch["sizes"]))
        return torch.stack(losses).sum()


def build(config: AnsweringConfig, encoder: dict[str, Tensor]) -> Answering:
    """A learner with the encoder of the warm start and the weights of the stage before."""
    learner = Answering(config)
    if config.start is not None:
        load_model(learner, str(config.start / "learner.safetensors"))
        return learner
    learner.model.encoder.load_state_dict(encoder)
    try:
        # Of tied weights one is stored, under either name; load_model knows that.
        load_model(learner.model.language_model, str(config.language / "language.safetensors"))
        learner.facts.load_state_dict(load_file(config.language / FACTS_FILE))
    except RuntimeError as error:
        raise TrainingError(f"{config.language} holds another language model: {error}") from error
    return learner


def save(learner: nn.Module, out: Path) -> None:
    """Everything the next stage goes on from."""
    save_model(learner, str(out / "learner.safetensors"))


class AnsweringData:
    """Rows of encoded phantoms with freshly worded questions."""

    def __init__(
        self,
        config: AnsweringConfig,
        tokenizer: PreTrainedTokenizerBase,
        training: tuple[PhantomCache, Features],
        validation: tuple[PhantomCache, Features],
    ) -> None:
        self.config = config
        self.cache, self.features = training
        self.drawn = self.cache.drawn(config.omitted, config.repeats)
        self.held_out_cache, self.held_out_features = validation
        self.prompt = Prompt(
            tokenizer, PromptConfig(image_tokens=config.model.projector.image_tokens)
        )
        self.padding = cast("int", tokenizer.pad_token_id)

    def batch(self, step: int, rows: NDArray[np.int64]) -> Batch:
        """A training batch: one view, one wording, some rows blind."""
        rng = np.random.default_rng([self.config.loop.seed, 17, step])
        view = int(rng.integers(self.config.views))
        sighted = rng.random(len(rows)) >= self.config.blind
        speaks = step >= self.config.readout_alone
        rows = self.drawn[rows]
        return self._rows(self.cache, self.features, rows, view, sighted, rng, speaks=speaks)

    def evaluate(self, learner: nn.Module) -> dict[str, float]:
        """Held-out losses with and without the image."""
        figures = {}
        rows = np.arange(min(HELD_OUT, len(self.held_out_cache)))
        for name, sighted in (("seeing", True), ("blind", False)):
            rng = np.random.default_rng(0)
            batch = self._rows(
                self.held_out_cache, self.held_out_features, rows, 0,
                np.full(len(rows), sighted), rng, speaks=True,
            )  # fmt: skip
            losses = learner(batch)
            figures[name] = float(losses["language"])
            if "readout" in losses and sighted:
                figures |= {key: float(losses[key]) for key in ("readout", "nearness")}
        return figures

    def _rows(  # noqa: PLR0913
        self,
        cache: PhantomCache,
        features: Features,
        rows: NDArray[np.int64],
        view: int,
        sighted: NDArray[np.bool_],
        rng: np.random.Generator,
        *,
        speaks: bool,
    ) -> Batch:
        low, high = features.pick(view, torch.from_numpy(rows))
        batch: Batch = {
            "low": low, "high": high, "speaks": speaks,
            "sighted": torch.from_numpy(sighted).float(), **_targets(cache.labels, rows),
        }  # fmt: skip
        if speaks:
            facts = [cache.facts[int(row)] for row in rows]
            batch |= self._words(facts, rng)
        return batch

    def _words(self, facts: list[Facts], rng: np.random.Generator) -> dict[str, Tensor]:
        packed = [pack(self.prompt, dialogues(case, rng, self.config.mix)) for case in facts]
        return collate(packed, self.padding)


def _targets(labels: Labels, rows: NDArray[np.int64]) -> dict[str, Tensor]:
    return {
        "attributes": torch.from_numpy(labels.attributes[rows]),
        "places": torch.from_numpy(labels.places[rows]),
        "sizes": torch.from_numpy(labels.sizes[rows]),
    }
