"""A stage is finished only as this run would make it, and nothing that was made is lost."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from med3dvlm.errors import TrainingError
from tests.train.recipes.m3d_stages import KilledError, dies
from train.loop.record import finished_record, read_record
from train.recipes import running
from train.recipes.m3d import sample_recipe
from train.recipes.opening import Place
from train.recipes.phantom import smoke_recipe
from train.recipes.recipe import StageConfig
from train.recipes.running import run_stage, run_stages
from train.stages.settings import with_settings

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing")


def short(name: str, *settings: str) -> StageConfig:
    config = sample_recipe().stages[name]
    return with_settings(config, ["schedule.steps=2", "evaluated=2", *settings])


STAGES = {name: short(name) for name in ("contrastive", "alignment")}


@pytest.fixture
def place(ready_sample: Path, tmp_path: Path) -> Place:
    return Place(run=tmp_path / "run", data=ready_sample)


@pytest.fixture
def done(place: Place) -> Place:
    run_stages(STAGES, place)
    return place


@pytest.fixture
def may_not_train(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def forbid() -> None:
        monkeypatch.setattr(running, "run", lambda *_, **__: pytest.fail("it trained"))

    return forbid


def contents(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_finished_stage_is_not_run_again(
    done: Place, may_not_train: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    may_not_train()
    before = contents(done.run)
    with caplog.at_level(logging.INFO):
        run_stages(STAGES, done)
    assert "contrastive is finished" in caplog.text
    figures = json.loads((done.run / "alignment" / "figures.json").read_text())
    assert run_stage(STAGES["alignment"], done) == figures
    assert contents(done.run) == before


@pytest.mark.slow
def test_another_configuration_is_told_and_nothing_is_lost(
    done: Place, may_not_train: Callable[[], None]
) -> None:
    """Only `done.json` decided: a stage with other settings counted as finished."""
    may_not_train()
    before = contents(done.run)
    other = short("alignment", "schedule.learning_rate=0.25", "data.blind=0.5")
    for go in (
        lambda: run_stage(other, done),
        lambda: run_stage(other, done, resume=True),
        lambda: run_stages(STAGES | {"alignment": other}, done),
    ):
        with pytest.raises(TrainingError) as refused:
            go()
        said = str(refused.value)
        assert "alignment: data.blind was 0.0 and is 0.5; schedule.learning_rate was 0.0005" in said
        assert "and is 0.25" in said
        assert f"Choose another --out, or move {done.run / 'alignment'} away" in said
        assert "contrastive:" not in said
    assert contents(done.run) == before


@pytest.mark.slow
def test_a_stage_before_that_is_another_is_told(
    done: Place, may_not_train: Callable[[], None]
) -> None:
    """Stage 1 was trained anew, elsewhere and put here: stage 2 is of the one before."""
    path = done.run / "contrastive" / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"result": "0" * 32}))
    may_not_train()
    with pytest.raises(TrainingError, match="alignment: contrastive has changed since this stage"):
        run_stages(STAGES, done)


@pytest.mark.slow
def test_what_builds_on_a_stage_that_is_gone_is_told_before_it_is_trained(
    done: Place, may_not_train: Callable[[], None]
) -> None:
    (done.run / "contrastive").rename(done.run / "away")
    may_not_train()
    with pytest.raises(TrainingError, match="alignment: contrastive will be retrained"):
        run_stages(STAGES, done)


@pytest.mark.slow
def test_other_data_is_told(done: Place, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path in done.data.iterdir():
        (data / path.name).symlink_to(path)
    (data / "report.json").unlink()
    (data / "report.json").write_text('{"digest": "another"}')
    with pytest.raises(TrainingError, match="contrastive: data has changed since this stage"):
        run_stage(STAGES["contrastive"], done._replace(data=data))


@pytest.mark.slow
def test_a_stopped_stage_goes_on_by_resume_alone_and_as_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = short("contrastive", "schedule.steps=4", "schedule.save_every=1")
    with monkeypatch.context() as patch:
        dies(patch, 2)
        with pytest.raises(KilledError):
            run_stage(config, place)
    stopped = read_record(place.run / "contrastive")
    assert stopped is not None
    assert not stopped.finished
    with pytest.raises(TrainingError, match="contrastive isn't finished"):
        finished_record(place.run / "contrastive")
    with pytest.raises(TrainingError, match="continue with --resume"):
        run_stage(config, place)
    other = with_settings(config, ["chunk=4"])
    with pytest.raises(TrainingError, match="chunk was 2 and is 4"):
        run_stage(other, place, resume=True)
    run_stage(config, place, resume=True)
    record = finished_record(place.run / "contrastive")
    assert record.seconds > stopped.seconds
    assert record.inputs == stopped.inputs


@pytest.mark.slow
def test_a_run_of_an_older_version_is_left_alone(
    done: Place, may_not_train: Callable[[], None]
) -> None:
    (done.run / "contrastive" / "run.json").unlink()
    may_not_train()
    with pytest.raises(TrainingError, match=r"has a run of an older version, without run\.json"):
        run_stage(STAGES["contrastive"], done)


def test_a_file_to_start_from_is_an_input(place: Place, tmp_path: Path) -> None:
    config = short("contrastive", f"encoder_weights={tmp_path / 'none.safetensors'}")
    with pytest.raises(TrainingError, match=r"none\.safetensors doesn't exist"):
        run_stage(config, place)


def test_phantoms_take_one_process(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "process_state", lambda: SimpleNamespace(num_processes=2))
    with pytest.raises(TrainingError, match="run in one process"):
        run_stage(smoke_recipe().reading, place)
