"""Hits that open their volume: a file where that is allowed, an own scan, an example."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from med3dvlm.engine.scan_files import NO_FILE, TABLE, ScanFiles
from med3dvlm.errors import VolumeError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.operations.memory import MemoryBudget
from med3dvlm.phantoms.case import make_case
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.beside import Own
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.scan.panel import ScanPanel
from med3dvlm.ui.search.hits import NO_VOLUME, key_of_entry, key_of_hit
from med3dvlm.ui.search.opening import OpensHits
from med3dvlm.ui.search.shelf import FIRST, NOT_KEPT, Kept
from med3dvlm.ui.search.tab import SearchTab
from med3dvlm.volumes import list_series, open_volume
from tests.scan_files import save_nifti

After = Callable[..., dict[Any, Any]]
WARD, SECRET = "Ward", "doe_john.nii.gz"


@pytest.fixture
def ward(
    search: SearchTab, panel: ScanPanel, library: Library, tmp_path: Path
) -> Iterator[OpensHits]:
    """A library of two files, one of them listed in its table; its scans may be opened."""
    scans, folder = tmp_path / "scans", tmp_path / "ward"
    scans.mkdir()
    path = save_nifti(make_case(3, shape=(8, 16, 16)).volume, scans / SECRET)
    digest, [info] = open_volume(path).digest, list_series(path)
    with Library.create(folder, dim=library.dim, model=library.model) as own:
        own.add(
            [Entry(title="Ward 1", text="", digest=digest), Entry(title="B", text="", digest="b")],
            np.eye(2, library.dim),
        )
        with (folder / TABLE).open("w", newline="") as stream:
            rows = [("file", "series", "digest"), (SECRET, info.key, digest)]
            csv.writer(stream).writerows(rows)
        shelf = replace(
            search.shelf,
            libraries=search.shelf.libraries | {WARD: Loading(WARD, lambda tell: own)},
            files={WARD: ScanFiles(folder=scans, tables=(folder,))},
            budget=MemoryBudget(10**9),
        )
        shelf.loading(WARD).value()
        yield OpensHits(panel=panel, shelf=shelf)


def entry_of(opens: OpensHits, place: str, number: int) -> Entry:
    return opens.shelf.reader(place, None).get([number])[number]


def test_a_file_of_a_library_opens_and_its_name_is_not_told(ward: OpensHits, after: After) -> None:
    key = key_of_entry(entry_of(ward, WARD, 1), WARD)
    held = after(ward.open_hit(key, Own(), Kept()))
    scan = held[ward.panel.session.scan]
    assert (scan.volume.shape, scan.name, scan.seed) == ((8, 16, 16), "Ward 1", None)
    assert "john" not in key + repr([value for value in held.values() if isinstance(value, str)])


@pytest.mark.parametrize(
    "key",
    ["entry:2:Ward", "entry:1:", "entry:1:Elsewhere", "entry:77:Ward", "entry:x:Ward", "entry:",
     "entry:-1:Ward", "entry:99999999999999999999999:Ward", "entry:\u0661:Ward"],
)  # fmt: skip
def test_what_has_no_file_here_is_told(ward: OpensHits, key: str) -> None:
    with pytest.raises(VolumeError, match=NO_FILE):
        list(ward.open_hit(key, Own(), Kept()))


def test_what_is_too_large_is_not_read(ward: OpensHits) -> None:
    small = replace(ward.shelf, budget=MemoryBudget(100))
    with pytest.raises(VolumeError, match="all the memory"):
        list(replace(ward, shelf=small).open_hit("entry:1:Ward", Own(), Kept()))


def test_an_own_scan_opens_again_as_it_was(
    ward: OpensHits, scan: Scan, encoded: Encoded, after: After
) -> None:
    upload = replace(scan, seed=None, name="mine.nii")
    ward.shelf.budget.hold(upload.volume.voxels)
    added = ward.shelf.put(upload, encoded, "Mine", FIRST, None)
    own, kept = added[ward.shelf.own], added[ward.shelf.kept]
    [(entry, _, _)] = own.held
    key = key_of_entry(entry, FIRST)
    assert after(ward.open_hit(key, own, kept))[ward.panel.session.scan] is upload
    gone = ward.shelf.take_away()
    with pytest.raises(VolumeError, match=NO_FILE):
        list(ward.open_hit(key, gone[ward.shelf.own], gone[ward.shelf.kept]))


def test_an_own_scan_that_is_too_large_to_keep_is_told(
    ward: OpensHits, scan: Scan, encoded: Encoded
) -> None:
    shelf = replace(ward.shelf, budget=MemoryBudget(2 * scan.volume.voxels.nbytes))
    shelf.budget.hold(scan.volume.voxels)
    added = shelf.put(replace(scan, seed=None), encoded, "Mine", FIRST, None)
    key = key_of_entry(added[shelf.own].held[0][0], FIRST)
    with pytest.raises(VolumeError, match=NOT_KEPT[:40]):
        list(replace(ward, shelf=shelf).open_hit(key, added[shelf.own], added[shelf.kept]))


def test_an_own_example_opens_by_its_card(
    ward: OpensHits, scan: Scan, encoded: Encoded, after: After, clicked: Any
) -> None:
    example = replace(scan, seed=None, card="real:lidc-0314")
    added = ward.shelf.put(example, encoded, "", FIRST, None)
    key = key_of_hit(clicked(key_of_entry(added[ward.shelf.own].held[0][0], FIRST)))
    held = after(ward.open_hit(key, added[ward.shelf.own], added[ward.shelf.kept]))
    assert held[ward.panel.session.scan].card == "real:lidc-0314"


def test_without_a_key_nothing_opens(ward: OpensHits, clicked: Any) -> None:
    assert not list(ward.open_hit(None, None, None))
    with pytest.raises(Exception, match=NO_VOLUME):
        key_of_hit(clicked("other:1"))
