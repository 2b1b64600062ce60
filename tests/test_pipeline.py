"""What the pipeline does beside running the tests: floors of coverage, folders to workers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONGEST, together

ROOT = Path(__file__).resolve().parents[1]


def floors(**covered: int) -> subprocess.CompletedProcess[str]:
    """The script's verdict where so many of 100 lines and 100 branches of a part are reached."""
    files = {
        f"{part.replace('_', '/')}/module.py": {
            "summary": {
                "num_statements": 100, "covered_lines": count,
                "num_branches": 100, "covered_branches": count,
            }
        }
        for part, count in covered.items()
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "floors.py"], input=json.dumps({"files": files}),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


PARTS = ("med3dvlm_volumes", "med3dvlm_metrics", "med3dvlm_retrieval", "train")


def test_full_coverage_passes() -> None:
    done = floors(**dict.fromkeys(PARTS, 100))
    assert done.returncode == 0, done.stdout
    assert "100.00 %" in done.stdout


@pytest.mark.parametrize("part", PARTS)
def test_a_part_below_its_floor_fails_and_is_named(part: str) -> None:
    done = floors(**dict.fromkeys(PARTS, 100) | {part: 70})
    assert done.returncode == 1
    below = [line for line in done.stdout.splitlines() if "BELOW" in line]
    assert any(part.replace("_", "/") in line for line in below)


def test_a_part_that_was_not_measured_fails() -> None:
    assert floors(**dict.fromkeys(PARTS[1:], 100)).returncode == 1


def test_workers_get_whole_folders_and_the_page_goes_to_one_of_them() -> None:
    assert together("tests/ui/browser/test_scan.py::test_a[one/two]") == "tests/ui/browser"
    assert together("tests/ui/browser/test_tabs.py::test_b") == "tests/ui/browser"
    assert together("tests/ui/chat/test_tab.py::test_c") == "tests/ui"
    assert together("tests/volumes/test_grid.py::test_d") == "tests/volumes"
    assert together("tests/test_docs.py::test_e") == "tests"


def test_the_longest_folders_exist() -> None:
    assert all((ROOT / folder).is_dir() for folder in LONGEST)
