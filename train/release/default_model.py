"""From nothing to a phantom model: draws phantoms, runs every stage, evaluates, writes the card.

make_model(phantom_recipe(), work=Path("runs/phantom"), out=Path("assets/default_model"))
"""

import time
from pathlib import Path

import torch

from med3dvlm.config import DUAL_ENCODER_FOLDER, VLM_FOLDER
from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm, save_dual_encoder, save_vlm
from med3dvlm.version import __version__
from train.data.phantoms.cache import PhantomCache
from train.evaluation.cases import PhantomCases
from train.evaluation.cells import Figures
from train.evaluation.confidence import fit_confidence
from train.evaluation.evaluate import Evaluation, evaluate, open_model
from train.evaluation.results import write_result
from train.recipes.chain import train_stages
from train.recipes.phantom import Recipe, phantom_input
from train.release.card import card, model_info


def make_model(recipe: Recipe, *, work: Path, out: Path, workers: int = 2) -> Figures:
    """Run the whole recipe; returns the figures that stand in the card."""
    started = time.time()
    draw_phantoms(recipe, work, workers=workers)
    train_stages(recipe, work, workers=workers)
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


def draw_phantoms(recipe: Recipe, work: Path, *, workers: int) -> None:
    """The phantoms of training, validation and test, as far as they are missing."""
    for name in ("training", "validation", "test"):
        PhantomCache.build(work / "phantoms" / name, getattr(recipe, name), workers=workers)


def export(recipe: Recipe, work: Path, out: Path) -> None:
    """Both models in half precision into the folder that the app opens."""
    facts = {
        "made by": f"med3dvlm {__version__}, train/, seed {recipe.encoder.seed}",
        "training phantoms": str(recipe.training.count),
        "first test seed": str(recipe.test.first),
    }
    info = model_info(facts)
    vlm = load_vlm(work / "instruction" / VLM_FOLDER)
    save_vlm(
        out / VLM_FOLDER,
        vlm.model,
        vlm.prompt,
        spec=phantom_input(),
        info=info,
        dtype=torch.float16,
    )
    dual = load_dual_encoder(work / "contrastive")
    save_dual_encoder(
        out / DUAL_ENCODER_FOLDER,
        dual.model,
        dual.tokenizer,
        spec=phantom_input(),
        info=info,
        dtype=torch.float16,
    )
    fit_confidence(out / VLM_FOLDER, work / "phantoms")
