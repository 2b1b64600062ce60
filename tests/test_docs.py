"""Words are tested: what a document names exists, and its figures are the model's."""

import json
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from med3dvlm.config import PREFIX, known_fields, variable
from med3dvlm.version import __version__
from tests.docstring_commands import PARSERS, check_arguments
from train.evaluation.explaining.command import DETECTION, DETECTION_MARK
from train.evaluation.explaining.detection_table import detection_text
from train.evaluation.overview import Measured, overview, read_all
from train.evaluation.results import MARK
from train.evaluation.table import all_tables

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BENCH = ROOT / "assets" / "default_model" / "bench.json"
SETTINGS = ROOT / "docs" / "settings.md"
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    ROOT / "train" / "README.md",
    *sorted((ROOT / ".github").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PARTS = r"(?:med3dvlm|train|tests|docs|benchmarks|assets|\.ci|\.github)"
# A path that begins with a part of the project, or a file in its root.
PATH = re.compile(rf"{PARTS}/[\w./*-]*|(?:\w+file|LICENSE|[\w-]+\.(?:cff|md|py|toml|txt))")
IN_THE_ROOT = re.compile(
    r"^(?:Makefile|Dockerfile|LICENSE|[A-Z]+\.(?:cff|md)|app\.py|pyproject\.toml"
    r"|(?:constraints|requirements)\.txt)$"
)
LINK = re.compile(r"\]\(([^)#\s]+)")
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)


def code_of(text: str) -> Iterator[str]:
    """Lines of code blocks (not of diagrams) and words between backticks."""
    for language, block in re.findall(r"```(\w*)\n(.*?)```", text, flags=re.DOTALL):
        if language != "mermaid":
            yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def paths_of(text: str) -> set[str]:
    found = set()
    for code in code_of(text):
        for word in code.split():
            path = word.strip(",:;()'\"")
            if PATH.fullmatch(path) and ("/" in path or IN_THE_ROOT.match(path)):
                found.add(path)
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def front_matter() -> dict[str, str]:
    _, head, _ = README.read_text().split("---\n", 2)
    lines = (line.split(":", 1) for line in head.splitlines() if not line.startswith(" "))
    return {key: value.strip().strip('"') for key, value in lines}


def requirements() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    listed = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return [need for need in listed if need.marker is None or need.marker.evaluate()]


@every_document
def test_every_named_path_exists(document: Path) -> None:
    missing = [path for path in paths_of(document.read_text()) if not list(ROOT.glob(path))]
    assert not missing


@every_document
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    assert not [link for link in links if not (document.parent / link).exists()]


@every_document
def test_every_make_target_exists(document: Path) -> None:
    named = {
        target
        for code in code_of(document.read_text())
        for target in re.findall(r"\bmake ([a-z][\w-]*)", code)
    }
    assert named <= targets()


@every_document
def test_every_module_command_is_understood(document: Path) -> None:
    for code in code_of(document.read_text()):
        for module, rest in re.findall(r"python -m ([\w.]+)([^#]*)", code):
            assert find_spec(module), module
            if module in PARSERS and rest.strip():
                check_arguments(module, rest)


@every_document
def test_every_setting_is_known(document: Path) -> None:
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", document.read_text()))
    assert named <= {variable(known) for known in known_fields()}


def test_the_table_of_settings_has_every_one_with_its_default() -> None:
    rows = dict(
        re.findall(rf"^\| `({PREFIX}\w+)` \|.*\| (.*) \|$", SETTINGS.read_text(), re.MULTILINE)
    )
    for known in known_fields():
        said = rows[variable(known)].strip("`")
        if isinstance(known.default, int | str) and known.default != "":
            assert said == str(
                int(known.default) if isinstance(known.default, bool) else known.default
            )


def test_the_check_sees_a_missing_path() -> None:
    text = "`med3dvlm/nowhere.py` and\n```\npython train/gone.py\n```\nand `words/of_prose`"
    assert paths_of(text) == {"med3dvlm/nowhere.py", "train/gone.py"}


def test_the_readme_has_two_commands() -> None:
    block = re.search(r"```\w*\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert block
    commands = [line.split("#")[0].strip() for line in block[1].splitlines()]
    assert commands == ["make app", "make test"]
    assert {"app", "test"} <= targets()


def test_the_pipeline_runs_the_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[-1] == "exec make test"


def test_front_matter_fits_the_project() -> None:
    head = front_matter()
    gradio = next(need for need in requirements() if need.name == "gradio")
    assert gradio.specifier.contains(head["sdk_version"])
    assert head["sdk"] == "gradio"
    assert (ROOT / head["app_file"]).is_file()
    assert len(head["short_description"]) <= 60


def test_changelog_has_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## {re.escape(__version__)}\b", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("document", "made"),
    [("README.md", overview), ("docs/results.md", lambda found: all_tables(found.bench))],
)
def test_results_in_a_document_are_those_of_the_embedded_model(
    document: str, made: Callable[[Measured], str]
) -> None:
    assert BENCH.exists(), "no bench.json: make default-model writes it"
    _, between, _ = (ROOT / document).read_text().split(MARK)
    assert between.strip() == made(read_all(BENCH.parent)), "make results writes it"


def test_what_is_detected_is_that_of_the_embedded_model() -> None:
    figures = json.loads((BENCH.parent / DETECTION).read_text())
    _, between, _ = (ROOT / "docs" / "results.md").read_text().split(DETECTION_MARK)
    assert between.strip() == detection_text(figures), "python -m train detect --into writes it"
