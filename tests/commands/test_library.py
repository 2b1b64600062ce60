"""Libraries on the command line; the scans and the model are those of test_batches."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest

from med3dvlm.__main__ import main
from med3dvlm.commands import embed
from med3dvlm.errors import PromptError
from med3dvlm.retrieval import Entry, Library
from med3dvlm.retrieval.neighbour_map import read_neighbour_map


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Twenty entries; every second one of the chest, every fifth one tagged."""
    folder = tmp_path / "library"
    with Library.create(folder, dim=4, model="m") as made:
        entries = [
            Entry(
                title=f"Scan {n}", text="", digest=f"{n:02d}abc", added="2026-11-29T00:00:00Z",
                facts={"region": "chest" if n % 2 else "head", "size": n,
                       "tags": ["old"] if n % 5 == 0 else []},
            )
            for n in range(20)
        ]  # fmt: skip
        made.add(entries, np.random.default_rng(0).normal(size=(20, 4)))
    return folder


def test_checked_it_tells_recall_and_latency(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["library", "check", str(library), "--queries", "5", "--seal"]) == 0
    said = capsys.readouterr().out
    assert "entries: 20, 20 sealed, 0 changes since" in said
    assert "recall@10 against exact search: 1.0000" in said
    assert "p99" in said
    assert "index and entries agree" in said


def test_a_false_index_is_told(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["library", "check", str(library), "--seal"])
    [vectors] = library.glob("segment-*.vectors")
    damaged = bytearray(vectors.read_bytes())
    damaged[0:4] = b"\0\0\0\0"
    vectors.write_bytes(damaged)
    assert main(["library", "check", str(library)]) == 1
    told = capsys.readouterr()
    assert "1 vectors differ" in told.out
    assert "--seal" in told.err
    assert main(["library", "check", str(library), "--seal"]) == 0


def test_an_empty_library_is_checked(tmp_path: Path) -> None:
    Library.create(tmp_path, dim=4, model="m").close()
    assert main(["library", "check", str(tmp_path)]) == 0


def test_removed_by_what_is_known_or_by_digest(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["library", "remove", str(library), "--where", "tags=old"]) == 0
    assert main(["library", "remove", str(library), "--where", "size=1..3,9"]) == 0
    assert main(["library", "remove", str(library), "01", "07a", "--where", "region=chest"]) == 0
    assert "2 entries were removed; 14 are left" in capsys.readouterr().out
    assert main(["library", "remove", str(library), "1"]) == 1
    assert main(["library", "remove", str(library)]) == 1
    assert main(["library", "remove", str(library), "--where", "tags"]) == 1
    told = capsys.readouterr().err
    assert "'1' is the beginning of" in told
    assert "Name what to remove" in told
    assert "KEY=VALUE" in told


def test_exported_and_imported_it_is_the_same(library: Path, tmp_path: Path) -> None:
    files, other = tmp_path / "files", tmp_path / "other"
    assert main(["library", "export", str(library), "--out", str(files)]) == 0
    assert json.loads((files / "library.json").read_text()) == {"model": "m", "dim": 4, "count": 20}
    for _ in range(2):  # a second time it replaces what is there
        assert main(["library", "import", str(files), "--out", str(other)]) == 0
    with Library.open(library, model="m") as one, Library.open(other, model="m") as two:
        assert list(one) == list(two)
        assert one.vectors()[1] == pytest.approx(two.vectors()[1])


def test_what_is_no_whole_export_is_refused(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, other = tmp_path / "files", tmp_path / "other"
    bring = ["library", "import", str(files), "--out", str(other)]
    assert main(bring) == 1
    main(["library", "export", str(library), "--out", str(files)])
    lines = (files / "entries.jsonl").read_text().splitlines(keepends=True)
    for text, said in (
        ("".join(lines[:9]), "has 9 entries, not 20"),
        ("".join([*lines, lines[0]]), "more than 20"),
        ("{}\n", "not the values"),
        ("no json\n", "can't be read"),
    ):
        (files / "entries.jsonl").write_text(text)
        assert main(bring) == 1
        assert said in capsys.readouterr().err
    np.save(files / "vectors.npy", np.ones((2, 4)))
    assert main(bring) == 1
    assert "shape (2, 4)" in capsys.readouterr().err
    Library.create(tmp_path / "foreign", dim=4, model="another").close()
    assert main([*bring[:-1], str(tmp_path / "foreign")]) == 1


def test_migrate_tells_whether_there_was_anything_to_do(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["library", "migrate", str(library)]) == 0
    assert "in the present form already" in capsys.readouterr().out
    assert main(["library", "migrate", str(library / "none")]) == 1


def test_a_map_of_neighbours_is_kept_beside_the_entries(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    drawing = SimpleNamespace(fit_transform=lambda rows: rows[:, :2])
    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=lambda **_: drawing))
    assert main(["library", "map", str(library)]) == 0
    assert "The map of 20 volumes is kept" in capsys.readouterr().out
    with Library.open_any(library) as opened:
        assert read_neighbour_map(opened) is not None
    assert main(["library", "map", "postgresql://nobody@127.0.0.1:1/none#x"]) == 1


def test_scans_become_a_tagged_library(
    tmp_path: Path, random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that can't be read is in the table, with the reason; a second run continues."""
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    voxels = np.random.default_rng(0).integers(-1000, 400, (12, 12, 12)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(voxels, np.eye(4)), scans / "a.nii")
    (scans / "bad.nii").write_bytes(b"no scan")
    model = ["--model", str(random_model)]
    build = ["library", "build", str(scans), "--out", str(out), "--tag", "trauma", *model]
    assert main(["library", "add", *build[2:]]) == 1
    assert "no library here" in capsys.readouterr().err
    assert main(build) == 1
    assert "bad.nii" in (out / embed.TABLE).read_text()
    (scans / "bad.nii").unlink()
    assert main(build) == 0
    assert "holds 1 scans" in capsys.readouterr().out
    assert main(["library", "add", *build[2:]]) == 0
    with Library.open_any(out) as library:
        [entry] = library
        assert entry.facts["tags"] == ["trauma"]
        assert entry.facts["slices"] == 12
        assert entry.thumbnail
        assert library.count({"tags": "trauma"}) == 1
    capsys.readouterr()
    for tag, hits in (("other", 0), ("trauma", 1)):
        how = ["--library", str(out), "--where", f"tags={tag}", *model]
        assert main(["search", "stone", *how]) == 0
        assert len(capsys.readouterr().out.splitlines()) == hits


def test_filters_on_the_command_line() -> None:
    import argparse

    from med3dvlm.commands.filters import where_of

    def where(*texts: str) -> dict[str, object]:
        return where_of(argparse.Namespace(where=list(texts)))

    assert where("region=chest", "region=head,pelvis") == {"region": ["chest", "head", "pelvis"]}
    assert where("source=phantom:*") == {"source": {"starts": "phantom:"}}
    assert where("size=3..12.5") == {"size": {"from": 3.0, "to": 12.5}}
    assert where("size=..7") == {"size": {"to": 7.0}}
    assert where("added=2026-11-01..") == {"added": {"from": "2026-11-01"}}
    assert where("size=7") == {"size": ["7", 7.0]}
    with pytest.raises(PromptError, match="twice"):
        where("size=3..", "size=4")
