"""Words, prompts and layers from the command line, and what they refuse."""

import csv
from functools import partial
from pathlib import Path

import pytest

from med3dvlm.__main__ import main
from med3dvlm.phantoms import planted
from med3dvlm.phantoms.case import make_case
from tests.scan_files import save_nifti

SHAPE = (16, 32, 32)
PROMPTS = ("--kind", "kidney stone", "--states", "stone", "--denies", "no stone", "--people", "2")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "scan.nii.gz"
    save_nifti(make_case(5, shape=SHAPE).volume, path)
    return path


def run(model: Path, out: Path, *words: str) -> int:
    return main([*words, "--model", str(model), "--device", "cpu", "--out", str(out)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_row_for_each_word(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "words.csv"
    asked = "Where is the kidney stone?"
    assert run(random_model, out, "inside", str(scan), "--question", asked) == 0
    told = capsys.readouterr().out
    assert asked in told
    assert "It doesn't mean: " in told
    rows = rows_of(out)
    assert {"word", "probability", "low_only", "high_only", "layer_2_share"} <= rows[0].keys()
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)


def test_a_row_for_each_scan(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    small = partial(planted.plant, shape=SHAPE)
    monkeypatch.setattr("med3dvlm.commands.prompts.plant", small)
    out = tmp_path / "scans.csv"
    assert run(random_model, out, "prompts", str(scan), *PROMPTS) == 0
    told = capsys.readouterr().out
    assert "area under the curve" in told
    assert "the scan: 0." in told
    assert [row["has_it"] for row in rows_of(out)] == ["yes", "no", "yes", "no", ""]


def test_the_steps_of_a_model(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "steps.csv"
    assert run(random_model, out, "built", str(scan)) == 0
    told = capsys.readouterr().out
    assert "the stem reads 15.6 % of the voxels" in told
    assert "middle cell of the high grid" in told
    assert rows_of(out)[0]["shape"] == "1 x 64 x 128 x 128"


@pytest.mark.parametrize(
    ("words", "name", "said"),
    [
        (("prompts", "--kind", "ascites", "--states", "a", "--denies", "a"), "a.csv", "the same"),
        (("prompts", *PROMPTS, "--people", "101"), "a.csv", "2 to 100"),
        (("prompts", *PROMPTS), "a.txt", "ends in .csv"),
    ],
)
def test_what_can_not_be_done_is_said(
    words: tuple[str, ...], name: str, said: str, random_model: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run(random_model, tmp_path / name, *words) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_table_is_never_written_over(
    scan: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "steps.csv"
    out.write_text("mine")
    assert run(random_model, out, "built", str(scan)) == 1
    assert "already exists" in capsys.readouterr().err
    assert out.read_text() == "mine"
