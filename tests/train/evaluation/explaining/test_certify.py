"""A fake method that sees gets a good certificate, one that only knows the usual place doesn't."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool3d

from med3dvlm.errors import TrainingError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.certificate import CERTIFICATES, Certificates
from med3dvlm.model.beside_weights import read_fitted_json
from med3dvlm.model.checkpoint import weights_digest
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.volumes.grid import GridMap, ModelInput
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import MODEL_CT
from train.cli import make_parser
from train.evaluation.explaining.certify import certificate_table, certify, lesions
from train.evaluation.explaining.measured import Kept
from train.evaluation.explaining.methods import Method, TextSplit, open_methods, randomised

GRID = (4, 8, 8)
NODULES = [t for t in lesions(400) if t.kind == "lung nodule"][:12]


class Fake:
    """It knows the scan of the same person without the lesion, so it sees what was added."""

    name = "fake"

    def __init__(self, *, sees: bool, always_right: bool = False) -> None:
        self.sees, self.always_right = sees, always_right

    def prepare(self, volume: Volume) -> ModelInput:
        seed = int(volume.details["Source"].split()[1])
        healthy = plant(Trial(seed=seed, kind="lung nodule", place="left upper lobe")).healthy
        added = (volume.voxels.astype(np.float32) - healthy.voxels) / 1000
        small = adaptive_avg_pool3d(torch.from_numpy(added)[None, None], GRID)
        whole = GridMap(start=(0, 0, 0), stop=volume.shape, grid=GRID)
        return ModelInput(tensor=small, window=MODEL_CT, mapping=whole)

    def score(self, volumes: Tensor, kind: str) -> Tensor:
        del kind
        return volumes.mean(dim=(1, 2, 3, 4)) * self.sees

    def right(self, ill: float, healthy: float) -> bool:
        return self.always_right or ill > healthy

    def maps(self, seen: ModelInput, kinds: Sequence[str]) -> list[Map]:
        return [
            Map(
                values=seen.tensor[0, 0].numpy() * (self.sees and kind == "lung nodule"),
                mapping=seen.mapping, legend="", means="", means_not="",
            )
            for kind in kinds
        ]  # fmt: skip

    def randomised(self) -> Method:
        return Fake(sees=False)


def certified(method: Method, trials: Sequence[Trial], path: Path | None = None):
    kept = Kept(path=path, weights="w", method=method.name)
    return certify(method, trials, kept, cases=len(trials))


def test_what_does_not_look_is_at_chance() -> None:
    found = certified(Fake(sees=False, always_right=True), NODULES)
    assert found is not None
    assert found.hits.map.value == pytest.approx(found.hits.chance, abs=1e-3)
    assert found.hits.randomised.value == pytest.approx(found.hits.chance, abs=1e-3)
    assert found.follows is not None
    assert found.follows.value == 0.5
    assert not found.believable
    assert len(found.failures) == 5
    assert found.areas.deletion == pytest.approx(found.areas.deletion_random)


def test_what_looks_follows_the_lesion_and_only_lesions_that_are_right_count() -> None:
    found = certified(Fake(sees=True), NODULES)
    assert found is not None
    assert found.hits.cases == len(NODULES), "each nodule makes the scan brighter"
    assert found.follows is not None
    assert found.follows.value == 1
    assert found.hits.map.value == 1
    assert found.hits.margin.low > 0.15
    assert found.believable
    assert found.areas.deletion < found.areas.deletion_random
    assert found.areas.insertion > found.areas.insertion_random
    assert found.deletion_gain.low > 0
    assert found.insertion_gain.low > 0
    assert not found.failures
    assert found.hits.shuffled.value == pytest.approx(found.hits.chance, abs=1e-3)
    assert certified(Fake(sees=False), NODULES) is None, "its score never rises"


def test_the_table_has_a_line_for_kinds_with_several_places() -> None:
    found = certified(Fake(sees=True), NODULES[:3])
    assert found is not None
    first, several = certificate_table([found]).splitlines()[2:]
    assert first.startswith("| fake, top 3 of 256 | 3 | ")
    assert several.startswith("| - several places, top 3 of 256 | 3 | ")


def test_a_stopped_run_resumes_and_enough_is_enough(tmp_path: Path) -> None:
    """What was measured is read back, cut-off lines aside; nothing is painted beyond the cases."""
    path = tmp_path / "new" / "maps.jsonl"
    first = certified(Fake(sees=True), NODULES[:4], path)
    path.write_text(path.read_text() + '{"weights": "w", "meth')
    none = Fake(sees=False)  # would get all wrong, if anything was measured again
    again = certify(
        none, NODULES, Kept(path=path, weights="w", method=none.name), cases=4
    )  # fmt: skip
    assert again == first
    other = Kept(path=path, weights="other", method=none.name)
    assert not other.known, "maps of other weights don't count"
    other.add(NODULES[0], None)
    assert Kept(path=path, weights="other", method=none.name).known == {NODULES[0]: None}


@pytest.mark.parametrize(("count", "kinds"), [(3, 1), (40, 5), (200, 25)])
def test_few_people_have_few_kinds(count: int, kinds: int) -> None:
    trials = lesions(count)
    assert len(trials) == count
    assert len({trial.kind for trial in trials}) == kinds
    for trial in trials:
        low, high = KINDS[trial.kind].size_mm
        assert low - 3 <= trial.size_mm <= high + 3, "rounded as in training"


def test_random_weights_are_the_same_numbers_in_another_order() -> None:
    layer = torch.nn.Linear(8, 8)
    other = randomised(layer)
    assert not torch.equal(layer.weight, other.weight)
    assert torch.equal(layer.weight.flatten().sort()[0], other.weight.flatten().sort()[0])


def test_maps_of_loaded_models(random_model: Path) -> None:
    """All three methods give a map of the right grid, and random weights another one."""
    names = ("text split", "gradient", "occlusion")
    scan = plant(NODULES[0]).ill
    grids = {}
    for opened in open_methods(random_model, names, "cpu"):
        for method in opened.methods:
            seen = method.prepare(scan)
            shown, unlike = method.maps(seen, ("lung nodule", "gallstone"))
            grids[method.name] = shown.mapping.grid
            (other,) = method.randomised().maps(seen, ("lung nodule",))
            assert not np.allclose(shown.values, other.values)
            # Several kinds share what is computed once, and still get what each gets alone.
            (alone,) = method.maps(seen, ("gallstone",))
            np.testing.assert_allclose(unlike.values, alone.values, atol=1e-6)
            assert method.score(seen.tensor, "lung nodule").shape == (1,)
    assert grids == {"text split": (1, 2, 2), "gradient": (2, 4, 4), "occlusion": (2, 4, 4)}


def test_unknown_methods_are_named(random_model: Path) -> None:
    with pytest.raises(TrainingError, match="no map is called 'attention'"):
        open_methods(random_model, ["attention"], "cpu")


@pytest.mark.slow
def test_the_command(
    random_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(TextSplit, "right", lambda *_: True)
    words = ["certify", "--model", str(random_model), "--cases", "1", "--out", str(tmp_path),
             "--methods", "text split"]  # fmt: skip
    arguments: argparse.Namespace = make_parser().parse_args(words)
    arguments.run(arguments)
    digest = weights_digest(random_model / "dual_encoder")
    path = tmp_path / "dual_encoder" / CERTIFICATES
    found = read_fitted_json(path, Certificates, weights=digest)
    assert found is not None
    assert [one.method for one in found.methods] == ["text split"]
    assert "| text split, top 1 of 4 | 1 |" in caplog.text
    monkeypatch.setattr(TextSplit, "right", lambda *_: False)
    arguments.run(arguments)
    assert "got no lesion right" in caplog.text
