"""Before stage 1, for data with labels: the text tower learns to read, from texts alone.

The texts are about random cases without images, so there is no limit to their number. The tower
learns which facts a text states, and to produce the facts encoder's vector for them (`warm_facts`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss
from transformers import PreTrainedTokenizerBase

from med3dvlm.metrics.ranking import both_directions
from med3dvlm.model.dual_encoder import DualEncoder, DualEncoderConfig
from med3dvlm.phantoms.facts import Facts, Variety, draw_facts
from med3dvlm.phantoms.splits import TRAINING, VALIDATION
from med3dvlm.phantoms.true_report import true_report
from train.data.phantoms.claims import FACTS, Told, stack, tell, tell_all, told_of
from train.data.phantoms.labels import KIND_NAMES
from train.data.phantoms.text import corpus, describe_case, query_tokenizer
from train.data.texts import tokenised
from train.loop.loop import Batch, Losses, Schedule, Stage, batches
from train.stages.facts_encoder import FactsEncoder
from train.stages.names import FACTS_ENCODER, TEXT_SIDE
from train.stages.towers import embed_by_length

FIRST_SEED = TRAINING.start + 4_000_000
ROWS = 2_000_000
HELD_OUT = 512
# Findings of a random case, more than in a phantom, so that each kind occurs often.
COUNTS = (0.08, 0.22, 0.30, 0.25, 0.15)
NEARNESS = 20.0
# Whole reports and short texts are embedded separately.
TEXT_PARTS = 2
OF_THE_TEXT_SIDE = ("text.", "text_head.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingConfig:
    """Model and schedule.

    Attributes:
        variety: of the phantoms whose texts are read.
    """

    stage: Literal["reading"] = "reading"
    model: DualEncoderConfig
    schedule: Schedule
    variety: Variety = "tidy"

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages of the same run that it starts from."""
        return ("facts",)


def stage(config: ReadingConfig, *, run: Path) -> Stage:
    """Reading as a stage of the loop; its teacher is the facts encoder of the same run."""
    tokenizer = query_tokenizer(config.model.text.vocabulary, corpus())

    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        rng = np.random.default_rng([config.schedule.seed, 31, step])
        counts = rng.choice(len(COUNTS), len(rows), p=COUNTS)
        facts = [
            draw_facts(FIRST_SEED + int(row), count=int(count), variety=config.variety)
            for row, count in zip(rows, counts, strict=True)
        ]
        texts, claims = zip(*(describe_case(case, rng) for case in facts), strict=True)
        told = stack([tell(claim, case) for claim, case in zip(claims, facts, strict=True)])
        return {**tokenised(tokenizer, texts), **told._asdict()}

    def build() -> Reading:
        learner = Reading(config.model)
        learner.facts.load_state_dict(load_file(run / "facts" / FACTS_ENCODER))
        return learner

    held_out = [draw_facts(VALIDATION.start + i, variety=config.variety) for i in range(HELD_OUT)]

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Reading)
        return recall(model, tokenizer, held_out)

    def finish(model: nn.Module, out: Path) -> None:
        assert isinstance(model, Reading)
        state = model.model.state_dict()
        save_file(
            {name: value for name, value in state.items() if name.startswith(OF_THE_TEXT_SIDE)},
            out / TEXT_SIDE,
        )

    return Stage(
        name=config.stage,
        build=build,
        rows=ROWS,
        batch=batch,
        evaluate=evaluate,
        finish=finish,
        pace=pace,
    )


def pace(name: str) -> float:
    """Learning rate factors: the facts encoder (the teacher) and the volume side are frozen."""
    return 1.0 if name.startswith(("model.text", "readout")) else 0.0


class Reading(nn.Module):
    """A dual encoder whose text side learns what texts state."""

    def __init__(self, config: DualEncoderConfig) -> None:
        super().__init__()
        self.model = DualEncoder(config)
        self.facts = FactsEncoder(config.width)
        self.readout = nn.Linear(config.width, FACTS + len(KIND_NAMES) + 1)

    def forward(self, batch: Batch) -> Losses:
        """Error of the facts read, and distance to the facts' vector."""
        told = told_of(batch)
        said = embed_by_length(self.model, batch["ids"], batch["mask"], parts=TEXT_PARTS)
        needs, sizes, whole = self.readout(said * said.shape[1] ** 0.5).split(
            [FACTS, len(KIND_NAMES), 1], dim=1
        )
        with torch.no_grad():
            meant = self.facts(told)
        parts: Losses = {
            "facts": _apart(needs, told.needs) + _apart(whole, told.whole[:, None]),
            "sizes": _sizes(sizes, told.sizes),
            "nearness": NEARNESS * (1 - (said * meant).sum(dim=1)).mean(),
        }
        return {"loss": torch.stack(list(parts.values())).sum(), **parts}


def _apart(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy summed over facts, averaged over texts."""
    return binary_cross_entropy_with_logits(logits, truth, reduction="sum") / len(truth)


def _sizes(read: Tensor, sizes: Tensor) -> Tensor:
    """Error of the stated sizes."""
    known = sizes != 0
    if not bool(known.any()):
        return read.sum() * 0.0
    return smooth_l1_loss(read[known], sizes[known], beta=0.1, reduction="sum") / len(sizes)


def recall(
    learner: Reading, tokenizer: PreTrainedTokenizerBase, facts: list[Facts]
) -> dict[str, float]:
    """Recall of a report's facts among others, by its vector."""
    told: Told = stack([tell_all(case) for case in facts])
    texts = []
    for rows in batches(len(facts), 64):
        batch = tokenised(tokenizer, [true_report(facts[row]).text for row in rows])
        texts.append(learner.model.embed_text(batch["ids"], batch["mask"]))
    said, meant = torch.cat(texts), learner.facts(told)
    scores = both_directions(said.float().numpy(), meant.float().numpy())
    found = {f"{way}_r{k}": r for way, side in scores.items() for k, r in side.recall.items()}
    return found | {"cosine": float((said * meant).sum(dim=1).mean())}
