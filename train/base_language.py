"""The base language model of the phantom model: it learns to read reports and answer about them.

The published recipe starts from Qwen2.5, which already reads. Ours has no such start, so a tiny
Qwen2 first learns the language of the phantoms from text alone: a report stands where the image
tokens will stand, and reports and answers are learned from it.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save_model
from torch import Tensor, nn
from transformers import Qwen2ForCausalLM

from med3dvlm.model.prompt import Prompt, PromptConfig
from med3dvlm.model.vlm import LanguageConfig
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.report import write_report
from med3dvlm.phantoms.splits import TRAINING, VALIDATION
from train.dialogues import DialogueMix, dialogues
from train.loop import Batch, LoopConfig, Losses, Stage
from train.packing import collate, pack
from train.text import language_tokenizer

FIRST_SEED = TRAINING.start + 1_000_000
ROWS = 2_000_000
HELD_OUT = 48


@dataclass(frozen=True, kw_only=True)
class LanguageStageConfig:
    """Model, loop and mix of the text-only pre-training."""

    language: LanguageConfig
    loop: LoopConfig
    mix: DialogueMix = field(default_factory=DialogueMix)


def stage(config: LanguageStageConfig) -> Stage:
    """Text-only pre-training as a stage of the loop."""
    tokenizer = language_tokenizer(config.language.vocabulary)
    prompt = Prompt(tokenizer, PromptConfig(image_tokens=1))
    padding = tokenizer.pad_token_id

    def rows_to_batch(seeds: list[int], salt: int) -> dict[str, Tensor]:
        packed = []
        for seed in seeds:
            facts, rng = draw_facts(seed), np.random.default_rng([seed, 5, salt])
            text = write_report(facts, variant=int(rng.integers(1_000_000))).text
            context = prompt.text_ids(text)
            packed.append(pack(prompt, dialogues(facts, rng, config.mix), context=context))
        return collate(packed, padding)

    def batch(_: int, rows: NDArray[np.int64]) -> Batch:
        return dict(rows_to_batch([FIRST_SEED + int(row) for row in rows], config.loop.seed))

    def evaluate(model: nn.Module) -> dict[str, float]:
        held_out = rows_to_batch([VALIDATION.start + i for i in range(HELD_OUT)], 0)
        return {name: float(value) for name, value in model(held_out).items()}

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Reader)
        save_model(model.model, str(out / "language.safetensors"))
        tokenizer.save_pretrained(out / "tokenizer")

    return Stage(
        name="language",
        build=lambda: Reader(config.language),
        rows=ROWS,
        batch=batch,
        evaluate=evaluate,
        finish=finish,
    )


class Reader(nn.Module):
    """A language model that reads: called with a batch it gives the mean loss of the answers."""

    def __init__(self, config: LanguageConfig) -> None:
        super().__init__()
        self.model = Qwen2ForCausalLM(config.qwen2())

    def forward(self, batch: Batch) -> Losses:
        """Mean loss of the answers' tokens."""
        output = self.model(
            input_ids=batch["ids"],
            attention_mask=batch["mask"],
            position_ids=batch["positions"],
            labels=batch["labels"],
            use_cache=False,
        )
        return {"loss": output.loss}
