"""The base language model of the phantom model: it learns to answer from facts before any image.

The published recipe starts from Qwen2.5, which is pretrained. The phantom recipe isn't, so a tiny
Qwen2 first learns the language of the phantoms without images: fact tokens take the place of the
image tokens, and the model learns to write reports and answers from them. A run of a few minutes
starts from a pretrained language model, as the published recipe does.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file, save_model
from torch import Tensor, nn
from transformers import Qwen2ForCausalLM

from med3dvlm.errors import TrainingError
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.mixer import MixerConfig
from med3dvlm.model.prompt import Prompt, PromptConfig
from med3dvlm.model.vlm import LanguageConfig, place_features
from med3dvlm.phantoms.facts import Variety, draw_facts
from med3dvlm.phantoms.splits import TRAINING, VALIDATION
from train.data.packing import collate, pack, padding_of
from train.data.phantoms.dialogues import DialogueMix, dialogues
from train.data.phantoms.labels import ATTRIBUTES, KIND_NAMES, labels_of
from train.data.phantoms.text import corpus, language_tokenizer
from train.loop.loop import Batch, Losses, Schedule, Stage
from train.loop.losses import answer_loss
from train.stages.names import FACT_TOKENS, LANGUAGE, TOKENIZER
from train.stages.readouts import fact_tokens

# B rows  T tokens of the longest row  N image tokens  C width of the language model

FIRST_SEED = TRAINING.start + 1_000_000
ROWS = 2_000_000
HELD_OUT = 48


DRILLS = DialogueMix(report=0, closed=0, open=0, yes_no=0, talk=0, organ=0, drill=10)
# Half of the rows make some facts uncertain, as in an image.
DOUBTFUL_ROWS, DOUBTFUL_FACTS, DOUBT = 0.5, 0.3, 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageStageConfig:
    """Model, schedule and mix of the pre-training; the projector gives the number of image tokens.

    Attributes:
        drills: first and last step (exclusive) of a phase with drills only. Finding the letter of
            a choice is a separate skill, which the model doesn't pick up along with the others.
        blind: share of rows without facts.
        start: folder of a VLM whose language model to start from; empty trains from scratch.
        variety: of the phantoms whose facts are read.
    """

    stage: Literal["language"] = "language"
    language: LanguageConfig
    projector: MixerConfig
    schedule: Schedule
    mix: DialogueMix = field(default_factory=DialogueMix)
    drills: tuple[int, int] = (0, 0)
    blind: float = 0.05
    start: str = ""
    variety: Variety = "tidy"

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it starts from."""
        return ()


def stage(config: LanguageStageConfig) -> Stage:
    """Pre-training on facts as a stage of the loop."""
    start = load_vlm(Path(config.start)) if config.start else None
    tokenizer = (
        language_tokenizer(config.language.vocabulary, corpus())
        if start is None else start.prompt.tokenizer
    )  # fmt: skip
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=config.projector.image_tokens))

    def rows_to_batch(seeds: list[int], salt: int, mix: DialogueMix) -> Batch:
        rngs = [np.random.default_rng([seed, 5, salt]) for seed in seeds]
        facts = [draw_facts(seed, variety=config.variety) for seed in seeds]
        packed = [
            pack(prompt, dialogues(case, rng, mix)) for case, rng in zip(facts, rngs, strict=True)
        ]
        labels = [labels_of(case) for case in facts]
        return {
            **collate(packed, padding_of(prompt)),
            "attributes": torch.from_numpy(np.stack([label.attributes for label in labels])),
            "places": torch.from_numpy(np.stack([label.places for label in labels])),
            "sizes": torch.from_numpy(np.stack([label.sizes for label in labels])),
        }

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        rng = np.random.default_rng([config.schedule.seed, 23, step])
        mix = DRILLS if step in range(*config.drills) else config.mix
        made = rows_to_batch([FIRST_SEED + int(row) for row in rows], config.schedule.seed, mix)
        sighted = rng.random(len(rows)) >= config.blind
        return made | {
            "doubt": torch.from_numpy(doubt_of(len(rows), rng)),
            "sighted": torch.from_numpy(sighted).float(),
        }

    def evaluate(model: nn.Module) -> dict[str, float]:
        held_out = rows_to_batch([VALIDATION.start + i for i in range(HELD_OUT)], 0, config.mix)
        figures = {}
        for name, sighted in (("seeing", 1.0), ("blind", 0.0)):
            losses = model(held_out | {"sighted": torch.full((HELD_OUT,), sighted)})
            figures[name] = float(losses["loss"])
            if sighted:
                figures["opening"] = float(losses["right"])
        return figures

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Reader)
        save_model(model.model, str(out / LANGUAGE))
        save_file(model.facts.state_dict(), out / FACT_TOKENS)
        tokenizer.save_pretrained(out / TOKENIZER)

    def build() -> Reader:
        reader = Reader(config, prompt.placeholder_id)
        if start is not None:
            reader.model.load_state_dict(_words_of(start, config))
        return reader

    return Stage(
        name=config.stage,
        build=build,
        rows=ROWS,
        batch=batch,
        evaluate=evaluate,
        finish=finish,
        pace=pace if config.start else lambda _: 1.0,
    )


def pace(name: str) -> float:
    """Learning rate factors: the new fact tokens learn faster than a pretrained model."""
    return 10.0 if name.startswith("facts.") else 1.0


def _words_of(start: LoadedVLM, config: LanguageStageConfig) -> dict[str, Tensor]:
    """The language model of a VLM.

    Raises:
        TrainingError: its size differs.
    """
    if start.model.config.language != config.language:
        raise TrainingError(f"{config.start} contains another language model than the one to train")
    state: dict[str, Tensor] = start.model.language_model.state_dict()
    return state


def doubt_of(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The share of another value to mix into each fact: float32 (count, K + A)."""
    shape = (count, len(KIND_NAMES) + len(ATTRIBUTES))
    doubted = (rng.random((count, 1)) < DOUBTFUL_ROWS) & (rng.random(shape) < DOUBTFUL_FACTS)
    return (doubted * rng.uniform(0, DOUBT, shape)).astype(np.float32)


class Reader(nn.Module):
    """A language model that answers from fact tokens, which are trained with it."""

    def __init__(self, config: LanguageStageConfig, placeholder_id: int) -> None:
        super().__init__()
        self.model = Qwen2ForCausalLM(config.language.qwen2())
        self.facts = fact_tokens(config.projector)
        self.placeholder_id = placeholder_id

    def forward(self, batch: Batch) -> Losses:
        """Mean loss of the answer tokens, and the share of answers with the right first token."""
        told = self.facts(
            batch["attributes"], batch["places"], batch["sizes"], doubt=batch.get("doubt")
        )
        told = told * batch["sighted"][:, None, None]  # (B, N, C)
        embeddings = self.model.get_input_embeddings()(batch["ids"])  # (B, T, C)
        logits = self.model(
            inputs_embeds=place_features(embeddings, batch["ids"] == self.placeholder_id, told),
            attention_mask=batch["mask"],
            position_ids=batch["positions"],
            use_cache=False,
        ).logits
        labels = batch["labels"]
        opens = (labels[:, 1:] >= 0) & (labels[:, :-1] < 0)
        right = logits[:, :-1][opens].argmax(dim=1) == labels[:, 1:][opens]
        return {"loss": answer_loss(logits, labels), "right": right.float().mean()}
