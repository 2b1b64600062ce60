"""CITATION.cff is a citation of this version, and names what the format requires."""

import re
from pathlib import Path
from typing import Any

import yaml

from med3dvlm.version import __version__
from train.evaluation.phantombench.release import read_release

ROOT = Path(__file__).resolve().parents[1]
# Of Citation File Format 1.2.0, for the whole and for each reference.
REQUIRED = {"cff-version", "message", "title", "authors"}
OF_A_REFERENCE = {"type", "title", "authors"}
KINDS = {"article", "data", "software"}
NAMES = {"name", "family-names", "given-names"}


def citation() -> dict[str, Any]:
    stored = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert isinstance(stored, dict)
    return stored


def heading_of_this_version() -> str:
    """What the changelog says behind the number: a date, or that it is unreleased."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(__version__)} - (.*)$", text, re.MULTILINE)
    assert found
    return found[1]


def test_it_has_what_the_format_requires() -> None:
    cited = citation()
    assert set(cited) >= REQUIRED
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "software"
    for reference in cited["references"]:
        assert set(reference) >= OF_A_REFERENCE
        assert reference["type"] in KINDS
    people = [one for part in (cited, *cited["references"]) for one in part["authors"]]
    assert all(one and set(one) <= NAMES for one in people)


def test_it_is_of_this_version_and_of_its_date() -> None:
    cited, said = citation(), heading_of_this_version()
    assert cited["version"] == __version__
    assert str(cited.get("date-released", "unreleased")) == said


def test_it_names_the_benchmark_by_its_release() -> None:
    titles = [one["title"] for one in citation()["references"] if one["type"] == "data"]
    assert [title.partition(":")[0] for title in titles] == [
        f"PhantomBench {read_release().release}"
    ]
