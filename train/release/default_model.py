"""From nothing to a phantom model: draws phantoms, runs every stage, evaluates, writes the card.

make_model(phantom_recipe(), Path("runs/phantom"), out=Path("runs/phantom/model"))
"""

from pathlib import Path

from med3dvlm.version import __version__
from train.data.phantoms.cache import PhantomCache
from train.evaluation.cases import PhantomCases
from train.evaluation.cells import Figures
from train.evaluation.evaluate import Evaluation, evaluate, open_model
from train.evaluation.results import write_result
from train.evaluation.sureness import measure_sureness, sureness_lines
from train.recipes.opening import PHANTOMS, Place, draw_phantoms
from train.recipes.recipe import PhantomRecipe
from train.recipes.running import run_stages
from train.release.card import CARD, bench_lines, card
from train.release.export import export, records_of
from train.stages.names import VLM_FOLDER


def make_model(
    recipe: PhantomRecipe, run: Path, *, out: Path, resume: bool = False, workers: int = 2
) -> Figures:
    """Run the whole recipe; returns the figures that stand in the card.

    Args:
        recipe: what to make.
        run: folder of the phantoms and of every stage.
        out: folder of the finished model.
        resume: go on with stages that were stopped.
        workers: processes that draw phantoms; stages that run beside each other.
    """
    place = Place(run=run, data=run / PHANTOMS)
    draw_phantoms(recipe, place.data, workers=workers)
    run_stages(recipe.stages, place, resume=resume, workers=workers)
    info = export(place, out, facts=facts_of(recipe))
    measure_sureness(out / VLM_FOLDER, place.data)
    result = evaluate(
        open_model(out),
        PhantomCases(PhantomCache(place.data / "test")),
        Evaluation(count=recipe.evaluated),
        work=run / "said",
    )
    write_result(result, out)
    results = [*sureness_lines(out / VLM_FOLDER), *bench_lines(result.figures)]
    (out / CARD).write_text(card(out, info, records_of(run), results))
    return result.figures


def facts_of(recipe: PhantomRecipe) -> dict[str, str]:
    """How a phantom model is made, for the page."""
    return {
        "made by": f"med3dvlm {__version__}, train/, seed {recipe.encoder.schedule.seed}",
        "training phantoms": str(recipe.training.count),
        "first test seed": str(recipe.test.first),
    }
