"""From nothing to a phantom model: draws phantoms, runs every stage, evaluates, writes the card.

    make_model(phantom_recipe(), work=Path("runs/phantom"), out=Path("assets/default_model"))

A stage that is finished is not run again; one that was interrupted goes on from its last state.
"""

import json
import logging
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import AutoTokenizer

from med3dvlm.model.checkpoint import (
    ModelInfo,
    load_dual_encoder,
    load_vlm,
    save_dual_encoder,
    save_vlm,
    weights_digest,
)
from med3dvlm.model.prompt import PLACEHOLDER
from med3dvlm.version import __version__
from train import (
    base_language,
    stage0_encoder,
    stage1_contrastive,
    stage1_facts,
    stage1_reading,
    stage2_alignment,
)
from train import stage3_instruction as instruction
from train.answering import AnsweringConfig
from train.base_language import LanguageStageConfig
from train.configs import (
    STAGES,
    Recipe,
    phantom_dual_encoder,
    phantom_encoder,
    phantom_input,
    phantom_language,
    phantom_projector,
    phantom_vlm,
)
from train.evaluate import Evaluation, evaluate, open_model
from train.evaluation.cases import PhantomCases
from train.evaluation.cells import Figures
from train.evaluation.results import write_result
from train.evaluation.table import kinds_table, table
from train.loop import LoopConfig, Stage, run
from train.phantom_cache import PhantomCache
from train.stage0_encoder import EncoderStageConfig
from train.stage1_contrastive import ContrastiveConfig
from train.stage1_facts import FactPairsConfig
from train.stage1_reading import ReadingConfig
from train.sureness import measure_sureness, sureness_lines

log = logging.getLogger(__name__)

DONE = "done.json"
LIMITS = (
    "It knows procedural phantoms only; about a real scan its answers mean nothing.",
    "It was trained on 25 kinds of finding in chest, abdomen and pelvis and knows no others.",
    "Sizes are rough estimates: the model input is cropped and resized.",
    "It overlooks subtle findings, such as liver metastases and vertebral fractures.",
    "Asked about an organ that the scan does not show, it may answer yes.",
)


def model_info(facts: dict[str, str]) -> ModelInfo:
    """What the page says of a phantom model."""
    return ModelInfo(
        name="Phantom Med3DVLM",
        trained_on="procedural CT phantoms with known findings, no patient data",
        phantom=True,
        limits=LIMITS,
        facts=facts,
    )


def make_model(recipe: Recipe, *, work: Path, out: Path, workers: int = 2) -> Figures:
    """Run the whole recipe; returns the figures that stand in the card."""
    started = time.time()
    for name, spec in (
        ("training", recipe.training),
        ("validation", recipe.validation),
        ("test", recipe.test),
    ):
        PhantomCache.build(work / "phantoms" / name, spec, workers=workers)
    train_stages(recipe, work)
    export(recipe, work, out)
    result = evaluate(
        open_model(out),
        PhantomCases(PhantomCache(work / "phantoms" / "test")),
        Evaluation(count=recipe.evaluated),
        work=work / "said",
    )
    write_result(result, out)
    minutes = (time.time() - started) / 60
    (out / "README.md").write_text(card(recipe, result.figures, out, minutes))
    return result.figures


def train_stages(recipe: Recipe, work: Path) -> None:
    """The warm start, the base language model, and stages 1 to 3, each in its own folder."""
    phantoms = work / "phantoms"
    training, validation = phantoms / "training", phantoms / "validation"
    weights = work / "encoder" / "supervised.safetensors"
    info = model_info({})
    _once(
        work / "encoder",
        recipe.encoder,
        lambda: stage0_encoder.stage(
            EncoderStageConfig(
                training=training,
                validation=validation,
                encoder=phantom_encoder(),
                loop=recipe.encoder,
            )
        ),
    )
    _once(
        work / "language",
        recipe.language,
        lambda: base_language.stage(
            LanguageStageConfig(
                language=phantom_language(),
                projector=phantom_projector(),
                loop=recipe.language,
                mix=recipe.reading_mix,
                drills=recipe.drills,
                start=recipe.language_start,
            )
        ),
    )
    _once(
        work / "facts",
        recipe.facts,
        lambda: stage1_facts.stage(
            FactPairsConfig(
                training=training,
                validation=validation,
                encoder_weights=weights,
                model=phantom_dual_encoder(),
                loop=recipe.facts,
                views=recipe.views,
                rows=recipe.paired,
            ),
            work=work / "features",
        ),
    )
    _once(
        work / "reading",
        recipe.reading,
        lambda: stage1_reading.stage(
            ReadingConfig(facts=work / "facts", model=phantom_dual_encoder(), loop=recipe.reading)
        ),
    )
    _once(
        work / "contrastive",
        recipe.contrastive,
        lambda: stage1_contrastive.stage(
            ContrastiveConfig(
                training=training,
                validation=validation,
                encoder_weights=weights,
                model=phantom_dual_encoder(),
                loop=recipe.contrastive,
                input=phantom_input(),
                info=info,
                views=recipe.views,
                facts=work / "facts",
                reading=work / "reading",
                rows=recipe.paired,
            ),
            work=work / "features",
        ),
    )
    align = answering_config(recipe, work, recipe.alignment, start=None)
    _once(work / "alignment", recipe.alignment, lambda: stage2_alignment.stage(align))
    instruct = answering_config(recipe, work, recipe.instruction, start=work / "alignment")
    _once(
        work / "instruction",
        recipe.instruction,
        lambda: instruction.stage(instruct, spec=phantom_input(), info=info),
    )


def answering_config(
    recipe: Recipe, work: Path, loop: LoopConfig, *, start: Path | None
) -> AnsweringConfig:
    """Configuration of stage 2 (no start) or 3 (from stage 2's folder)."""
    tokenizer = AutoTokenizer.from_pretrained(
        work / "language" / "tokenizer", local_files_only=True
    )
    return AnsweringConfig(
        training=work / "phantoms" / "training",
        validation=work / "phantoms" / "validation",
        encoder_weights=work / "encoder" / "supervised.safetensors",
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


def _once(out: Path, loop: LoopConfig, make: Callable[[], Stage]) -> None:
    """Run a stage unless it is done; go on where it stopped."""
    if (out / DONE).exists():
        log.info("%s is done", out.name)
        return
    resume = (out / "state").exists() or (out / "state.old").exists()
    figures = run(make(), loop, out=out, resume=resume)
    (out / DONE).write_text(json.dumps(figures))


def export(recipe: Recipe, work: Path, out: Path) -> None:
    """Both models in half precision into the folder that the app opens."""
    facts = {
        "made by": f"med3dvlm {__version__}, train/, seed {recipe.encoder.seed}",
        "training phantoms": str(recipe.training.count),
        "first test seed": str(recipe.test.first),
    }
    info = model_info(facts)
    vlm = load_vlm(work / "instruction" / "vlm")
    save_vlm(
        out / "vlm", vlm.model, vlm.prompt, spec=phantom_input(), info=info, dtype=torch.float16
    )
    dual = load_dual_encoder(work / "contrastive")
    save_dual_encoder(
        out / "dual_encoder",
        dual.model,
        dual.tokenizer,
        spec=phantom_input(),
        info=info,
        dtype=torch.float16,
    )
    measure_sureness(out / "vlm", work / "phantoms")


def _certainty(figures: Figures) -> list[str]:
    found = figures.get("calibration")
    if not found:
        return []
    error = 100 * found["expected_calibration_error"]
    return [
        f"Expected calibration error of {found['questions']} closed questions about the first "
        f"{found['cases']} cases: {error:.1f} points."
    ]


def card(recipe: Recipe, figures: Figures, out: Path, minutes: float) -> str:
    """The model card."""
    loops = {name: asdict(getattr(recipe, name)) for name in STAGES}
    lines = [
        "# Phantom Med3DVLM",
        "",
        "The embedded default model: the published architecture, small, trained from nothing on",
        "procedural CT phantoms. **Research and teaching only, not for clinical use.**",
        "",
        *(f"- {limit}" for limit in LIMITS),
        *sureness_lines(out / "vlm"),
        "",
        "Made by `make default-model` (each stage of `train/`, in the order below).",
        "",
        f"- last call took {minutes:.0f} minutes on {platform.machine()}, "
        f"{torch.get_num_threads()} threads, torch {torch.__version__} "
        "(finished stages are not run again)",
        f"- training phantoms: {recipe.training.count}, seeds from {recipe.training.first}; "
        f"test phantoms: seeds from {recipe.test.first}",
        f"- weights: VLM {weights_digest(out / 'vlm')}, "
        f"dual encoder {weights_digest(out / 'dual_encoder')} (SHA-256, first 16 digits)",
        "",
        "## PhantomBench",
        "",
        table(figures),
        "",
        kinds_table(figures),
        "",
        "Image-blind is the same model with its image tokens blanked. Decoding is greedy, closed",
        f"answers are scored by their first letter. METEOR: {figures['meteor']}.",
        *_certainty(figures),
        "",
        "## Loops",
        "",
        "```json",
        json.dumps(loops, indent=1),
        "```",
        "",
    ]
    return "\n".join(lines)
