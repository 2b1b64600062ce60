"""The documentation site without its builder: `make site` builds it, and fails on any warning."""

import re
import runpy
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
GENERATED = {"reference/commands.md"}


def test_every_page_stands_once_in_the_navigation() -> None:
    _, nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")
    named = re.findall(r"[\w/-]+\.md", nav)
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert set(named) == pages | GENERATED
    assert len(named) == len(set(named))


def test_warnings_of_the_builder_are_errors_and_seen() -> None:
    """With --quiet the builder counts none, and ends well."""
    assert "\nstrict: true\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    [call] = re.findall(r"mkdocs build.*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert call == "mkdocs build"
    workflow = ROOT / ".github" / "workflows" / "tests.yml"
    assert "run: make site" in workflow.read_text(encoding="utf-8")


def test_the_picture_of_the_stages_is_what_its_script_draws() -> None:
    drawn = runpy.run_path(str(DOCS / "images" / "make_stages.py"))["picture"]()
    assert (DOCS / "images" / "stages.svg").read_text(encoding="utf-8") == drawn


def test_the_film_is_short_and_small() -> None:
    with Image.open(DOCS / "images" / "film.webp") as film:
        assert 5 <= film.n_frames <= 20
    sizes = {name: (DOCS / "images" / name).stat().st_size for name in ("film.webp", "page.webp")}
    assert sum(sizes.values()) < 250_000


def test_the_page_of_commands_has_every_one() -> None:
    pytest.importorskip("mkdocs", reason="`make site` installs it")
    page = "\n".join(runpy.run_path(str(DOCS / "hooks" / "commands.py"))["page"]())
    for command in ("python -m med3dvlm perturb", "python -m train phantombench score"):
        assert f"### `{command}`" in page
