"""Whoever installs what is listed has what is imported: each distribution is named where needed."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
OURS = {"app", "benchmarks", "med3dvlm", "tests", "train"}
# Known to type checkers alone; nothing imports it when it runs.
STUBS = {"_typeshed"}
# Used without an import of ours.
PLUGINS = {
    "bitsandbytes": "transformers imports it for 8 and 4 bit",
    "pylibjpeg": "pydicom imports it for compressed pixels",
    "pylibjpeg-libjpeg": "pylibjpeg imports it",
    "pylibjpeg-openjpeg": "pylibjpeg imports it",
}

# Modules that need an extra; the rest of the package reaches them only from within functions.
OPTIONAL = {
    "archive": {"med3dvlm/retrieval/postgres.py", "med3dvlm/machines/work_list.py"},
    "maps": {"med3dvlm/retrieval/neighbour_map.py"},
}


def names_of(lines: list[str]) -> set[str]:
    needs = [line for line in lines if line.strip() and not line.startswith("#")]
    return {canonicalize_name(Requirement(line).name) for line in needs}


def extra(name: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return names_of(project["optional-dependencies"][name])


def requirements() -> set[str]:
    return names_of((ROOT / "requirements.txt").read_text().splitlines())


def imported(source: str) -> Iterator[str]:
    """Top modules of all imports, also of those within functions, that are not Python's or ours."""
    for node in ast.walk(ast.parse(source)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        for module in modules:
            top = module.partition(".")[0]
            if top not in sys.stdlib_module_names | OURS | STUBS:
                yield top


@cache
def distributions(*parts: str) -> dict[str, str]:
    """Distributions that the parts import, and a file that does."""
    homes = packages_distributions()
    found: dict[str, str] = {}
    for part in parts:
        place = ROOT / part
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            for module in imported(path.read_text(encoding="utf-8")):
                for name in homes.get(module, [f"{module} (not installed)"]):
                    found.setdefault(canonicalize_name(name), path.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize(
    ("parts", "extras"),
    [
        (("med3dvlm", "app.py"), ("archive", "maps")),
        (("train",), ("train",)),
        (("benchmarks",), ("train", "dev")),
    ],
)
def test_every_import_is_listed(parts: tuple[str, ...], extras: tuple[str, ...]) -> None:
    """METEOR in the app needed NLTK, which came with the extra for training alone."""
    listed = requirements().union(*map(extra, extras))
    missing = {name: file for name, file in distributions(*parts).items() if name not in listed}
    assert not missing


@pytest.mark.parametrize("name", OPTIONAL)
def test_only_its_modules_need_an_extra(name: str) -> None:
    """The app starts without it: nothing imports these modules before they are asked for."""
    needing = {file for one, file in distributions("med3dvlm", "app.py").items()
               if one in extra(name) - requirements()}  # fmt: skip
    assert needing == OPTIONAL[name]
    assert extra(name) <= set(distributions(*OPTIONAL[name]))
    modules = {"med3dvlm.retrieval.postgres", "distributed", "umap"}
    eager = [
        path.relative_to(ROOT).as_posix()
        for path in [*(ROOT / "med3dvlm").rglob("*.py"), ROOT / "app.py"]
        if modules & set(imported_at_once(path.read_text(encoding="utf-8")))
    ]
    assert not eager


def imported_at_once(source: str) -> Iterator[str]:
    """Modules that a file imports when it is imported itself."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_everything_listed_is_used() -> None:
    used = set(distributions("med3dvlm", "app.py")) | set(PLUGINS)
    assert not requirements() - used
    assert not requirements() & extra("train"), "what the app needs is listed once"


def test_no_import_escapes_the_check() -> None:
    """Modules are imported by name, and not by a text that no reader sees."""
    hidden = [
        path.relative_to(ROOT).as_posix()
        for folder in ("med3dvlm", "train", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "import_module" in path.read_text(encoding="utf-8")
    ]
    assert not hidden


def test_the_check_sees_imports_in_functions() -> None:
    source = "import os.path, nltk.data\ndef f():\n    from PIL import Image\nfrom train import x\n"
    assert sorted(imported(source)) == ["PIL", "nltk"]
