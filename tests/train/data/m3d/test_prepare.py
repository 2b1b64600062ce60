"""From the raw layout to ready shards, end to end on a sample drawn from phantoms."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import TrainingError
from tests.train.m3d_sample import GRID, READY, SAMPLE
from train.data.m3d import prepare as preparing
from train.data.m3d.layout import RawData
from train.data.m3d.prepare import PrepareConfig, prepare, verify
from train.data.m3d.sample import SampleSpec, make_sample
from train.data.m3d.shards import Lines, Volumes
from train.data.m3d.slices import read_series

REBUILT = PrepareConfig(grid=GRID, workers=2, per_shard=8)


def contents(folder: Path) -> dict[str, bytes]:
    """Everything but what tells the time or the order of work."""
    names = [p for p in folder.iterdir() if p.name not in {"report.json", "report.md"}]
    return {p.name: p.read_bytes() for p in names if p.name != "progress.jsonl"}


def copied(raw: Path, to: Path) -> Path:
    return Path(shutil.copytree(raw, to))


def test_every_volume_is_its_series_by_the_rule(raw_sample: Path, ready_sample: Path) -> None:
    volumes, rows = Volumes(ready_sample), Lines(ready_sample / "volumes.jsonl")
    assert len(volumes) == len(rows) == 16 + 4 + 6 + 4
    raw = RawData(raw_sample)
    for record in rows:
        expected = read_series(raw.source(record["series"]), grid=GRID)
        assert np.array_equal(volumes[[record["row"]]][0, 0].numpy(), expected.voxels)
    assert verify(ready_sample, workers=1) == len(volumes)


def test_rows_of_text_lead_to_their_volume(ready_sample: Path) -> None:
    names = [record["series"] for record in Lines(ready_sample / "volumes.jsonl")]
    for path in ready_sample.glob("captions_*.jsonl"):
        for row in Lines(path):
            assert names[row["row"]] == row["series"]
            assert "study_findings" not in row["text"]
            assert "\n" not in row["text"]
    train = list(Lines(ready_sample / "captions_train.jsonl"))
    assert len(train) == 18, "two cases have two series"
    asked = list(Lines(ready_sample / "vqa_train.jsonl"))
    assert {row["kind"] for row in asked} == {"plane", "phase", "organ", "abnormality", "location"}
    assert all(row["choices"]["ABCD".index(row["letter"])] == row["answer"] for row in asked)
    answers = {row["answer"] for row in Lines(ready_sample / "vqa_yn_train.jsonl")}
    assert answers == {"Yes", "No"}


def test_the_report_names_what_was_dropped(ready_sample: Path) -> None:
    report = json.loads((ready_sample / "report.json").read_text())
    assert report["series"] == 30
    assert not report["broken"]
    (first, *_) = report["dropped files"].values()
    assert first == {"Thumbs.db": "not a numbered slice", "9999.png": "another size: 30x20"}
    assert report["audit"]["duplicates"]["train, same caption"] == 2
    assert all(found["shared"] == 0 for found in report["audit"]["leaks"].values())
    page = (ready_sample / "report.md").read_text()
    assert "9999.png: another size: 30x20" in page
    assert report["digest"] in page


def test_two_processes_and_the_other_spelling_make_the_same(
    ready_sample: Path, tmp_path: Path
) -> None:
    from dataclasses import replace

    make_sample(tmp_path / "raw", replace(SAMPLE, spelling=".nii.gz"))
    prepare(tmp_path / "raw", tmp_path / "ready", REBUILT)
    assert contents(tmp_path / "ready") == contents(ready_sample)


def test_a_killed_run_goes_on(
    raw_sample: Path, ready_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    whole = preparing._make

    def dying(*arguments: object) -> object:
        if len(made) == 13:
            raise KeyboardInterrupt
        made.append(arguments[-1])
        return whole(*arguments)

    monkeypatch.setattr(preparing, "_make", dying)
    with pytest.raises(KeyboardInterrupt):
        prepare(raw_sample, tmp_path, READY)
    lines = (tmp_path / "progress.jsonl").read_text()
    (tmp_path / "progress.jsonl").write_text(lines + '{"row": 8, "ser')  # cut short in the write
    monkeypatch.setattr(preparing, "_make", lambda *a: made.append(a[-1]) or whole(*a))
    prepare(raw_sample, tmp_path, READY)
    assert sorted(made[13:]) == list(range(8, 30)), "the finished chunk of eight is kept"
    assert contents(tmp_path) == contents(ready_sample)


def test_a_broken_slice_stops_with_its_name_or_is_left_out(
    raw_sample: Path, tmp_path: Path
) -> None:
    raw = copied(raw_sample, tmp_path / "raw")
    victim = next(raw.glob("M3D_Cap/ct_case/000000/*/3.png"))
    whole = victim.read_bytes()
    victim.write_bytes(whole[:60])
    with pytest.raises(TrainingError, match=r"000000/.*/3\.png: the image can't be read"):
        prepare(raw, tmp_path / "ready", READY)

    lenient = PrepareConfig(grid=GRID, workers=1, per_shard=8, drop_broken=True)
    report = prepare(raw, tmp_path / "ready", lenient)
    assert list(report["broken"]) == [f"ct_case/000000/{victim.parent.name}"]
    assert report["rows"]["captions_train"] == 17
    assert "M3D_Cap.json: train[0]" in report["rows left out"]
    assert verify(tmp_path / "ready", workers=1) == 30

    victim.write_bytes(whole)
    mended = prepare(raw, tmp_path / "ready", READY)
    assert not mended["broken"]
    assert mended["rows"]["captions_train"] == 18


def test_a_missing_series_is_named(raw_sample: Path, tmp_path: Path) -> None:
    raw = copied(raw_sample, tmp_path / "raw")
    shutil.rmtree(next(raw.glob("M3D_Cap/ct_quizze/000001/*")))
    with pytest.raises(TrainingError, match=r"ct_quizze/000001/.*an index file names this series"):
        prepare(raw, tmp_path / "ready", READY)


def test_leaks_are_found_and_can_be_left_out(raw_sample: Path, tmp_path: Path) -> None:
    """A training series copied under another case of the test split, its caption with it."""
    raw = copied(raw_sample, tmp_path / "raw")
    index = json.loads((raw / "M3D_Cap.json").read_text())
    source = raw / "M3D_Cap/ct_case/000000"
    shutil.copytree(source, raw / "M3D_Cap/ct_case/999999")
    leaked = {key: value.replace("000000", "999999") for key, value in index["train"][0].items()}
    index["test"].append(leaked)
    (raw / "M3D_Cap.json").write_text(json.dumps(index))

    report = prepare(raw, tmp_path / "ready", READY)
    leaks = report["audit"]["leaks"]
    assert leaks["train and test, same pixels"]["shared"] == 1
    assert leaks["train and test, same caption"]["shared"] == 1
    assert leaks["train and test, same case"]["shared"] == 0
    assert leaks["train and validation, same pixels"]["shared"] == 0
    assert "M3D_Cap.json: train[0]" in leaks["train and test, same pixels"]["first"]
    assert report["rows"]["captions_train"] == 18

    strict = PrepareConfig(grid=GRID, workers=1, per_shard=8, drop_leaks=True)
    dropped = prepare(raw, tmp_path / "ready", strict)
    assert dropped["rows"]["captions_train"] == 17
    assert dropped["rows"]["captions_test"] == report["rows"]["captions_test"]
    kept = {row["series"] for row in Lines(tmp_path / "ready" / "vqa_train.jsonl")}
    assert not any(series.startswith("ct_case/000000/") for series in kept)


def test_sizes_are_told_first_and_a_full_disk_is_refused(
    raw_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(preparing, "make_volumes", lambda *_: pytest.fail("began all the same"))
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with caplog.at_level(logging.INFO), pytest.raises(TrainingError, match="GiB are free"):
        prepare(raw_sample, tmp_path, READY)
    assert "30 series to 4 shards of 32x64x64 voxels" in caplog.text


def test_a_folder_of_other_data_is_refused(
    raw_sample: Path, ready_sample: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="other ready data"):
        prepare(raw_sample, ready_sample, PrepareConfig(grid=(16, 32, 32), workers=1, per_shard=8))
    with pytest.raises(TrainingError, match="prepare_m3d makes it"):
        Volumes(tmp_path)


def test_a_changed_volume_is_found(ready_sample: Path, tmp_path: Path) -> None:
    ready = copied(ready_sample, tmp_path / "ready")
    shard = ready / "volumes-00001.u8"
    changed = bytearray(shard.read_bytes())
    changed[5] ^= 1
    shard.write_bytes(changed)
    name = Lines(ready / "volumes.jsonl")[8]["series"]
    with pytest.raises(TrainingError, match=f"1 volumes differ .*{name}"):
        verify(ready, workers=1)
    shard.write_bytes(changed[:-1])
    with pytest.raises(TrainingError, match="missing or truncated"):
        Volumes(ready)[[9]]


def test_rows_come_in_the_order_asked_across_shards(ready_sample: Path) -> None:
    volumes = Volumes(ready_sample)
    picked = volumes[[25, 0, 9, 25]]
    assert picked.shape == (4, 1, *GRID)
    for place, row in enumerate((25, 0, 9, 25)):
        assert np.array_equal(picked[place], volumes[[row]][0])


def test_the_sample_is_the_same_each_time(raw_sample: Path, tmp_path: Path) -> None:
    make_sample(tmp_path, SampleSpec(train=2, validation=1, test=1, shape=SAMPLE.shape))
    for path in (tmp_path / "M3D_Cap").rglob("*.*"):
        same = raw_sample / path.relative_to(tmp_path)
        assert same.read_bytes() == path.read_bytes()
