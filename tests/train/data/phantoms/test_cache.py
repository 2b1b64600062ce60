import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from med3dvlm.errors import TrainingError
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import Variety, draw_facts
from med3dvlm.volumes.grid import to_model_grid
from med3dvlm.volumes.window import MODEL_CT, model_window
from tests.train.conftest import SPEC
from train.data.phantoms import cache as phantom_cache
from train.data.phantoms.cache import CacheSpec, PhantomCache
from train.data.phantoms.labels import ATTRIBUTES, cells_of, labels_of

FEW = replace(SPEC, count=3)


def test_a_row_is_what_the_model_sees_of_its_phantom(tiny_cache: PhantomCache) -> None:
    case = make_case(SPEC.first + 5, shape=SPEC.shape)
    seen = to_model_grid(case.volume, MODEL_CT, SPEC.grid)
    stored = tiny_cache.volumes([5])
    assert stored.dtype == torch.float32
    torch.testing.assert_close(stored, seen.tensor, atol=0.5 / 255 + 1e-6, rtol=0)
    cells = cells_of(case, seen.mapping, SPEC.cells)
    assert np.array_equal(tiny_cache.cells([5])[0].numpy(), cells)


def test_rows_come_in_the_order_that_was_asked(tiny_cache: PhantomCache) -> None:
    picked = tiny_cache.volumes([3, 0, 3])
    assert picked.shape == (3, 1, *SPEC.grid)
    assert torch.equal(picked[0], picked[2])
    assert torch.equal(picked[1:2], tiny_cache.volumes([0]))
    assert len(tiny_cache) == SPEC.count


def test_facts_and_labels_belong_to_the_rows(tiny_cache: PhantomCache) -> None:
    assert tiny_cache.facts == [draw_facts(seed) for seed in range(SPEC.count)]
    assert tiny_cache.labels.findings.shape[0] == SPEC.count
    assert np.array_equal(tiny_cache.labels.places[4], labels_of(tiny_cache.facts[4]).places)


def test_training_phantoms_are_busier() -> None:
    busy = replace(SPEC, busy=True)
    counts = [busy.findings(seed) for seed in range(500)]
    assert counts == [busy.findings(seed) for seed in range(500)]
    assert np.mean([len(draw_facts(s).findings) for s in range(500)]) < np.mean(counts)
    assert SPEC.findings(3) is None


def test_a_cache_opens_again_with_all_its_rows(tiny_cache: PhantomCache) -> None:
    again = PhantomCache(tiny_cache.folder)
    assert again.spec == SPEC
    assert torch.equal(again.volumes(range(8)), tiny_cache.volumes(range(8)))


def test_an_interrupted_build_draws_only_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_cache: PhantomCache
) -> None:
    monkeypatch.setattr(phantom_cache, "CHUNK", 2)
    PhantomCache.build(tmp_path, SPEC, workers=1)
    assert (tmp_path / "done.txt").read_text().split() == ["0", "2", "4", "6"]
    # As if it had been killed in the third chunk: its rows are not there, the others are kept.
    (tmp_path / "done.txt").write_text("0\n2\n6\n")
    path = tmp_path / "volumes.u8"
    rows = np.fromfile(path, np.uint8).reshape(SPEC.count, -1)
    rows[0], rows[4:6] = 7, 0
    rows.tofile(path)
    volumes = PhantomCache.build(tmp_path, SPEC, workers=1).volumes(range(8))
    assert torch.equal(volumes[1:], tiny_cache.volumes(range(1, 8)))
    assert bool((volumes[0] == 7 / 255).all()), "a finished chunk is not drawn again"


def test_two_workers_draw_the_same_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_cache: PhantomCache
) -> None:
    monkeypatch.setattr(phantom_cache, "CHUNK", 2)
    drawn = PhantomCache.build(tmp_path, SPEC, workers=2)
    assert torch.equal(drawn.volumes(range(8)), tiny_cache.volumes(range(8)))
    assert torch.equal(drawn.cells(range(8)), tiny_cache.cells(range(8)))


@pytest.mark.parametrize(
    "change", [{"first": 1}, {"count": 4}, {"busy": True}, {"variety": "varied"}]
)
def test_a_folder_of_other_phantoms_is_refused(
    tiny_cache: PhantomCache, change: dict[str, int]
) -> None:
    other: CacheSpec = replace(SPEC, **change)
    with pytest.raises(TrainingError, match="contains other phantoms: choose another folder"):
        PhantomCache.build(tiny_cache.folder, other, workers=1)


def test_an_empty_folder_holds_no_phantoms(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="build the cache first"):
        PhantomCache(tmp_path)


def test_a_file_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    cache = PhantomCache.build(tmp_path, FEW, workers=1)
    path = tmp_path / "volumes.u8"
    path.write_bytes(path.read_bytes()[:-1])
    cache.volumes([1])
    with pytest.raises(TrainingError, match="is truncated"):
        cache.volumes([2])


def test_varied_phantoms_are_cached_with_labels_of_their_own(tmp_path: Path) -> None:
    varied = replace(SPEC, count=12, variety="varied")
    cache = PhantomCache.build(tmp_path, varied, workers=1)
    case = make_case(3, shape=SPEC.shape, variety="varied")
    assert cache.facts[3] == case.facts
    seen = to_model_grid(case.volume, model_window(case.volume), SPEC.grid)
    torch.testing.assert_close(cache.volumes([3]), seen.tensor, atol=0.5 / 255 + 1e-6, rtol=0)
    place = list(ATTRIBUTES).index("region")
    regions = [ATTRIBUTES["region"][i] for i in cache.labels.attributes[:, place]]
    assert regions == [facts.acquisition.region for facts in cache.facts]
    assert "other" in regions


def test_of_mixed_phantoms_every_other_one_is_varied(tmp_path: Path) -> None:
    cache = PhantomCache.build(
        tmp_path, replace(SPEC, first=6, count=4, variety="mixed"), workers=1
    )
    varieties: tuple[Variety, ...] = ("tidy", "varied", "tidy", "varied")
    for row, variety in enumerate(varieties):
        case = make_case(6 + row, shape=SPEC.shape, variety=variety)
        assert cache.facts[row] == case.facts
        seen = to_model_grid(case.volume, model_window(case.volume), SPEC.grid)
        torch.testing.assert_close(cache.volumes([row]), seen.tensor, atol=0.003, rtol=0)


def test_a_cache_from_before_there_were_varieties_holds_tidy_phantoms(
    tmp_path: Path, tiny_cache: PhantomCache
) -> None:
    shutil.copytree(tiny_cache.folder, tmp_path / "old")
    spec = json.loads((tmp_path / "old/spec.json").read_text())
    del spec["variety"]
    (tmp_path / "old/spec.json").write_text(json.dumps(spec))
    assert PhantomCache(tmp_path / "old").spec == SPEC
