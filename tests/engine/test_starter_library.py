"""The library of phantoms: built, opened, built anew for another model."""

import io
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from med3dvlm.engine import starter_library
from med3dvlm.engine.engine import Engine, load_engine
from med3dvlm.engine.starter_library import (
    OF_EACH_KIND,
    build_starter_library,
    first_look,
    library_seeds,
    look_at,
    open_starter_library,
    phantom_entry,
    reading_window,
    seed_of,
    title_of,
    window_for,
)
from med3dvlm.errors import CheckpointError, LibraryError
from med3dvlm.model.checkpoint import load_dual_encoder, load_vlm
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.retrieval.library import STORE_NAME
from med3dvlm.volumes.window import ABDOMEN, LUNG, MEDIASTINUM

COUNT = 4


@pytest.fixture(autouse=True)
def _small_showroom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter_library, "SHOWROOM", SHOWROOM[:COUNT])


@pytest.fixture(scope="module")
def shipped(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped") / "library"
    build_starter_library(engine, folder, count=COUNT)
    return folder


@pytest.fixture(scope="module")
def other(random_model: Path) -> Engine:
    """The same weights under another digest, as those of another training would have."""
    dual = load_dual_encoder(random_model / "dual_encoder")
    return Engine(load_vlm(random_model / "vlm"), replace(dual, digest="0" * 16))


def test_a_search_for_a_kind_can_be_right_in_its_first_results(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(starter_library, "SHOWROOM", SHOWROOM)
    seeds = library_seeds()
    assert len(set(seeds)) == starter_library.COUNT
    shown = Counter(kind.name for seed in seeds for kind in draw_facts(seed).kinds)
    assert set(shown) == set(KINDS)
    assert min(shown.values()) >= OF_EACH_KIND
    assert any(not draw_facts(seed).findings for seed in seeds)


def test_the_shipped_library_is_opened_as_it_is(
    engine: Engine, shipped: Path, tmp_path: Path
) -> None:
    with open_starter_library(engine, shipped, cache=tmp_path / "cache") as library:
        assert len(library) == COUNT
        assert not (tmp_path / "cache").exists()


def test_a_phantom_is_found_by_its_own_vector_and_can_be_made_again(
    engine: Engine, shipped: Path, tmp_path: Path
) -> None:
    case = make_case(SHOWROOM[2])
    with open_starter_library(engine, shipped, cache=tmp_path) as library:
        hit = library.search(engine.encode(case.volume).embedding, 1)[0]
    assert hit.entry.digest == case.volume.digest
    assert seed_of(hit.entry.source) == SHOWROOM[2]
    assert hit.entry.text == case.report
    assert hit.entry.facts["region"] == case.facts.acquisition.region


def test_another_model_gets_a_library_of_its_own_once(
    other: Engine, shipped: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    cache = tmp_path / "cache"
    for _ in range(2):
        with open_starter_library(
            other, shipped, cache=cache, progress=lambda *step: told.append(step)
        ) as library:
            assert len(library) == COUNT
    assert [done for done, _ in told] == [0, 1, 2, 3, told[-1][1]], "the second call built nothing"
    assert len(list(cache.iterdir())) == 1, "and nothing is left beside it"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwrite(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def garble(path: Path) -> None:
    """The file is whole for SQLite, and a text in it is none."""
    path.write_bytes(path.read_bytes().replace(b"Random test", b"\xff\xfe\xfd\xfcom test"))


@pytest.mark.parametrize("damage", [cut, overwrite, garble])
def test_a_damaged_shipped_library_is_replaced_and_told(
    engine: Engine, shipped: Path, tmp_path: Path, damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """It was replaced without a word, but minutes of building at the first start."""
    broken = shutil.copytree(shipped, tmp_path / "shipped")
    damage(broken / STORE_NAME)
    for _ in range(2):
        caplog.clear()
        with open_starter_library(engine, broken, cache=tmp_path / "cache") as library:
            assert len(library) == COUNT
            assert "comes with the app is damaged" in library.note
        [record] = caplog.records
        assert record.levelname == "WARNING"
        assert str(broken) in record.getMessage()


def test_a_library_of_another_model_or_none_is_nothing_to_tell(
    other: Engine, shipped: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in (shipped, tmp_path / "none"):
        with open_starter_library(other, folder, cache=tmp_path / "cache") as library:
            assert library.note == ""
    assert not caplog.records


def test_a_damaged_library_of_our_own_is_built_again(
    other: Engine, shipped: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    open_starter_library(other, shipped, cache=cache).close()
    [own] = cache.iterdir()
    overwrite(own / STORE_NAME)
    with open_starter_library(other, shipped, cache=cache) as library:
        assert (len(library), library.note) == (COUNT, "")
    assert str(own) in caplog.text


def test_a_build_that_fails_leaves_no_half_library(
    other: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_starter_library(other, tmp_path / "none", cache=tmp_path / "cache", progress=fail)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_an_error_with_its_place(
    other: Engine, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="can't be written"):
        open_starter_library(other, tmp_path / "none", cache=tmp_path / "file" / "cache")


def test_without_a_dual_encoder_there_is_no_library(random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="can't search"):
        open_starter_library(load_engine(random_model / "vlm"), tmp_path, cache=tmp_path)


def test_an_entry_shows_the_first_finding(engine: Engine) -> None:
    case = make_case(next(s for s in SHOWROOM if draw_facts(s).findings))
    entry, look = phantom_entry(case), first_look(case)
    assert look.center is not None
    box = case.extents[0][0]
    assert all(
        side.start <= place < side.stop for side, place in zip(box, look.center, strict=True)
    )
    assert Image.open(io.BytesIO(entry.thumbnail)).format == "WEBP"
    assert entry.title == title_of(case.facts)
    assert np.array_equal(entry.facts["kinds"], [kind.name for kind in case.facts.kinds])


def test_a_chest_is_opened_in_the_window_of_its_findings() -> None:
    many = [draw_facts(seed) for seed in range(300)]
    windows = {
        "lung": {reading_window(f) for f in many if f.has("lung nodule")},
        "aorta": {
            reading_window(f)
            for f in many
            if {kind.name for kind in f.kinds} == {"thoracic aortic aneurysm"}
        },
        "pelvis": {reading_window(f) for f in many if f.acquisition.region == "pelvis"},
    }
    assert windows == {"lung": {LUNG}, "aorta": {MEDIASTINUM}, "pelvis": {ABDOMEN}}


@pytest.mark.parametrize(
    ("source", "seed"), [("phantom:30000007", 30000007), ("upload", None), ("phantom:x", None)]
)
def test_a_source_names_its_seed(source: str, seed: int | None) -> None:
    assert seed_of(source) == seed


def test_a_finding_is_looked_at_in_its_window() -> None:
    case = next(
        case for case in map(make_case, SHOWROOM)
        if len(case.facts.findings) > 1 and all(case.extents) and len(case.facts.kinds) > 1
    )  # fmt: skip
    region = case.facts.acquisition.region
    for finding, boxes in zip(case.facts.findings, case.extents, strict=True):
        look = look_at(case, finding.kind, finding.place)
        assert look.window == window_for(finding.kind, region)
        z, y, x = (int(at) for at in look.center or ())
        box = boxes[0]
        assert z in range(box.z.start, box.z.stop)
        assert y in range(box.y.start, box.y.stop)
        assert x in range(box.x.start, box.x.stop)
    first = case.facts.findings[0]
    assert look_at(case, "no such kind") == look_at(case, first.kind, first.place)


def test_where_nothing_is_found_the_first_look_is_taken() -> None:
    case = next(case for case in map(make_case, SHOWROOM) if not case.facts.findings)
    assert look_at(case, "ascites") == first_look(case)
