"""The journey has the shapes of the loaded model, and all of its parameters."""

from pathlib import Path

import pytest

from med3dvlm.explain.structure.journey import journey
from med3dvlm.model.checkpoint import LoadedVLM, load_vlm
from med3dvlm.model.footprint import parameter_count
from med3dvlm.phantoms.case import make_case
from tests.released_maker import TINY, make_vlm

VOLUME = make_case(5, shape=(16, 32, 32)).volume


@pytest.fixture(scope="module", params=["own", "released"])
def vlm(request: pytest.FixtureRequest, random_model: Path, tmp_path_factory) -> LoadedVLM:
    if request.param == "own":
        return load_vlm(random_model / "vlm")
    return load_vlm(make_vlm(tmp_path_factory.mktemp("released"), TINY, shards=1))


def test_every_step_has_the_shape_of_the_model(vlm: LoadedVLM) -> None:
    config = vlm.model.config
    stops = {stop.name: stop for stop in journey(vlm, vlm.input.prepare(VOLUME))}
    assert stops["input"].shape == (1, *config.grid)
    for stage, name in enumerate(
        ("stem", "stage 1", "stage 2", "stage 3: low grid", "stage 4: high grid")
    ):
        grid = config.encoder.grid(config.grid, stage)
        assert stops[name].shape == (config.encoder.channels[stage], *grid)
        assert stops[name].picture.shape == grid[1:]
    assert stops["image tokens"].shape == (config.projector.image_tokens, config.projector.width)
    assert stops["language model"].shape[1] == config.language.width
    assert sum(stop.parameters for stop in stops.values()) == parameter_count(vlm.model)
