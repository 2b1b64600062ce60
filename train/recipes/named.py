"""All recipes and stages by the names that `--config` accepts.

named_recipe("phantom")
named_stage("sample_alignment")       # of the recipe `sample`
"""

from collections.abc import Callable, Mapping

from med3dvlm.errors import TrainingError
from train.recipes.m3d import corrected_recipe, released_recipe, sample_recipe
from train.recipes.phantom import further_recipe, phantom_recipe, quick_recipe, smoke_recipe
from train.recipes.recipe import Recipe, StageConfig

RECIPES: Mapping[str, Callable[[], Recipe]] = {
    "phantom": phantom_recipe,
    "further": further_recipe,
    "quick": quick_recipe,
    "smoke": smoke_recipe,
    "released": released_recipe,
    "corrected": corrected_recipe,
    "sample": sample_recipe,
}


def named_recipe(name: str) -> Recipe:
    """A recipe by its name.

    Raises:
        TrainingError: there is none.
    """
    if name not in RECIPES:
        raise TrainingError(f"unknown configuration {name!r}; choose from {', '.join(RECIPES)}")
    return RECIPES[name]()


def stage_names() -> list[str]:
    """The names of all stages of all recipes."""
    return [f"{recipe}_{stage}" for recipe, make in RECIPES.items() for stage in make().stages]


def named_stage(name: str) -> StageConfig:
    """A stage by its recipe's name and its own.

    Raises:
        TrainingError: there is none.
    """
    if name not in (known := stage_names()):
        raise TrainingError(f"unknown configuration {name!r}; choose from {', '.join(known)}")
    recipe, _, stage = name.rpartition("_")
    return RECIPES[recipe]().stages[stage]


def chosen(recipe: Recipe, names: list[str] | None) -> dict[str, StageConfig]:
    """Some stages of a recipe, or all.

    Raises:
        TrainingError: the recipe has no stage of that name.
    """
    stages = recipe.stages
    if unknown := set(names or ()) - set(stages):
        raise TrainingError(
            f"no stage {', '.join(sorted(unknown))}; choose from {', '.join(stages)}"
        )
    return {name: stages[name] for name in names or stages}
