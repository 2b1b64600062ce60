"""The tested versions: every package has one, within its range, and the changelog says the same."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
# torch asks for these by exact version, and they differ from one build of it to the next.
OF_TORCH = re.compile(r"nvidia-.*|cuda-.*|triton")


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def direct() -> list[Requirement]:
    """What requirements.txt and the extras of pyproject.toml ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for listed in project["optional-dependencies"].values() for line in listed]
    needs = [Requirement(line) for line in lines_of(ROOT / "requirements.txt") + extras]
    return [need for need in needs if need.name != project["name"]]


def pins() -> dict[str, Version]:
    found: dict[str, Version] = {}
    for need in map(Requirement, lines_of(CONSTRAINTS)):
        [pin] = need.specifier
        assert pin.operator == "=="
        found[canonicalize_name(need.name)] = Version(pin.version)
    return found


def needed(wanted: list[Requirement]) -> Iterator[str]:
    """Names of the installed packages that these ask for, and what those ask for, and so on."""
    todo, seen = list(wanted), set()
    while todo:
        need = todo.pop()
        for extra in ("", *need.extras):
            key = canonicalize_name(need.name), extra
            if key in seen or not wants(need, extra):
                continue
            seen.add(key)
            try:
                asked = distribution(need.name).requires or []
            except PackageNotFoundError:  # of another system, or of an extra that is not here
                continue
            yield key[0]
            todo += [more for more in map(Requirement, asked) if wants(more, extra)]


def wants(need: Requirement, extra: str) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": extra})


def test_every_line_is_one_public_version_of_one_package() -> None:
    needs = [Requirement(line) for line in lines_of(CONSTRAINTS)]
    assert not [need.name for need in needs if need.url], "a path or an address"
    assert not [name for name, version in pins().items() if version.local], "one build of it"
    assert len(pins()) == len(needs), "a package stands there twice"


@pytest.mark.parametrize("need", direct(), ids=lambda need: need.name)
def test_every_direct_dependency_is_pinned_within_its_range(need: Requirement) -> None:
    assert need.specifier.contains(pins()[canonicalize_name(need.name)])


def test_every_package_that_another_one_brings_is_pinned() -> None:
    named = set(needed(direct()))
    assert len(named) > 2 * len(direct()), "the walk stopped early"
    missing = {name for name in named - set(pins()) if not OF_TORCH.fullmatch(name)}
    assert missing <= {"setuptools"}, "make constraints writes them"


def test_the_changelog_says_the_tested_version_of_every_direct_dependency() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    said = dict(re.findall(r"^\| ([\w-]+) \| (\d[\w.]*) \|$", text, flags=re.MULTILINE))
    tested = {need.name: str(pins()[canonicalize_name(need.name)]) for need in direct()}
    assert said == tested


def test_installed_versions_lie_in_the_ranges() -> None:
    for_the_site = {"mkdocs", "mkdocs-material", "mkdocstrings"}  # `make site` alone installs them
    here = [need for need in direct() if wants(need, "") and need.name not in for_the_site]
    outside = [
        f"{need}: {installed}"
        for need in here
        if not need.specifier.contains(installed := distribution(need.name).version)
    ]
    assert not outside


def test_whatever_installs_takes_the_tested_versions() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [pip] = re.findall(r"^PIP := .*pip install.*$", makefile, flags=re.MULTILINE)
    assert "-c constraints.txt" in pip
    assert makefile.count("pip install") == 1, "all go through $(PIP)"
    assert re.search(r"^\$\(VENV\)/\.app: .*\bconstraints\.txt\b", makefile, flags=re.MULTILINE)
    assert "pip install --no-cache-dir -c constraints.txt" in (ROOT / "Dockerfile").read_text()
    assert "!constraints.txt" in (ROOT / ".dockerignore").read_text().splitlines()


def test_pins_are_written_without_builds_paths_and_nvidia(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "pin", tmp_path / ".ci")
    old = '# Why.\n\nsetuptools==84.2.1; python_version >= "3.12"\nold==1\n'
    (tmp_path / "constraints.txt").write_text(old)
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\n[ "$3" = freeze ] && printf "%s\\n" '
        "zope==2 torch==2.13.0+cpu nvidia-nccl-cu13==2 triton==3 setuptools==1 Alpha==1.post1\n"
    )
    python.chmod(0o755)
    subprocess.run([tmp_path / ".ci" / "pin", python], check=True, timeout=60)
    assert (tmp_path / "constraints.txt").read_text().splitlines() == [
        "# Why.", "Alpha==1.post1", 'setuptools==84.2.1; python_version >= "3.12"',
        "torch==2.13.0", "zope==2",
    ]  # fmt: skip
