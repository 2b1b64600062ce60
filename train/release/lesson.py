"""The images and answers in docs/training.md, from a run of `make default-model-quick`.

    draw_lesson(quick_recipe(), Path("runs/quick"), page=Path("docs/training.md"))

Loss curves come from the run's logs; what a stage knows is computed from its result.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from med3dvlm.config import DEFAULT_MODEL, DUAL_ENCODER_FOLDER
from med3dvlm.model.checkpoint import load_dual_encoder
from med3dvlm.model.dcformer import tokens
from med3dvlm.model.dual_encoder import DualEncoder
from med3dvlm.model.prompt import Prompt
from med3dvlm.model.vlm import VLM
from med3dvlm.phantoms.facts import Facts
from med3dvlm.phantoms.true_report import true_report
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.claims import stack, tell_all
from train.data.phantoms.text import corpus
from train.data.texts import tokenised
from train.evaluation.generate import answer_all
from train.recipes.phantom import phantom_dual_encoder
from train.recipes.recipe import PhantomRecipe
from train.stages.assembly import Assembly
from train.stages.facts_encoder import FactsEncoder
from train.stages.names import (
    DUAL_ENCODER,
    FACTS_ENCODER,
    STAGES,
    SUPERVISED,
    TEXT_SIDE,
    VOLUME_SIDE,
)
from train.stages.towers import encoder_state

PAIRS = 24
ASKED = (
    "Which plane was this scan acquired in? Choices: A. axial B. coronal C. sagittal",
    "Which contrast phase is this?",
    "Describe the findings.",
)
LONGEST = 120
OPENING, CLOSING = "<!-- answers -->", "<!-- /answers -->"
Floats = NDArray[np.float64]


def draw_lesson(recipe: PhantomRecipe, work: Path, *, page: Path) -> None:
    """Write the images next to the page, and the answers into it between their marks."""
    pictures = page.parent / "images"
    pictures.mkdir(exist_ok=True)
    _draw_losses(work, pictures / "training-loss.png")
    _draw_similarity(work, pictures / "training-similarity.png")
    before, rest = page.read_text().split(OPENING)
    _, after = rest.split(CLOSING)
    page.write_text(f"{before}{OPENING}\n{answers_table(recipe, work)}\n{CLOSING}{after}")


def losses(folder: Path) -> tuple[list[int], list[float]]:
    """Steps and losses that a stage logged."""
    (log,) = {path.parent for path in folder.rglob("events.out.tfevents.*")}
    events = EventAccumulator(str(log))
    events.Reload()
    points = events.Scalars("loss")
    return [point.step for point in points], [point.value for point in points]


def _draw_losses(work: Path, path: Path) -> None:
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    for place, name in enumerate(STAGES, start=1):
        axes = figure.add_subplot(2, 4, place)
        axes.plot(*losses(work / name), color="#2f6db3")
        axes.set_title(name, fontsize=9)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=7)
    figure.supxlabel("step", fontsize=9)
    figure.supylabel("loss", fontsize=9)
    figure.savefig(path, dpi=80)


@torch.no_grad()
def similarities(work: Path) -> dict[str, Floats]:
    """Cosines of the first validation volumes (rows) with texts or facts (columns), by stage."""
    cache = PhantomCache(work / "phantoms" / "validation")
    cases = cache.facts[:PAIRS]
    torch.manual_seed(0)
    untrained = DualEncoder(phantom_dual_encoder()).eval()
    untrained.encoder.load_state_dict(encoder_state(work / "encoder" / SUPERVISED))
    high = tokens(untrained.encoder(cache.volumes(range(len(cases))))[-1])
    finished = load_dual_encoder(work / "contrastive" / DUAL_ENCODER)
    made = {"untrained": _pairs(untrained, finished.tokenizer, high, cases)}
    untrained.load_state_dict(load_file(work / "facts" / VOLUME_SIDE), strict=False)
    facts = FactsEncoder(untrained.config.width)
    facts.load_state_dict(load_file(work / "facts" / FACTS_ENCODER))
    told = facts(stack([tell_all(case) for case in cases]))
    made["facts, no words"] = (untrained.embed_high(high) @ told.T).double().numpy()
    untrained.load_state_dict(load_file(work / "reading" / TEXT_SIDE), strict=False)
    made["after reading"] = _pairs(untrained, finished.tokenizer, high, cases)
    made["after stage 1"] = _pairs(finished.model, finished.tokenizer, high, cases)
    shipped = load_dual_encoder(DEFAULT_MODEL / DUAL_ENCODER_FOLDER)
    seen = tokens(shipped.model.encoder(cache.volumes(range(len(cases))))[-1])
    made["embedded model"] = _pairs(shipped.model, shipped.tokenizer, seen, cases)
    return made


def _pairs(model: DualEncoder, tokenizer: object, high: Tensor, cases: Sequence[Facts]) -> Floats:
    batch = tokenised(tokenizer, [true_report(case).text for case in cases])  # type: ignore[arg-type]
    texts = model.embed_text(batch["ids"], batch["mask"])
    return (model.embed_high(high) @ texts.T).double().numpy()


def _draw_similarity(work: Path, path: Path) -> None:
    figure = Figure(figsize=(13.5, 3.1), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (name, table) in enumerate(similarities(work).items(), start=1):
        axes = figure.add_subplot(1, 5, place)
        axes.imshow(table, cmap="viridis", vmin=-0.2, vmax=1)
        right = int((table.argmax(axis=0) == np.arange(len(table))).sum())
        axes.set_title(f"{name}: {right} of {len(table)} found", fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.supxlabel("reports (or facts)", fontsize=9)
    figure.supylabel("volumes", fontsize=9)
    figure.savefig(path, dpi=80)


def answers_table(recipe: PhantomRecipe, work: Path) -> str:
    """One validation phantom and the same questions before stage 2, after it and after stage 3."""
    cases = PhantomCache(work / "phantoms" / "validation").facts
    row = next((i for i, case in enumerate(cases) if len(case.findings) == 1), 0)
    said = {
        name: _answers(model, prompt, work, row) for name, model, prompt in _models(recipe, work)
    }
    lines = [f"The truth: {true_report(cases[row]).text}", ""]
    for number, question in enumerate(ASKED):
        lines += [f"**{question}**", "", "| | answer |", "|---|---|"]
        lines += [f"| {name} | {answers[number]} |" for name, answers in said.items()]
        lines.append("")
    return "\n".join(lines)


def _models(recipe: PhantomRecipe, work: Path) -> list[tuple[str, VLM, Prompt]]:
    torch.manual_seed(0)
    before = Assembly(recipe.alignment, corpus, run=work)
    after = Assembly(recipe.instruction, corpus, run=work)
    return [
        ("before stage 2", before.base().eval(), before.prompt),
        ("after stage 2", before.merged(), before.prompt),
        ("after stage 3", after.merged(), after.prompt),
    ]


@torch.no_grad()
def _answers(model: VLM, prompt: Prompt, work: Path, row: int) -> list[str]:
    volume = PhantomCache(work / "phantoms" / "validation").volumes([row])
    asked = [0] * len(ASKED)
    return answer_all(
        model, prompt, model.encode(volume), ASKED, rows=asked, max_new_tokens=LONGEST
    )
