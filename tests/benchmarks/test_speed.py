"""The table of speed: both ways give the same, medians are right, documents show the record."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pydicom import Dataset, dcmread

from benchmarks.speed.dicom import CODINGS, as_jpeg_lossless, write_series
from benchmarks.speed.dicom import read_plainly as read_series_plainly
from benchmarks.speed.encoder import as_published
from benchmarks.speed.growth import exponent
from benchmarks.speed.memory import peak
from benchmarks.speed.released_words import SIZES, released_rows
from benchmarks.speed.rounds import Taken, compare, row_of, taken
from benchmarks.speed.scans import (
    LARGEST_ERROR,
    on_the_grid,
    read,
    read_plainly,
    voxels_of,
    write_scan,
)
from benchmarks.speed.table import MARK, RECORD, ROOT, TELLING, telling_table, whole_table
from benchmarks.speed.words import GREEDY, generated, ours
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.engine import load_engine
from med3dvlm.model.dcformer import DCFormer
from med3dvlm.model.dcformer_config import nano
from med3dvlm.phantoms.case import make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.volumes import Limits, open_volume

EMPTY = {
    "day": "2026-01-02", "machine": "M", "load": "0.1 0.2 0.3", "torch": "T", "rows": [],
    "growths": [],
}  # fmt: skip


def test_the_published_form_gives_the_same_states() -> None:
    encoder, volume = DCFormer(nano()).eval(), torch.rand(1, 1, 17, 32, 20)
    published = as_published(encoder)
    with torch.no_grad():
        for ours_, theirs in zip(encoder(volume), published.plain(volume), strict=True):
            assert float((ours_ - theirs).abs().max() / theirs.std()) < 1e-5
        published(volume)
    assert published.form is None  # a call of it is timed as it is, not as ours


def test_reading_gives_the_grid_of_the_plain_way(tmp_path: Path) -> None:
    path = write_scan(tmp_path / "scan.nii.gz", slices=32, pixels=64)
    assert float((read(path) - read_plainly(path)).abs().max()) < LARGEST_ERROR


def test_generate_says_what_the_engine_says() -> None:
    engine = load_engine(DEFAULT_MODEL)
    features = engine.encode(make_case(SHOWROOM[0]).volume)
    said = ours(engine, features)
    assert said == generated(engine, features, GREEDY.max_new_tokens)
    assert said.startswith(ours(engine, features, most=1))


def test_a_row_is_the_median_of_ratios() -> None:
    rounds = [(Taken(4, 6), Taken(1, 2)), (Taken(2, 2), Taken(2, 1)), (Taken(3, 4), Taken(1, 1))]
    row = row_of("example", rounds)
    assert (row.plain, row.ours) == (3, 1)
    assert (row.ratio, row.lowest, row.highest, row.processor) == (3, 1, 4, 3)
    assert row.rounds == 3


def test_both_ways_are_called_in_turn() -> None:
    calls: list[str] = []
    compare("example", lambda: calls.append("plain"), lambda: calls.append("ours"), rounds=2)
    assert calls == ["plain", "ours"] * 3


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_exponents_are_fitted(power: float) -> None:
    sizes = [10, 20, 50]
    assert exponent(sizes, [3.0 * size**power for size in sizes]) == pytest.approx(power)


def test_documents_show_the_recorded_figures() -> None:
    """Nothing before a first `make bench`, then what it recorded."""
    for document, table in (("docs/results.md", whole_table), ("README.md", telling_table)):
        _, shown, _ = (ROOT / document).read_text().split(MARK)
        expected = table(json.loads(RECORD.read_text())) if RECORD.exists() else ""
        assert shown.strip() == expected, f"{document}: run make bench"


def test_tables_of_a_record() -> None:
    """A line of a row has both times, the median, the spread and the processor's ratio."""
    rounds = [(Taken(4, 6), Taken(1, 2)), (Taken(2, 2), Taken(2, 1)), (Taken(3, 4), Taken(1, 1))]
    names = [f"{kind}{i}" for kind in TELLING for i in range(2)]
    record = {
        "day": "2026-01-02", "machine": "M", "load": "0.1 0.2 0.3", "torch": "T",
        "rows": [row_of(name, rounds)._asdict() for name in names],
        "growths": [{"name": "reading", "sizes": [10, 2000], "exponent": 0.987}],
    }  # fmt: skip
    line = f"| {names[0]} | 3.000 | 1.000 | 3.00 | 1.00 to 4.00 of 3 | 3.00 |"
    whole, telling = whole_table(record), telling_table(record)
    assert line in whole.splitlines()
    assert line in telling.splitlines()
    assert "2026-01-02, M, load before 0.1 0.2 0.3, torch T." in telling
    assert names[1] in whole
    assert names[1] not in telling
    assert "| reading | 10 to 2,000 | 0.99 |" in whole


@pytest.mark.parametrize("name", CODINGS)
def test_a_series_has_the_grid_of_the_plain_way(tmp_path: Path, name: str) -> None:
    folder = write_series(tmp_path / "series", CODINGS[name], slices=32, pixels=64)
    ours = on_the_grid(open_volume(folder, limits=Limits(processes=2)))
    assert float((ours - read_series_plainly(folder)).abs().max()) < LARGEST_ERROR
    expected = voxels_of(slices=32, pixels=64).clip(-1024)
    np.testing.assert_array_equal(open_volume(folder).voxels, expected)


def test_jpeg_lossless_holds_every_difference(tmp_path: Path) -> None:
    """The largest class of differences has one member and no further bits."""
    values = np.array([[0, 32768, 0, 65535, 32767, 1], [65535, 0, 3, 2, 5, 4]], np.uint16)

    def with_values(data: Dataset) -> None:
        data.Rows, data.Columns = values.shape
        data.RescaleIntercept, data.PixelData = 0, values.tobytes()
        as_jpeg_lossless(data)

    folder = write_series(tmp_path / "series", with_values, slices=32, pixels=64)
    read_back = dcmread(next(folder.iterdir())).pixel_array
    np.testing.assert_array_equal(read_back, values)


def test_first_words_at_the_released_layout_agree() -> None:
    sizes = replace(SIZES, width=56, hidden=96)
    [row] = released_rows(rounds=1, sizes=sizes)  # it compares before it times
    assert "1 of the 28 layers" in row.name


def test_memory_is_told_beside_the_volume(tmp_path: Path) -> None:
    path = write_scan(tmp_path / "scan.nii.gz", slices=32, pixels=64)
    peak_ = peak("example", path, path)
    assert peak_.volume_mib == pytest.approx(32 * 64 * 64 * 2 / 2**20)
    record = {"peaks": [{"name": "example", "volume_mib": 150.0, "peak_mib": 225.0}]}
    lines = whole_table({**record, **EMPTY}).splitlines()
    assert "| example | 150 | 225 | 1.50 |" in lines
    assert "most memory" not in whole_table(EMPTY)


def test_processor_time_counts_other_processes() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass"
    spent = taken(lambda: subprocess.run([sys.executable, "-c", work], check=True))
    assert spent.processor >= 0.3
