"""From the raw M3D download to ready shards: parallel, resumable, checked.

    report = prepare(Path("data"), Path("ready"), PrepareConfig())

A folder of ready data contains `spec.json`, `volumes-*.u8` (the shards), `volumes.jsonl` (a record
of every volume with its digest), `captions_*.jsonl`, `vqa_*.jsonl`, and the report.
A killed run resumes where it stopped; the result is the same for any number of processes.
"""

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from med3dvlm.errors import Med3DVLMError, TrainingError
from med3dvlm.machines.work_list import crew, results
from med3dvlm.values import to_json
from med3dvlm.volumes.grid import PUBLISHED_GRID, Grid
from train.data.m3d.items import Index, read_index, write_items
from train.data.m3d.layout import VQA_SPLITS, RawData
from train.data.m3d.preparation_report import write_preparation_report
from train.data.m3d.shards import (
    FORMAT,
    RECORDS,
    SPEC,
    ReadySpec,
    read_spec,
    shard_path,
    write_lines,
)
from train.data.m3d.slices import read_series

log = logging.getLogger(__name__)

PROGRESS = "progress.jsonl"
KEPT = "kept"
CHUNK = 8
Place = tuple[int, str]  # a row and the name of its series


@dataclass(frozen=True, kw_only=True)
class PrepareConfig:
    """How to prepare data.

    Attributes:
        grid: voxels of a volume.
        workers: number of processes.
        scheduler: address of a Dask scheduler whose workers do the work, on any machine that has
            both folders at the same place; empty for processes of our own.
        per_shard: volumes in a file.
        drop_broken: skip and report broken series; otherwise the first one stops the run.
        drop_leaks: leave out training rows whose case, caption or pixels are also in validation
            or test; otherwise only report them.
    """

    grid: Grid = PUBLISHED_GRID
    workers: int = 2
    scheduler: str = ""
    per_shard: int = 128
    drop_broken: bool = False
    drop_leaks: bool = False


def prepare(raw_folder: Path, out: Path, config: PrepareConfig) -> dict[str, Any]:
    """Prepare a download; returns the report.

    Raises:
        TrainingError: an index row or a file is broken (the message names it), the disk is too
            small, or `out` contains other data.
    """
    started = time.time()
    raw = RawData(raw_folder)
    index = read_index(raw)
    spec = _claim(out, index, config)
    _announce(out, index, spec)
    records = make_volumes(raw, out, index.series, spec, config)
    write_lines(out / RECORDS, (records[row] for row in range(spec.count)))
    report = write_items(out, index, records, drop_leaks=config.drop_leaks)
    report["seconds"] = round(time.time() - started, 1)
    write_preparation_report(out, report)
    return report


def _claim(out: Path, index: Index, config: PrepareConfig) -> ReadySpec:
    """Write the specification, or check that the folder already has exactly this data."""
    names = index.series
    if not names:
        raise TrainingError("the index files don't name any series")
    spec = ReadySpec(
        format=FORMAT, grid=config.grid, count=len(names), per_shard=config.per_shard,
        names=hashlib.sha256("\n".join(names).encode()).hexdigest(),
    )  # fmt: skip
    if (out / SPEC).exists():
        if read_spec(out) != spec:
            raise TrainingError(f"{out} has other ready data: choose another folder or delete it")
    else:
        out.mkdir(parents=True, exist_ok=True)
        (out / SPEC).write_text(to_json(spec))
    return spec


def _announce(out: Path, index: Index, spec: ReadySpec) -> None:
    """Log what will be written, and refuse a disk that is too small."""
    rows = {f"captions {split}": len(items) for split, items in index.captions.items()}
    rows |= {f"vqa {split}": len(items) for split, items in index.questions.items()}
    for name, count in rows.items():
        log.info("%-22s %9d rows", name, count)
    absent = sorted(set(VQA_SPLITS) - set(index.questions))
    if absent:
        log.info("missing: %s", ", ".join(f"M3D_VQA_{split}.csv" for split in absent))
    wanted = spec.count * spec.volume_bytes
    written = sum(path.stat().st_size for path in out.glob("volumes-*.u8"))
    free = shutil.disk_usage(out).free
    size = "x".join(map(str, spec.grid))
    log.info(
        "%d series to %d shards of %s voxels: %.1f GiB needed, %.1f GiB free",
        spec.count, spec.shards, size, wanted / 2**30, (free + written) / 2**30,
    )  # fmt: skip
    if wanted > free + written:
        raise TrainingError(
            f"the ready data needs {wanted / 2**30:.1f} GiB, only {free / 2**30:.1f} GiB are free"
        )


def make_volumes(
    raw: RawData, out: Path, names: Sequence[str], spec: ReadySpec, config: PrepareConfig
) -> dict[int, dict[str, Any]]:
    """Write every missing volume; returns the records of all volumes, by row."""
    for shard in range(spec.shards):
        path = shard_path(out, shard)
        size = len(spec.rows_of(shard)) * spec.volume_bytes
        if not path.exists() or path.stat().st_size != size:
            with path.open("ab") as stream:
                stream.truncate(size)
    records = _finished(out)
    if not config.drop_broken:  # a broken file may have been repaired since
        records = {row: record for row, record in records.items() if "broken" not in record}
    todo = [(row, names[row]) for row in range(spec.count) if row not in records]
    with (
        (out / PROGRESS).open("a", encoding="utf-8") as progress,
        tqdm(total=spec.count, initial=len(records), unit="series", desc="preparing") as bar,
    ):
        for record in _done(raw, out, spec, todo, config):
            if "broken" in record and not config.drop_broken:
                raise TrainingError(
                    f"{record['broken']}. Repair it and run the same command again, or skip broken "
                    "series with --drop-broken"
                )
            progress.write(json.dumps(record, ensure_ascii=False) + "\n")
            progress.flush()
            records[record["row"]] = record
            bar.update()
    return records


def _done(
    raw: RawData, out: Path, spec: ReadySpec, todo: Sequence[Place], config: PrepareConfig
) -> Iterator[dict[str, Any]]:
    """Yield records as they are made; a failure stops new work."""
    if config.scheduler and todo:
        yield from _done_elsewhere(raw, out, spec, todo, config.scheduler)
        return
    chunks = [todo[i : i + CHUNK] for i in range(0, len(todo), CHUNK)]
    work = partial(_make_chunk, raw, out, spec)
    if config.workers <= 1:
        for chunk in chunks:
            yield from work(chunk)
        return
    pool = ProcessPoolExecutor(config.workers)
    try:
        for records in pool.map(work, chunks):
            yield from records
    finally:
        pool.shutdown(cancel_futures=True)


def _done_elsewhere(
    raw: RawData, out: Path, spec: ReadySpec, todo: Sequence[Place], scheduler: str
) -> Iterator[dict[str, Any]]:
    """Yield records as the workers of a scheduler make them, in the order of the rows."""
    work = partial(_make_place, RawData(raw.root.absolute()), out.absolute(), spec)
    with crew(scheduler) as workers:
        kept = out.absolute() / KEPT
        found = results(work, todo, workers=workers, kept=kept, name_of=str)
        for (row, name), record in zip(todo, found, strict=True):
            broken = {"row": row, "series": name, "broken": str(record)}
            yield broken if isinstance(record, Med3DVLMError) else record


def _finished(out: Path) -> dict[int, dict[str, Any]]:
    """Records of an earlier run; the last line may be truncated."""
    path = out / PROGRESS
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="utf-8")
    return {record["row"]: record for record in map(json.loads, lines[:-1])}


def _make_chunk(
    raw: RawData, out: Path, spec: ReadySpec, places: Sequence[Place]
) -> list[dict[str, Any]]:
    return [_make(raw, out, name, spec, row) for row, name in places]


def _make(raw: RawData, out: Path, name: str, spec: ReadySpec, row: int) -> dict[str, Any]:
    """The record of a volume that is written to its place, or of one that is broken."""
    try:
        return _make_place(raw, out, spec, (row, name))
    except TrainingError as error:
        return {"row": row, "series": name, "broken": str(error)}


def _make_place(raw: RawData, out: Path, spec: ReadySpec, place: Place) -> dict[str, Any]:
    """Write one volume to its place; returns its record."""
    torch.set_num_threads(1)
    row, name = place
    ready = read_series(raw.source(name), grid=spec.grid)
    shard, offset = spec.place(row)
    voxels = ready.voxels.tobytes()
    with shard_path(out, shard).open("r+b") as stream:
        stream.seek(offset)
        stream.write(voxels)
    record = {"row": row, "series": name, "slices": ready.slices, "digest": digest(voxels)}
    return record | ({"dropped": ready.dropped} if ready.dropped else {})


def digest(voxels: bytes) -> str:
    """Hash of a volume's bytes."""
    return hashlib.sha256(voxels).hexdigest()[:32]


def verify(out: Path, *, workers: int = 2) -> int:
    """Read every volume and compare it with its record; returns how many it compared.

    Raises:
        TrainingError: a volume differs; the message names it.
    """
    spec = read_spec(out)
    shards = [(out, spec, shard) for shard in range(spec.shards)]
    with ProcessPoolExecutor(workers) as pool:
        wrong = [name for names in pool.map(_differing, shards) for name in names]
    if wrong:
        raise TrainingError(
            f"{len(wrong)} volumes differ from their records, the first is {wrong[0]}: delete "
            f"{PROGRESS} and run prepare_m3d again"
        )
    return spec.count


def _differing(task: tuple[Path, ReadySpec, int]) -> list[str]:
    out, spec, shard = task
    lines = (out / RECORDS).read_text(encoding="utf-8").splitlines()
    wrong = []
    with shard_path(out, shard).open("rb") as stream:
        for row in spec.rows_of(shard):
            record = json.loads(lines[row])
            voxels = stream.read(spec.volume_bytes)
            if "broken" not in record and digest(voxels) != record["digest"]:
                wrong.append(record["series"])
    return wrong
