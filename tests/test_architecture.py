"""The floors: an import may only point down, and rooms of one floor don't know each other.

`train/` has floors of its own: the loop knows no data, a stage no recipe.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "med3dvlm"

FLOORS = {
    "choices": 0,
    "errors": 0,
    "config": 0,
    "values": 0,
    "version": 0,
    "volumes": 1,
    "metrics": 1,
    "retrieval": 1,
    "machines": 1,
    "model": 2,
    "phantoms": 2,
    "engine": 3,
    "explain": 3,
    "hosting": 4,
    "lessons": 4,
    "ui": 5,
    "app": 6,
}
# Commands and scripting stand on floors 0 to 3, like train. What hosting costs is measured, too.
OUTSIDE = {"__main__": 6, "commands": 3, "scripting": 3, "train": 3, "benchmarks": 4}

TRAIN_FLOORS = {
    "loop": 0,
    "data": 1,
    "stages": 2,
    "evaluation": 2,
    "recipes": 3,
    "plan": 3,
    "release": 4,
    "commands": 5,
    "cli": 6,
    "__main__": 7,
}

# Libraries that live in one part only, by the name of the library.
LIBRARY_HOMES = {
    "gradio": {"ui"},
    "gradio_client": {"ui"},
    "spaces": {"hosting"},
    "faiss": {"retrieval"},
    "psycopg": {"retrieval"},
    "distributed": {"machines"},
    "sqlite3": {"retrieval"},
    "nibabel": {"volumes"},
    "pydicom": {"volumes"},
    "nrrd": {"volumes"},
    "isal": {"volumes"},
    "skimage": {"volumes"},
    "bitsandbytes": {"model"},
    "plotly": {"ui"},
}
NO_TORCH_ON_FLOOR_ONE = {"torch", "transformers"}
TORCH_EXCEPTIONS = {"med3dvlm/volumes/grid.py", "med3dvlm/volumes/resizing.py"}


def part_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE).parts
    return inside[0].removesuffix(".py")


def imports_of(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "med3dvlm":
                yield from (f"med3dvlm.{alias.name}" for alias in node.names)


def breaches(name: str, source: str, part: str, floor: int) -> Iterator[str]:
    for module in imports_of(source):
        head, *rest = module.split(".")
        if head == "train" and not name.startswith(("train/", "benchmarks/")):
            yield f"{name} imports {module}: the package never imports train"
        if head == "med3dvlm" and rest and rest[0] in FLOORS:
            target = rest[0]
            if FLOORS[target] > floor or (
                FLOORS[target] == floor and target != part and floor > 0 and part in FLOORS
            ):
                yield f"{name} (floor {floor}) imports {module} (floor {FLOORS[target]})"
        if head in LIBRARY_HOMES and part in FLOORS and part not in LIBRARY_HOMES[head]:
            yield f"{name} imports {head}, which belongs to {sorted(LIBRARY_HOMES[head])}"
        if floor <= 1 and head in NO_TORCH_ON_FLOOR_ONE and name not in TORCH_EXCEPTIONS:
            yield f"{name} (floor {floor}) imports {head}"


def train_breaches(name: str, source: str) -> Iterator[str]:
    """Imports within train/ that point up, or to another part of the same floor."""
    part = name.split("/")[1].removesuffix(".py")
    floor = TRAIN_FLOORS[part]
    for module in imports_of(source):
        head, *rest = module.split(".")
        if head == "train" and rest and rest[0] != part and TRAIN_FLOORS[rest[0]] >= floor:
            yield f"{name} (floor {floor}) imports {module} (floor {TRAIN_FLOORS[rest[0]]})"


def package_files() -> list[tuple[Path, str, int]]:
    files = []
    for path in sorted(PACKAGE.rglob("*.py")):
        part = part_of(path)
        if part == "__init__":
            continue
        floor = FLOORS.get(part, OUTSIDE.get(part))
        assert floor is not None, f"{path.relative_to(ROOT)} stands on no floor: name it in FLOORS"
        files.append((path, part, floor))
    for folder in ("train", "benchmarks"):
        files += [(path, folder, OUTSIDE[folder]) for path in sorted((ROOT / folder).rglob("*.py"))]
    return files


def test_imports_point_down() -> None:
    found = [
        line
        for path, part, floor in package_files()
        for line in breaches(path.relative_to(ROOT).as_posix(), path.read_text(), part, floor)
    ]
    assert not found, "\n".join(found)


def test_imports_within_train_point_down() -> None:
    paths = [path for path in (ROOT / "train").rglob("*.py") if path.name != "__init__.py"]
    found = [
        line
        for path in sorted(paths)
        for line in train_breaches(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    assert not found, "\n".join(found)


def test_a_breach_within_train_is_found() -> None:
    source = "from train.recipes.phantom import phantom_recipe\nfrom train.loop.loop import run\n"
    (found,) = train_breaches("train/stages/intruder.py", source)
    assert found == "train/stages/intruder.py (floor 2) imports train.recipes.phantom (floor 3)"
    (beside,) = train_breaches("train/evaluation/intruder.py", "import train.stages.contrastive")
    assert "train.stages.contrastive" in beside


def test_every_part_exists() -> None:
    parts = {part for _, part, _ in package_files()}
    assert parts >= set(FLOORS)


def test_a_breach_is_found() -> None:
    """The check itself can fail: an upward import is named with both ends."""
    source = "from med3dvlm.ui import page\nimport torch\n"
    found = list(breaches("med3dvlm/volumes/intruder.py", source, "volumes", 1))
    assert len(found) == 2
    assert "med3dvlm/volumes/intruder.py" in found[0]
    assert "med3dvlm.ui" in found[0]


def test_no_utils_rooms() -> None:
    homeless = [
        p for p in PACKAGE.rglob("*.py") if p.stem in {"utils", "helpers", "common", "misc"}
    ]
    assert not homeless
