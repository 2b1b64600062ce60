"""The folder that is pushed to a Space."""

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from med3dvlm.errors import ConfigError
from med3dvlm.hosting.space import ROOT, TORCH, main, space_requirements, with_model, write_space


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("space") / "out"
    assert main([str(out)]) == 0
    return out


def needs(text: str) -> dict[str, Requirement]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {need.name: need for need in map(Requirement, lines)}


def test_the_platform_brings_gradio_and_spaces_and_lists_torch(space: Path) -> None:
    ours = needs((ROOT / "requirements.txt").read_text())
    theirs = needs((space / "requirements.txt").read_text())
    assert set(ours) - set(theirs) == {"gradio", "spaces"}
    assert str(theirs["torch"].specifier) == f"=={TORCH}"
    assert TORCH in ours["torch"].specifier
    for name in set(ours) & set(theirs) - {"torch"}:
        assert theirs[name] == ours[name]


def test_a_torch_that_the_project_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"torch 1\.0"):
        space_requirements("torch>=2.8\n", torch="1.0")


def test_what_the_app_needs_is_there_and_tests_are_not(space: Path) -> None:
    for name in ("app.py", "README.md", "LICENSE", "med3dvlm/ui/components/viewer/viewer.html"):
        assert (space / name).is_file()
    assert (space / "assets" / "default_model").is_dir()
    for name in ("tests", ".github", "constraints.txt"):
        assert not (space / name).exists()
    large = [path for path in space.rglob("*") if path.is_file() and path.stat().st_size > 50e6]
    assert not large
    done = subprocess.run(
        [sys.executable, "app.py", "--show-config"], cwd=space, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "MED3DVLM_MODEL" in done.stdout


def test_a_model_of_the_hub_is_downloaded_at_build() -> None:
    readme = with_model((ROOT / "README.md").read_text(), "somebody/model")
    _, head, rest = readme.split("---\n", 2)
    assert "preload_from_hub:\n  - somebody/model\n" in head
    assert "models:\n  - somebody/model\n" in head
    assert head.count("startup_duration_timeout") == 1
    assert rest == (ROOT / "README.md").read_text().split("---\n", 2)[2]
    with pytest.raises(ConfigError, match="OWNER/NAME"):
        with_model(readme, "../../etc")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="not empty"):
        write_space(ROOT, tmp_path)
    assert main([str(tmp_path)]) == 1


def test_a_space_is_not_made_from_an_installed_package(tmp_path: Path) -> None:
    """There is no git in a wheel; it ended in a traceback."""
    with pytest.raises(ConfigError, match="checkout"):
        write_space(tmp_path, tmp_path / "out")
