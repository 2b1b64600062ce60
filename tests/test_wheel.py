"""The wheel: all that it must hold is in it, and it works where nothing else of the project is."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a build reads; links to them in an empty folder keep the checkout free of its leftovers.
SOURCES = (
    "pyproject.toml", "setup.py", "README.md", "LICENSE", "requirements.txt", "med3dvlm", "train",
    "assets",
)  # fmt: skip
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
MOST_MB = 60
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built as `pip wheel --no-build-isolation --no-deps .` builds it, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        (folder / name).symlink_to(ROOT / name)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=folder, check=True, capture_output=True
    )
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its content, as pip puts it among other packages."""
    folder = tmp_path_factory.mktemp("installed")
    wheel.extractall(folder)
    return folder


def run(installed: Path, *command: str, away: Path) -> str:
    """What a fresh Python prints that knows the wheel and nothing of this checkout."""
    settings = {"PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [sys.executable, *command], cwd=away, env=os.environ | settings, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def six_lines() -> str:
    """The Python of the README."""
    [block] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return str(block)


def test_it_holds_every_file_of_its_packages_and_the_assets(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for part in ("med3dvlm", "train")
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted |= {
        f"med3dvlm/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "assets").rglob("*")
        if path.is_file()
    }
    assert not wanted - held
    parts = {name.split("/")[0] for name in held}
    assert {part for part in parts if not part.endswith(".dist-info")} == {"med3dvlm", "train"}
    assert sum(info.compress_size for info in wheel.infolist()) < MOST_MB * 1e6


def test_it_has_a_command(wheel: zipfile.ZipFile) -> None:
    [name] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "med3dvlm = med3dvlm.__main__:main" in wheel.read(name).decode()


def test_the_six_lines_of_the_readme_answer_from_anywhere(installed: Path, tmp_path: Path) -> None:
    lines = six_lines()
    assert len([line for line in lines.splitlines() if line.strip()]) == 6
    assert run(installed, "-c", lines, away=tmp_path).startswith("Yes")


def test_the_app_starts_from_anywhere(installed: Path, tmp_path: Path) -> None:
    told = run(installed, "-m", "med3dvlm", "app", "--show-config", away=tmp_path)
    assert "MED3DVLM_MODEL" in told
    code = "from med3dvlm.config import DEFAULT_MODEL as m; print(m)"
    found = Path(run(installed, "-c", code, away=tmp_path).strip())
    assert found == installed / "med3dvlm" / "assets" / "default_model"
