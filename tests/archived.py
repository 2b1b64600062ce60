"""An archive of small scans that several workers and one process encode, to compare both."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from med3dvlm.__main__ import main
from med3dvlm.commands.embed import KEPT, TABLE
from med3dvlm.engine.embedder import open_embedder
from med3dvlm.phantoms.case import make_case
from med3dvlm.retrieval import Entry, Library
from tests.scan_files import save_nifti


def make_archive(folder: Path, count: int, bad: str) -> Path:
    """So many phantoms, and a file that is none."""
    for seed in range(count):
        save_nifti(make_case(seed, shape=(16, 32, 32)).volume, folder / f"{seed:02}.nii.gz")
    (folder / bad).write_text("no scan")
    return folder


def embedding(scans: Path, model: Path) -> list[str]:
    """The command that embeds an archive, without the library that it writes."""
    return ["embed", str(scans), "--model", str(model), "--device", "cpu", "--out"]


def assert_like_one_process(
    three: Path, scans: Path, model: Path, *, count: int, bad: str, tolerance: float
) -> None:
    """The library of several workers is that of one process; nothing but the bad file is left."""
    one = three.with_name("one")
    assert main([*embedding(scans, model), str(one)]) == 1, "one file is no scan"
    assert _table(three) == _table(one)
    assert [row["file"] for row in _table(one) if row["error"]] == [bad]
    key = open_embedder(str(model), device="cpu").key
    with Library.open(one, model=key) as alone, Library.open(three, model=key) as shared:
        assert len(alone) == count
        assert _undated(shared) == _undated(alone), "ids, order and all"
        np.testing.assert_allclose(shared.vectors()[1], alone.vectors()[1], rtol=0, atol=tolerance)
    assert not (three / KEPT).exists()


def _undated(library: Library) -> list[Entry]:
    """All entries, but not when they were added."""
    return [replace(entry, added="") for entry in library]


def _table(folder: Path) -> list[dict[str, str]]:
    with (folder / TABLE).open() as stream:
        return list(csv.DictReader(stream))
