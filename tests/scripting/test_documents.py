"""What docs/python.md, the guides and the notebook show runs, with the embedded model."""

import ast
import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import med3dvlm
from med3dvlm.__main__ import main
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.open_model import open_engine
from med3dvlm.volumes.formats.nifti import save_nifti

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "python.md"
NOTEBOOK = ROOT / "docs" / "notebooks" / "first_steps.ipynb"
SEED = 30000028
SHOWN = {"_repr_png_": bytes, "_repr_html_": str, "_repr_markdown_": str}
pytestmark = pytest.mark.slow


GUIDES = sorted((ROOT / "docs" / "tutorials").glob("*.md")) + sorted(
    (ROOT / "docs" / "how-to").glob("*.md")
)
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
COMMAND = "python -m med3dvlm "


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine("embedded")


@pytest.fixture(autouse=True)
def _opened_once(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Both open the same model; opening it twice would only take time."""
    for user in ("med3dvlm.scripting.model", "med3dvlm.commands.options"):
        monkeypatch.setattr(f"{user}.open_engine", lambda *_, **__: engine)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name: a scan, and a label map of it."""
    folder = tmp_path_factory.mktemp("files")
    phantom = med3dvlm.draw_phantom(SEED)
    save_nifti(phantom, folder / "scan.nii.gz")
    bone = (phantom.voxels > 300).astype(np.uint8)
    save_nifti(replace(phantom, voxels=bone, unit="arbitrary"), folder / "organs.nii.gz")
    return folder


def cells() -> list[str]:
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in stored["cells"] if cell["cell_type"] == "code"]


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; the value of its last line, if that is an expression, as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None  # type: ignore[attr-defined] # noqa: S307


def test_the_examples_of_the_page_run(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in files.glob("*.nii.gz"):
        shutil.copy(file, tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 10
    for block in blocks:
        exec(block, names)  # noqa: S102
    said = capsys.readouterr().out
    assert "Yes" in said
    assert "organs " in said, "the only label of a file has its name"
    assert "nowhere.nii: there is no such file or folder." in said
    assert (tmp_path / "map.nii.gz").exists()
    assert names["like_it"][0].source == f"phantom:{SEED}"


@pytest.mark.parametrize("page", GUIDES, ids=[page.stem for page in GUIDES])
def test_what_a_guide_shows_runs(
    page: Path, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Its Python and commands of `med3dvlm`; of others, tests/test_docs.py knows the options."""
    monkeypatch.chdir(tmp_path)
    for file in files.glob("*.nii.gz"):
        if f"--out {file.name}" not in page.read_text(encoding="utf-8"):
            shutil.copy(file, tmp_path)
    names: dict[str, Any] = {}
    ran = 0
    for indent, language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        text = re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
        if language == "python":
            exec(text, names)  # noqa: S102
            ran += 1
        for line in text.splitlines():
            if line.startswith(COMMAND):
                assert main(shlex.split(line.removeprefix(COMMAND))) == 0, capsys.readouterr().err
                ran += 1
    assert ran, "a guide without anything to try"


def test_the_page_has_every_name() -> None:
    headings = " ".join(re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    for name in med3dvlm.__all__:
        assert f"`{name}`" in headings, name


def test_the_notebook_runs_and_shows_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    shown = {}
    for source in cells():
        value = run_cell(source, names)
        for way, kind in SHOWN.items():
            if show := getattr(value, way, None):
                shown[way] = show()
                assert isinstance(shown[way], kind)
    assert set(shown) == set(SHOWN)
    assert "On" in capsys.readouterr().out, "the verdict on the map"


def test_the_notebook_is_stored_without_outputs() -> None:
    """Pictures would make it large, and old."""
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert (stored["nbformat"], len({cell["id"] for cell in stored["cells"]})) == (
        4, len(stored["cells"]),
    )  # fmt: skip
