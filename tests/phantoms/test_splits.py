from itertools import combinations

from med3dvlm.phantoms.splits import SHOWROOM, TEST, TRAINING, VALIDATION
from train.recipes.phantom import further_recipe, phantom_recipe, quick_recipe, smoke_recipe
from train.stages.warm_language import FIRST_SEED, ROWS

RECIPES = (phantom_recipe, further_recipe, quick_recipe, smoke_recipe)
SPLITS = (TRAINING, VALIDATION, TEST, SHOWROOM)


def test_no_seed_belongs_to_two_splits() -> None:
    for a, b in combinations(SPLITS, 2):
        assert a.stop <= b.start or b.stop <= a.start


def test_every_recipe_stays_within_its_splits() -> None:
    for make in RECIPES:
        recipe = make()
        for spec, split in (
            (recipe.training, TRAINING), (recipe.validation, VALIDATION), (recipe.test, TEST)
        ):  # fmt: skip
            assert spec.first in split
            assert spec.first + spec.count - 1 in split
        assert recipe.evaluated <= recipe.test.count


def test_the_texts_of_the_language_model_are_training_phantoms_of_their_own() -> None:
    assert FIRST_SEED in TRAINING
    assert FIRST_SEED + ROWS - 1 in TRAINING
    for make in RECIPES:
        assert make().training.first + make().training.count <= FIRST_SEED
