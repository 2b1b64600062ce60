"""Makes a phantom model from scratch: draws phantoms, runs every stage, evaluates, writes the card.

make_model(phantom_recipe(), Path("runs/phantom"), out=Path("runs/phantom/model"))
"""

from pathlib import Path

from med3dvlm.config import VLM_FOLDER
from med3dvlm.version import __version__
from train.data.phantoms.cache import PhantomCache
from train.evaluation.cases import PhantomCases
from train.evaluation.cells import Figures
from train.evaluation.claims import fit_claims
from train.evaluation.confidence import confidence_lines, fit_confidence
from train.evaluation.evaluate import Evaluation, evaluate, load_checkpoints
from train.evaluation.readout import fit_readout
from train.evaluation.results import write_result
from train.evaluation.search_scores import fit_search_scores
from train.evaluation.search_share import fit_share
from train.recipes.opening import PHANTOMS, Place, draw_phantoms
from train.recipes.recipe import PhantomRecipe
from train.recipes.running import run_stages
from train.release.card import CARD, bench_lines, card
from train.release.export import export, records_of


def make_model(
    recipe: PhantomRecipe, run: Path, *, out: Path, resume: bool = False, workers: int = 2
) -> Figures:
    """Run the whole recipe; returns the figures in the card.

    Args:
        recipe: what to make.
        run: folder of the phantoms and of every stage.
        out: folder of the finished model.
        resume: continue stages that were stopped.
        workers: processes that draw phantoms, and stages that run in parallel.
    """
    place = Place(run=run, data=run / PHANTOMS)
    draw_phantoms(recipe, place.data, workers=workers)
    run_stages(recipe.stages, place, resume=resume, workers=workers)
    info = export(place, out, facts=facts_of(recipe))
    fit_confidence(out / VLM_FOLDER, place.data)
    fit_claims(out, count=recipe.validation.count)
    fit_readout(out, count=recipe.validation.count)
    fit_search_scores(out, PhantomCache(place.data / "validation"))
    fit_share(out, most=recipe.validation.count)
    result = evaluate(
        load_checkpoints(out),
        PhantomCases(PhantomCache(place.data / "test")),
        Evaluation(count=recipe.evaluated),
        work=run / "said",
    )
    write_result(result, out)
    results = [*confidence_lines(out / VLM_FOLDER), *bench_lines(result.figures)]
    (out / CARD).write_text(card(out, info, records_of(run), results))
    return result.figures


def facts_of(recipe: PhantomRecipe) -> dict[str, str]:
    """How a phantom model was made, for the page."""
    return {
        "made by": f"med3dvlm {__version__}, train/, seed {recipe.encoder.schedule.seed}",
        "training phantoms": str(recipe.training.count),
        "first test seed": str(recipe.test.first),
    }
