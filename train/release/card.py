"""What is said of a phantom model: on the page (`model_info`), and in its folder (`card`)."""

import json
import platform
from dataclasses import asdict
from pathlib import Path

import torch

from med3dvlm.config import VLM_FOLDER
from med3dvlm.model.checkpoint import ModelInfo, weights_digest
from train.evaluation.cells import Figures
from train.evaluation.confidence import confidence_lines
from train.evaluation.table import kinds_table, table
from train.recipes.phantom import STAGES, Recipe

LIMITS = (
    "It knows procedural phantoms only; about a real scan its answers mean nothing.",
    "It was trained on 25 kinds of finding in chest, abdomen and pelvis and knows no others.",
    "Sizes are rough estimates: the model input is cropped and resized.",
    "It overlooks subtle findings, such as liver metastases, fractures and bladder masses.",
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


def _calibration(figures: Figures) -> list[str]:
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
        *confidence_lines(out / VLM_FOLDER),
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
        *_calibration(figures),
        "",
        "## Loops",
        "",
        "```json",
        json.dumps(loops, indent=1),
        "```",
        "",
    ]
    return "\n".join(lines)
