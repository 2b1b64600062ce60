"""The stages of a phantom recipe, each with its data, its model and what it starts from.

    train_stages(phantom_recipe(), Path("runs/phantom"))

A stage that is finished is not run again; one that was interrupted goes on from its last state.
Two stages that don't build on each other run beside each other (`train.recipes.graph`).
"""

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypedDict

from transformers import AutoTokenizer

from med3dvlm.errors import TrainingError
from med3dvlm.model.prompt import PLACEHOLDER
from train.loop.loop import LoopConfig, Stage, run
from train.recipes.graph import run_graph
from train.recipes.phantom import (
    OMITTED,
    STAGES,
    SUBTLE,
    Recipe,
    phantom_dual_encoder,
    phantom_encoder,
    phantom_input,
    phantom_language,
    phantom_projector,
    phantom_vlm,
)
from train.release.card import model_info
from train.stages import (
    alignment,
    contrastive,
    instruction,
    warm_encoder,
    warm_facts,
    warm_language,
    warm_reading,
)
from train.stages.answering import AnsweringConfig
from train.stages.contrastive import ContrastiveConfig
from train.stages.warm_encoder import EncoderStageConfig
from train.stages.warm_facts import FactPairsConfig
from train.stages.warm_language import LanguageStageConfig
from train.stages.warm_reading import ReadingConfig

log = logging.getLogger(__name__)

DONE = "done.json"


class Phantoms(TypedDict):
    """What every stage with volumes learns from and is watched on."""

    training: Path
    validation: Path


class Encoded(Phantoms):
    """The same, for a stage that sees it through the encoder of the warm start."""

    encoder_weights: Path


def train_stages(
    recipe: Recipe, work: Path, only: Collection[str] = STAGES, *, workers: int = 1
) -> None:
    """The warm start, the base language model, and stages 1 to 3, each in its own folder.

    Args:
        recipe: what to train.
        work: holds the phantoms, and a folder for each stage.
        only: names of the stages to run; what they build on has been run before.
        workers: stages that may run at a time.

    Raises:
        TrainingError: a name is no stage's.
    """
    if unknown := set(only) - set(STAGES):
        raise TrainingError(f"no stage is called {', '.join(sorted(unknown))}: {', '.join(STAGES)}")
    finished = [name for name in only if (work / name / DONE).exists()]
    for name in finished:
        log.info("%s is done", name)
    left = set(only) - set(finished)
    run_graph(left, partial(_run, recipe, work), workers=workers)


def _run(recipe: Recipe, work: Path, name: str) -> None:
    makers = {
        "encoder": _encoder,
        "language": _language,
        "facts": _facts,
        "reading": _reading,
        "contrastive": _contrastive,
        "alignment": _alignment,
        "instruction": _instruction,
    }
    _finish(work / name, getattr(recipe, name), partial(makers[name], recipe, work))


def _phantoms(work: Path) -> Phantoms:
    folder = work / "phantoms"
    return {"training": folder / "training", "validation": folder / "validation"}


def _encoded(work: Path) -> Encoded:
    return {**_phantoms(work), "encoder_weights": work / "encoder" / "supervised.safetensors"}


def _encoder(recipe: Recipe, work: Path) -> Stage:
    return warm_encoder.stage(
        EncoderStageConfig(
            **_phantoms(work),
            encoder=phantom_encoder(),
            loop=recipe.encoder,
            subtle=SUBTLE,
            repeats=3,
        )
    )


def _language(recipe: Recipe, _work: Path) -> Stage:
    return warm_language.stage(
        LanguageStageConfig(
            language=phantom_language(),
            projector=phantom_projector(),
            loop=recipe.language,
            mix=recipe.reading_mix,
            drills=recipe.drills,
            start=recipe.language_start,
        )
    )


def _facts(recipe: Recipe, work: Path) -> Stage:
    return warm_facts.stage(
        FactPairsConfig(
            **_encoded(work),
            model=phantom_dual_encoder(),
            loop=recipe.facts,
            views=recipe.views,
            rows=recipe.paired,
        ),
        work=work / "features",
    )


def _reading(recipe: Recipe, work: Path) -> Stage:
    return warm_reading.stage(
        ReadingConfig(facts=work / "facts", model=phantom_dual_encoder(), loop=recipe.reading)
    )


def _contrastive(recipe: Recipe, work: Path) -> Stage:
    return contrastive.stage(
        ContrastiveConfig(
            **_encoded(work),
            model=phantom_dual_encoder(),
            loop=recipe.contrastive,
            input=phantom_input(),
            info=model_info({}),
            views=recipe.views,
            facts=work / "facts",
            reading=work / "reading",
            rows=recipe.paired,
        ),
        work=work / "features",
    )


def _alignment(recipe: Recipe, work: Path) -> Stage:
    return alignment.stage(answering_config(recipe, work, recipe.alignment, start=None))


def _instruction(recipe: Recipe, work: Path) -> Stage:
    config = answering_config(recipe, work, recipe.instruction, start=work / "alignment")
    config = replace(config, omitted=OMITTED, repeats=2)
    return instruction.stage(config, spec=phantom_input(), info=model_info({}))


def answering_config(
    recipe: Recipe, work: Path, loop: LoopConfig, *, start: Path | None
) -> AnsweringConfig:
    """Configuration of stage 2 (no start) or 3 (from stage 2's folder)."""
    tokenizer = AutoTokenizer.from_pretrained(
        work / "language" / "tokenizer", local_files_only=True
    )
    return AnsweringConfig(
        **_encoded(work),
        features=work / "features",
        language=work / "language",
        start=start,
        model=phantom_vlm(int(tokenizer.vocab[PLACEHOLDER])),
        loop=loop,
        mix=recipe.mix,
        readout=1.0 if start is None else 0.3,
        readout_alone=recipe.readout_alone if start is None else 0,
        views=recipe.views,
    )


def _finish(out: Path, loop: LoopConfig, make: Callable[[], Stage]) -> None:
    """Run a stage to its end; go on where it stopped."""
    resume = (out / "state").exists() or (out / "state.old").exists()
    figures = run(make(), loop, out=out, resume=resume)
    (out / DONE).write_text(json.dumps(figures))
