"""What CONTRIBUTING.md and .github promise: hooks, the pipeline, forms, where tests lie."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from pre_commit.clientlib import load_config

from med3dvlm.version import __version__

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
HOOKS = ROOT / ".pre-commit-config.yaml"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def recipe(target: str) -> list[str]:
    """The commands of a make target, with the programs of .venv."""
    text = (ROOT / "Makefile").read_text()
    [lines] = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", text, flags=re.MULTILINE)
    return [line.strip("\t@").replace("$(BIN)", ".venv/bin") for line in lines.splitlines()]


def hooks() -> list[dict[str, Any]]:
    return [hook for repository in load_config(HOOKS)["repos"] for hook in repository["hooks"]]


def test_the_hooks_run_every_command_of_make_lint() -> None:
    commands = [*recipe("style"), *recipe("types")]
    assert ".venv/bin/ruff check ." in commands
    whole = [hook["entry"] for hook in hooks() if not hook["pass_filenames"]]
    assert whole == commands


def test_hooks_are_programs_of_the_environment_and_ask_no_network() -> None:
    assert {repository["repo"] for repository in load_config(HOOKS)["repos"]} == {"local"}
    for hook in hooks():
        program = Path(hook["entry"].split()[0])
        assert program.parent == Path(".venv/bin")
        assert (Path(sys.executable).parent / program.name).is_file(), program


def test_files_are_checked_for_their_end_their_form_keys_and_size() -> None:
    programs = {Path(hook["entry"].split()[0]).name for hook in hooks()}
    assert programs >= {
        "end-of-file-fixer", "check-toml", "check-yaml", "detect-private-key",
        "check-added-large-files",
    }  # fmt: skip


def test_the_workflow_runs_the_pipelines_script_on_every_python_we_support() -> None:
    jobs = read(GITHUB / "workflows" / "tests.yml")["jobs"]
    assert set(jobs) == {"run", "coverage"}
    assert jobs["coverage"]["steps"][-1] == {"run": "make coverage"}
    job = jobs["run"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [
        ".ci/run", "make site",
    ]  # fmt: skip
    assert (ROOT / ".ci" / "run").is_file()
    versions = job["strategy"]["matrix"]["python"]
    supported = re.search(r'requires-python = "(.*)"', (ROOT / "pyproject.toml").read_text())
    assert supported
    assert all(version in SpecifierSet(supported[1]) for version in versions)
    base = re.search(r"FROM python:([\d.]+)", (ROOT / "Dockerfile").read_text())
    assert base
    assert base[1] in versions


def test_the_workflow_runs_on_pushes_and_on_pull_requests() -> None:
    # YAML reads the word `on` as a truth.
    assert set(read(GITHUB / "workflows" / "tests.yml")[True]) == {"push", "pull_request"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_every_form_for_issues_has_fields_with_names_of_their_own(path: Path) -> None:
    form = read(path)
    if path.name == "config.yml":
        assert form == {"blank_issues_enabled": True}
        return
    assert form["name"]
    assert form["description"]
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in asked} <= {"input", "textarea"}
    assert all(field["attributes"]["label"] for field in asked)
    names = [field["id"] for field in asked]
    assert len(set(names)) == len(names)
    assert any(field.get("validations", {}).get("required") for field in asked)


def test_forms_that_ask_for_a_fault_warn_of_patients_scans() -> None:
    assert "no patient's scan" in (GITHUB / "ISSUE_TEMPLATE" / "bug.yml").read_text()


def test_the_citation_is_of_this_version() -> None:
    cited = read(ROOT / "CITATION.cff")
    assert cited["version"] == __version__
    assert f"Copyright (c) 2026 {cited['authors'][0]['name']}" in (ROOT / "LICENSE").read_text()
    articles = [entry for entry in cited["references"] if entry["type"] == "article"]
    papers = {entry["identifiers"][0]["value"] for entry in articles}
    sources = (ROOT / "README.md").read_text().split("## Sources")[1]
    assert papers
    assert all(paper.removeprefix("arXiv:") in sources for paper in papers)


def test_tests_lie_where_the_code_lies() -> None:
    """But for the folders that CONTRIBUTING.md lists, with what they are for."""
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    own = {Path(name) for name in re.findall(r"^\| `(tests/[\w/]+)/` \|", guide, re.MULTILINE)}
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    for folder in folders - own - {Path("tests")}:
        inside = folder.relative_to("tests")
        assert (ROOT / "med3dvlm" / inside).is_dir() or (ROOT / inside).is_dir(), folder
    assert all((ROOT / folder).is_dir() for folder in own)
